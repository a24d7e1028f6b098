from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.medical_records.patients import services as patients
from apps.medical_records.patients.models import Department, Patient
from apps.medical_records.records.models import MedicalRecord, RecordVersion, SigningFigures
from apps.medical_records.settings.models import MedicalPreferences
from apps.medical_records.templates.services import install_builtin
from apps.vault import keys
from apps.vault.models import SealingKey
from tests.architecture.instances import Belongings
from tests.conftest import api_client
from tests.medical_records.people import member_of


def browser_of(actor: Actor) -> Client:
    client = Client()
    client.force_login(actor.member.user)  # type: ignore[union-attr]
    return client


def sign(
    actor: Actor, *, edit_ratio: float, days_ago: int = 0, kind: str = "signed", **figures: object
) -> None:
    version = Belongings(actor.organisation, actor.member.user).one(RecordVersion)  # type: ignore[union-attr]
    assert isinstance(version, RecordVersion)
    RecordVersion.objects.filter(pk=version.pk).update(
        kind=kind, signed_at=timezone.now(), fingerprint="f", signer_name="Lin"
    )
    SigningFigures.objects.create(
        organisation=actor.organisation,
        version=version,
        edit_ratio=edit_ratio,
        signed_at=timezone.now() - timedelta(days=days_ago),
        **figures,
    )


def test_the_report_shows_who_read_a_patients_things(
    doctor_lin: Actor, alice_actor: Actor, mrs_wang: Patient
) -> None:
    patients.note_access(doctor_lin, mrs_wang, action="record.read")
    address = f"/medical/patients/{mrs_wang.pk}/access/"

    page = browser_of(alice_actor).get(address).text

    assert "Viewed a medical record" in page
    assert "record.read" not in page
    assert "王秀英" in page
    assert "record.read" in browser_of(alice_actor).get(f"{address}export/").getvalue().decode()
    assert browser_of(member_of(mrs_wang.organisation, "Sun", "clinician")).get(address).status_code == 404


def test_emergencies_are_listed_with_their_reason_for_those_who_oversee(
    doctor_lin: Actor, alice_actor: Actor, mrs_wang: Patient
) -> None:
    stranger = member_of(mrs_wang.organisation, "Sun", "clinician")
    patients.open_in_emergency(stranger, number="P-0001", reason="found unconscious")

    assert "found unconscious" in browser_of(alice_actor).get("/medical/emergencies/").text
    assert browser_of(doctor_lin).get("/medical/emergencies/").status_code == 403


def test_erasing_asks_for_a_reason_and_then_nobody_finds_the_patient(
    alice_actor: Actor, mrs_wang: Patient
) -> None:
    browser, address = browser_of(alice_actor), f"/medical/patients/{mrs_wang.pk}/erase/"

    assert "cannot be undone" in browser.get(address).text
    assert Patient.objects.kept().exists()
    browser.post(address, {"reason": "asked for by the patient"})

    assert not Patient.objects.kept().exists()
    assert browser.get(address).status_code == 404


def test_figures_count_what_was_saved_and_changed(alice_actor: Actor) -> None:
    MedicalPreferences.objects.create(organisation=alice_actor.organisation, minutes_by_hand=20)
    sign(
        alice_actor,
        edit_ratio=0.25,
        statements=10,
        unsupported=1,
        entered=2,
        turnaround_seconds=300,
        draft_seconds=40,
        fields={"history.present": {"length": 100, "distance": 25}},
    )

    page = browser_of(alice_actor).get("/medical/figures/").text
    counted = api_client(alice_actor).get("/api/v1/medical/figures/").json()

    assert "history.present" in page
    assert (counted["signed"], counted["minutes_saved"], counted["edit_ratio"]) == (1, 15, 0.25)
    assert (counted["unsupported_ratio"], counted["turnaround_seconds"]) == (0.1, 300)
    assert counted["by_day"][-1]["signed"] == 1


def test_fields_are_named_as_the_templates_name_them(alice_actor: Actor) -> None:
    install_builtin(alice_actor.organisation)
    edits = {"length": 100, "distance": 25}
    sign(alice_actor, edit_ratio=0.25, fields={"allergy_history.allergies": edits, "gone.away": edits})

    page = browser_of(alice_actor).get("/medical/figures/").text

    assert "过敏史 · 食物或药物过敏史" in page
    assert "gone.away" in page


def test_a_department_is_looked_at_alone(alice_actor: Actor) -> None:
    sign(alice_actor, edit_ratio=0.25)
    surgery, other = (
        Department.objects.create(organisation=alice_actor.organisation, name=name)
        for name in ("Surgery", "Medicine")
    )
    MedicalRecord.objects.update(department=surgery)
    client = api_client(alice_actor)

    signed = [
        client.get(f"/api/v1/medical/figures/?department={each.pk}").json()["signed"]
        for each in (surgery, other)
    ]

    assert signed == [1, 0]


@pytest.mark.parametrize(("days_ago", "kind"), [(40, "signed"), (0, "amendment")])
def test_old_signatures_and_amendments_are_not_counted_as_records(
    alice_actor: Actor, days_ago: int, kind: str
) -> None:
    sign(alice_actor, edit_ratio=1, days_ago=days_ago, kind=kind)

    assert "No records signed" in browser_of(alice_actor).get("/medical/figures/?days=30").text


def test_the_rivals_figures_are_their_own(alice_actor: Actor, bob_actor: Actor) -> None:
    sign(alice_actor, edit_ratio=0.5)

    assert api_client(bob_actor).get("/api/v1/medical/figures/").json()["signed"] == 0


def test_a_lost_key_is_said_on_the_page_and_nothing_is_changed(
    doctor_lin: Actor, alice_actor: Actor, mrs_wang: Patient
) -> None:
    browser = browser_of(alice_actor)
    SealingKey.objects.filter(purpose="content").delete()
    keys.clear_keys()

    answer = browser.get(f"/medical/patients/{mrs_wang.pk}/")

    assert answer.status_code == 503
    assert "it cannot be read" in answer.content.decode()
    assert Patient.objects.filter(pk=mrs_wang.pk, erased_at=None).exists()


def test_a_time_that_is_not_known_makes_no_half_sentence(alice_actor: Actor) -> None:
    sign(alice_actor, edit_ratio=0.1, turnaround_seconds=None)

    page = browser_of(alice_actor).get("/medical/figures/").text

    assert "90% within" not in page
