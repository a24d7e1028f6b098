import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation, User
from apps.audit.models import AuditEntry
from apps.medical_records.patients import services
from apps.medical_records.patients.models import CareRelation, Clinician, Department, Patient
from tests.medical_records.captured import typed
from tests.medical_records.people import browser_of, member_of, patient_of


@pytest.fixture
def lin(doctor_lin: Actor) -> Client:
    return browser_of(doctor_lin)


@pytest.fixture
def chen(resident_chen: Actor) -> Client:
    return browser_of(resident_chen)


def test_one_lists_and_finds_only_whom_one_treats(lin: Client, chen: Client, mrs_wang: Patient) -> None:
    assert "王秀英" in lin.get("/medical/patients/").content.decode()
    assert "王秀英" in lin.post("/medical/patients/search/", {"typed": "王秀"}).content.decode()
    assert "matching patient" in lin.post("/medical/patients/search/", {"typed": "李四"}).content.decode()
    assert "at least two" in lin.post("/medical/patients/search/", {"typed": "王"}).content.decode()

    for page in (chen.get("/medical/patients/"), chen.post("/medical/patients/search/", {"typed": "王秀"})):
        assert "王秀英" not in page.content.decode()


def test_names_are_searched_in_the_body_alone(lin: Client) -> None:
    assert lin.get("/medical/patients/search/?typed=王").status_code == 405


def test_a_patient_is_registered_and_changed(lin: Client, doctor_lin: Actor) -> None:
    sent = {"name": "Li Lei", "number": "P-7", "sex": "male", "birth_date": "1990-05-01"}
    answer = lin.post("/medical/patients/new/", sent)

    patient = Patient.objects.get()
    assert answer.headers["Location"] == f"/medical/patients/{patient.pk}/"
    assert (patient.name, patient.birth_date) == ("Li Lei", "1990-05-01")
    lin.post(f"/medical/patients/{patient.pk}/change/", {**sent, "name": "Li Lei Lei"})
    assert Patient.objects.get().name == "Li Lei Lei"


def test_a_number_that_is_taken_and_a_birth_to_come_are_refused_beside_the_form(
    lin: Client, mrs_wang: Patient
) -> None:
    sent = {"name": "X", "number": "P-0001", "sex": "male"}

    assert "already registered" in lin.post("/medical/patients/new/", sent).content.decode()
    later = lin.post("/medical/patients/new/", {**sent, "number": "P-2", "birth_date": "2999-01-01"})
    assert "is in the future" in later.content.decode()
    assert Patient.objects.count() == 1


def test_the_page_of_a_patient_shows_encounters_newest_first_and_notes_the_reading(
    lin: Client, mrs_wang: Patient, doctor_lin: Actor
) -> None:
    first, second = typed(doctor_lin, mrs_wang), typed(doctor_lin, mrs_wang)

    page = lin.get(f"/medical/patients/{mrs_wang.pk}/").content.decode()

    assert page.index(f"/encounters/{second.pk}/") < page.index(f"/encounters/{first.pk}/")
    assert AuditEntry.objects.filter(action="patient.viewed", target_id=str(mrs_wang.pk)).count() == 1


def test_a_colleague_is_let_in_and_out_again(
    lin: Client, chen: Client, mrs_wang: Patient, resident_chen: Actor
) -> None:
    page = f"/medical/patients/{mrs_wang.pk}/"
    assert chen.get(page).status_code == 404
    assert resident_chen.member
    lin.post(f"{page}relations/", {"member": str(resident_chen.member.pk), "kind": "consulting"})
    assert chen.get(page).status_code == 200

    relation = CareRelation.objects.get(member=resident_chen.member)
    lin.post(f"{page}relations/{relation.pk}/end/")

    assert chen.get(page).status_code == 404


def test_ending_ones_own_treatment_leads_back_to_the_list(lin: Client, mrs_wang: Patient) -> None:
    relation = CareRelation.objects.get()

    answer = lin.post(f"/medical/patients/{mrs_wang.pk}/relations/{relation.pk}/end/")

    assert answer.headers["Location"] == "/medical/patients/"


def test_an_emergency_needs_a_reason_that_colleagues_read(
    lin: Client, mrs_wang: Patient, tea_house: Organisation
) -> None:
    sun = browser_of(member_of(tea_house, "Sun", "clinician"))
    assert (
        "the reason why you need access"
        in sun.post("/medical/patients/emergency/", {"number": "P-0001", "reason": "?"}).content.decode()
    )
    assert (
        "No patient with this number"
        in sun.post(
            "/medical/patients/emergency/", {"number": "P-9", "reason": "unconscious"}
        ).content.decode()
    )

    opened = sun.post("/medical/patients/emergency/", {"number": "P-0001", "reason": "found unconscious"})

    assert opened.headers["Location"] == f"/medical/patients/{mrs_wang.pk}/"
    assert "found unconscious" in lin.get(f"/medical/patients/{mrs_wang.pk}/").content.decode()


def test_departments_and_clinicians_are_set_by_who_manages_records(
    alice_browser: Client, lin: Client, doctor_lin: Actor, cardiology: Department
) -> None:
    alice_browser.post("/medical/departments/new/", {"name": "Surgery", "is_active": "on"})
    surgery = Department.objects.get(name="Surgery")
    assert doctor_lin.member
    alice_browser.post(
        f"/medical/clinicians/{doctor_lin.member.pk}/", {"departments": [surgery.pk], "title": "Chief"}
    )
    alice_browser.post(f"/medical/departments/{cardiology.pk}/", {"name": "Heart"})

    clinician = Clinician.objects.get(member=doctor_lin.member)
    assert ([*clinician.departments.all()], clinician.title) == ([surgery], "Chief")
    assert "Heart" in alice_browser.get("/medical/departments/").content.decode()
    assert not Department.objects.get(name="Heart").is_active
    taken = alice_browser.post("/medical/departments/new/", {"name": "Surgery", "is_active": "on"})
    assert "already" in taken.content.decode()
    assert lin.get("/medical/departments/").status_code == 403


def test_who_only_looks_on_in_the_shop_sees_no_patients(charlie: User, mrs_wang: Patient) -> None:
    client = Client()
    client.force_login(charlie, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert client.get("/medical/patients/").status_code == 403
    assert client.get(f"/medical/patients/{mrs_wang.pk}/").status_code == 403


def test_tabs_lead_to_what_is_there_and_permitted(lin: Client, alice_browser: Client) -> None:
    lins, alices = (client.get("/medical/patients/").content.decode() for client in (lin, alice_browser))

    assert 'href="/medical/departments/"' in alices
    assert 'href="/medical/departments/"' not in lins
    assert 'href="/medical/patients/" aria-current="page"' in lins


def test_a_list_of_patients_takes_as_many_queries_as_a_short_one(
    lin: Client, doctor_lin: Actor, mrs_wang: Patient
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            lin.get("/medical/patients/")
        return len(captured)

    queries()
    few = queries()
    for number in range(5):
        patient_of(doctor_lin, f"Patient {number}", f"N-{number}")
    assert queries() == few


def test_an_erased_patient_is_in_no_list(lin: Client, mrs_wang: Patient, doctor_lin: Actor) -> None:
    services.note_access(doctor_lin, mrs_wang, action="patient.viewed")
    Patient.objects.update(erased_at=mrs_wang.created_at)

    assert "王秀英" not in lin.get("/medical/patients/").content.decode()


def test_a_refused_relation_comes_back_open_with_the_reason(lin: Client, mrs_wang: Patient) -> None:
    answer = lin.post(f"/medical/patients/{mrs_wang.pk}/relations/", {"kind": "consulting"})

    page = answer.content.decode()
    assert "<details open>" in page
    assert "Choose one clinician or one department." in page
    assert '<option value="consulting" selected' in page


def test_a_person_without_departments_to_choose_is_not_shown_a_bare_label(
    alice_browser: Client, doctor_lin: Actor
) -> None:
    assert doctor_lin.member
    page = f"/medical/clinicians/{doctor_lin.member.pk}/"
    assert "There are no departments yet" not in alice_browser.get(page).text
    Department.objects.update(is_active=False)

    assert "There are no departments yet. Add one first." in alice_browser.get(page).text


def test_a_new_record_stands_below_the_records(lin: Client) -> None:
    breadcrumb = (
        lin.get("/medical/encounters/new/").text.partition('class="breadcrumb"')[2].partition("</p>")[0]
    )

    assert ">Medical records<" in breadcrumb
