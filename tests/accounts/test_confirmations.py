"""What would open patients' records to more people or servers waits for an owner."""

from functools import partial

import pytest
from django.test import Client

from apps.accounts import confirmations
from apps.accounts.actors import Actor
from apps.accounts.models import Confirmation, Membership, Organisation, User
from apps.audit.models import AuditEntry
from apps.core.errors import Conflict, PermissionDenied
from apps.inference import endpoints
from apps.inference.models import Endpoint
from apps.medical_records.patients import departments, services
from apps.medical_records.patients.models import Clinician, Department, Patient
from apps.medical_records.privacy import selectors as privacy
from tests.conftest import ApiClient, api_client, browser_of
from tests.customer_service.handoff_fixtures import together

ENDPOINT = {"name": "mine", "purpose": "chat", "url": "https://models.example.com/v1", "model": "m"}


def joined(organisation: Organisation, name: str, role: str) -> Membership:
    user = User.objects.create_user(f"{name.lower()}@tea.example", name=name)
    return Membership.objects.create(organisation=organisation, user=user, role=role)


@pytest.fixture
def dora(tea_house: Organisation) -> Actor:
    """The administrator."""
    return Actor.from_member(joined(tea_house, "Dora", "admin"))


@pytest.fixture
def dora_browser(dora: Actor) -> Client:
    assert dora.member
    return browser_of(dora.member.user)


@pytest.fixture
def cardiology(tea_house: Organisation) -> Department:
    return Department.objects.create(organisation=tea_house, name="Cardiology")


@pytest.fixture
def patient(alice_actor: Actor, cardiology: Department) -> Patient:
    return services.register_patient(alice_actor, name="Wang", number="1", department=cardiology)


def reads(actor: Actor, patient: Patient) -> bool:
    assert actor.member
    return Patient.objects.treated_by(actor.member).filter(pk=patient.pk).exists()


def into_department(browser: Client, member: Membership, department: Department) -> None:
    browser.post(f"/medical/clinicians/{member.pk}/", {"departments": [department.pk], "title": ""})


@pytest.mark.slow
def test_an_administrator_who_enters_a_department_reads_nobody_until_an_owner_confirms(
    dora: Actor, dora_browser: Client, alice_browser: Client, patient: Patient, cardiology: Department
) -> None:
    into_department(dora_browser, dora.member, cardiology)  # type: ignore[arg-type]
    confirmation = Confirmation.objects.get()
    assert not reads(dora, patient)
    assert "1 change needs your confirmation" in alice_browser.get("/").text
    assert "Dora: Cardiology" in alice_browser.get("/confirmations/").text

    alice_browser.post(f"/confirmations/{confirmation.pk}/confirm/")

    assert reads(dora, patient)
    assert "needs your confirmation" not in alice_browser.get("/").text


def test_nor_does_a_friend_whom_the_administrator_lets_in(
    dora_browser: Client, tea_house: Organisation, patient: Patient, cardiology: Department
) -> None:
    friend = joined(tea_house, "Emil", "clinician")

    into_department(dora_browser, friend, cardiology)

    assert not reads(Actor.from_member(friend), patient)


def test_leaving_a_department_and_a_new_title_need_no_owner(
    dora: Actor, tea_house: Organisation, patient: Patient, cardiology: Department
) -> None:
    lin = joined(tea_house, "Lin", "clinician")
    Clinician.objects.create(organisation=tea_house, member=lin).departments.add(cardiology)

    departments.save_clinician(dora, member_id=lin.pk, departments=[], title="Professor")

    assert Clinician.objects.get().title == "Professor"
    assert not reads(Actor.from_member(lin), patient)


def test_without_patients_and_for_owners_it_is_done_at_once(
    dora: Actor, alice_actor: Actor, cardiology: Department
) -> None:
    departments.save_clinician(dora, member_id=dora.member.pk, departments=[cardiology])  # type: ignore[union-attr]
    services.register_patient(alice_actor, name="Wang", number="1", department=cardiology)
    departments.save_clinician(alice_actor, member_id=alice_actor.member.pk, departments=[cardiology])  # type: ignore[union-attr]

    assert Clinician.objects.count() == 2
    assert not Confirmation.objects.exists()


def test_another_model_server_waits_for_an_owner(
    dora: Actor, dora_browser: Client, alice_browser: Client, patient: Patient
) -> None:
    answer = dora_browser.post(
        "/api/v1/inference/endpoints/",
        {**ENDPOINT, "api_key": "very-secret"},
        content_type="application/json",
    )
    assert (answer.status_code, answer.json()["state"]) == (202, "pending")
    assert "very-secret" not in answer.content.decode()
    assert not Endpoint.objects.exists()

    path = f"/api/v1/confirmations/{answer.json()['id']}/confirm/"
    assert dora_browser.post(path).status_code == 403
    assert alice_browser.post(path).json()["state"] == "confirmed"

    assert Endpoint.objects.get().api_key == "very-secret"
    assert Confirmation.objects.get().payload == ""


def test_an_endpoint_moves_to_another_address_only_with_an_owner(
    alice_actor: Actor, dora: Actor, patient: Patient
) -> None:
    endpoint = endpoints.create_endpoint(alice_actor, **ENDPOINT)
    assert isinstance(endpoint, Endpoint)

    endpoints.change_endpoint(dora, endpoint, name="renamed")
    asked = endpoints.change_endpoint(dora, endpoint, url="https://dora.example.com/v1")
    assert isinstance(asked, Confirmation)
    assert [(each.name, each.url) for each in Endpoint.objects.all()] == [("renamed", ENDPOINT["url"])]

    confirmations.confirm(alice_actor, asked)
    assert Endpoint.objects.get().url == "https://dora.example.com/v1"


def test_an_owners_key_asks_as_well(alice_actor: Actor, patient: Patient) -> None:
    """A key is kept by a program: it is no owner who looks at the page."""
    key = api_client(alice_actor)

    assert key.post_json("/api/v1/inference/endpoints/", ENDPOINT).status_code == 202
    confirm = f"/api/v1/confirmations/{Confirmation.objects.get().pk}/confirm/"
    assert key.post_json(confirm).status_code == 403


def test_what_was_refused_is_not_made_and_cannot_be_confirmed(
    alice_browser: Client, alice_actor: Actor, dora: Actor, patient: Patient
) -> None:
    asked = endpoints.create_endpoint(dora, **ENDPOINT)
    assert isinstance(asked, Confirmation)

    alice_browser.post(f"/confirmations/{asked.pk}/refuse/")

    assert not Endpoint.objects.exists()
    with pytest.raises(Conflict, match="already been decided"):
        confirmations.confirm(alice_actor, asked)


def test_confirming_asks_for_the_password(
    alice: User, dora: Actor, tea_house: Organisation, patient: Patient
) -> None:
    asked = endpoints.create_endpoint(dora, **ENDPOINT)
    browser = Client()
    browser.force_login(alice, backend="allauth.account.auth_backends.AuthenticationBackend")

    page = browser.post(f"/confirmations/{asked.pk}/confirm/")

    assert page["Location"].startswith("/accounts/reauthenticate/")
    assert not Endpoint.objects.exists()


def test_an_administrator_confirms_nothing(dora: Actor, dora_browser: Client, patient: Patient) -> None:
    asked = endpoints.create_endpoint(dora, **ENDPOINT)
    assert isinstance(asked, Confirmation)

    assert dora_browser.post(f"/confirmations/{asked.pk}/confirm/").status_code == 403
    with pytest.raises(PermissionDenied):
        confirmations.refuse(dora, asked)


def test_a_change_that_became_impossible_stays_pending(
    alice_actor: Actor, alice_browser: Client, dora: Actor, patient: Patient
) -> None:
    asked = endpoints.create_endpoint(dora, **ENDPOINT)
    assert isinstance(asked, Confirmation)
    endpoints.create_endpoint(alice_actor, **ENDPOINT)

    page = alice_browser.post(f"/confirmations/{asked.pk}/confirm/", follow=True)

    asked.refresh_from_db()
    assert (page.status_code, asked.state) == (200, "pending")


def test_each_patients_report_says_who_asked_and_who_confirmed(
    alice_actor: Actor, dora: Actor, patient: Patient, cardiology: Department
) -> None:
    for change in (
        partial(endpoints.create_endpoint, dora, **ENDPOINT),
        partial(departments.save_clinician, dora, member_id=dora.member.pk, departments=[cardiology]),  # type: ignore[union-attr]
    ):
        confirmations.confirm(alice_actor, change())

    report = privacy.accesses(alice_actor, patient)
    lines = [
        (line.action, line.actor_name, line.details.get("subject", ""))
        for line in report.order_by("sequence")
    ]

    address = "mine (conversation): https://models.example.com/v1"
    assert ("confirmation.requested", "Dora", address) in lines
    assert ("confirmation.confirmed", "Alice", address) in lines
    assert ("confirmation.requested", "Dora", "Dora: Cardiology") in lines
    assert ("clinician.saved", "Alice", "") in lines
    assert ("endpoint.created", "Alice", "") in lines


@pytest.mark.django_db(transaction=True)
def test_of_two_owners_who_decide_at_once_one_does(
    alice_actor: Actor, tea_house: Organisation, dora: Actor, patient: Patient
) -> None:
    other = Actor.from_member(joined(tea_house, "Olga", "owner"))
    asked = endpoints.create_endpoint(dora, **ENDPOINT)
    assert isinstance(asked, Confirmation)

    outcomes = together(
        partial(confirmations.confirm, alice_actor, asked), partial(confirmations.refuse, other, asked)
    )

    assert sorted(type(each).__name__ for each in outcomes) == ["Confirmation", "Conflict"]
    decided = AuditEntry.objects.filter(action__in=["confirmation.confirmed", "confirmation.refused"])
    assert decided.count() == 1
    asked.refresh_from_db()
    assert Endpoint.objects.exists() == (asked.state == "confirmed")


def test_another_organisation_sees_no_confirmation(dora: Actor, bob_api: ApiClient, patient: Patient) -> None:
    asked = endpoints.create_endpoint(dora, **ENDPOINT)

    assert bob_api.get(f"/api/v1/confirmations/{asked.pk}/").status_code == 404
    assert bob_api.get("/api/v1/confirmations/").json()["results"] == []
