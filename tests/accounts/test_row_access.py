"""Who can see a row: exactly those for whom its own page opens, and with the right reason."""

import pytest
from django.test import Client

from apps.accounts import row_access, services
from apps.accounts.actors import Actor
from apps.accounts.models import Membership, Organisation, User
from apps.core.models import OrganisationOwned
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations.models import Conversation
from apps.knowledge.models import Collection
from apps.log_analysis.incidents.models import Incident
from apps.log_analysis.sources.models import LogSource
from apps.marketing.campaigns.models import Campaign
from apps.medical_records.patients import selectors
from apps.medical_records.patients.models import CareRelation, Department
from apps.medical_records.patients.pages import PATIENT_ACCESS
from tests.architecture.instances import Belongings
from tests.conftest import browser_of
from tests.medical_records.people import member_of, patient_of


def names(text: str, *those: str) -> set[str]:
    return {name for name in those if name in text}


@pytest.fixture
def conversation(tea_house: Organisation) -> Conversation:
    channel = Channel.objects.create(organisation=tea_house, name="Shop")
    return Conversation.objects.create(organisation=tea_house, channel=channel, visitor_id="vera")


def test_a_conversation_is_seen_by_roles_and_keys_with_the_permission(
    conversation: Conversation, alice_actor: Actor, alice_browser: Client, charlie: User
) -> None:
    member_of(conversation.organisation, "Agnes", "agent")
    services.create_api_key(alice_actor, name="Helpdesk", scopes=["conversations.view"])
    services.create_api_key(alice_actor, name="Exporter", scopes=["jobs.view"])

    page = alice_browser.get(f"/conversations/{conversation.pk}/who/").content.decode()

    content = page[page.index("<tbody>") :]
    assert names(content, "Alice", "Agnes", "Charlie", "Helpdesk", "Exporter") == {
        "Alice",
        "Agnes",
        "Helpdesk",
    }
    assert browser_of(charlie).get(f"/conversations/{conversation.pk}/who/").status_code == 403


@pytest.mark.parametrize(
    ("model", "address"),
    [
        (Campaign, "/marketing/campaigns/{}/"),
        (LogSource, "/logs/sources/{}/"),
        (Incident, "/logs/incidents/{}/"),
        (Collection, "/knowledge/collections/{}/"),
    ],
)
def test_a_row_leads_to_those_who_can_open_it(
    model: type[OrganisationOwned], address: str, tea_house: Organisation, alice: User, alice_browser: Client
) -> None:
    address = address.format(Belongings(tea_house, alice).one(model).pk)
    agnes = member_of(tea_house, "Agnes", "agent")
    lin = member_of(tea_house, "Lin", "clinician")

    assert f'href="{address}who/"' in alice_browser.get(address).text
    page = alice_browser.get(f"{address}who/").text

    listed = names(page[page.index("<tbody>") :], "Alice", "Agnes", "Lin")
    can_open = {
        actor.name
        for actor in (agnes, lin)
        if actor.member and browser_of(actor.member.user).get(address).status_code == 200
    }
    assert listed == {"Alice", *can_open}


def test_a_patient_is_seen_by_those_who_treat_them_with_the_reason(
    tea_house: Organisation, alice_actor: Actor
) -> None:
    cardiology = Department.objects.create(organisation=tea_house, name="Cardiology")
    lin = member_of(tea_house, "Lin", "clinician", cardiology)
    chen = member_of(tea_house, "Chen", "resident", cardiology)
    stranger = member_of(tea_house, "Stone", "clinician")
    patient = patient_of(lin)
    CareRelation.objects.create(organisation=tea_house, patient=patient, department=cardiology)

    actors = row_access.actors_with("records.view", tea_house)
    seers = {seer.actor.name: seer.reason for seer in PATIENT_ACCESS.seers(actors, patient.pk)}

    assert seers["Alice"] == "oversees all medical records"
    assert seers["Chen"] == "Cardiology: treating"
    assert "Lin" in seers
    assert "Stone" not in seers
    for actor in (lin, chen, stranger):
        can_open = selectors.visible_patients(actor).filter(pk=patient.pk).exists()
        assert can_open == (actor.name in seers)
        assert browser_of(actor.member.user).get(f"/medical/patients/{patient.pk}/who/").status_code == (
            200 if can_open else 404
        )


def test_the_permissions_page_names_those_who_have_each(
    alice_actor: Actor, alice_browser: Client, charlie: User
) -> None:
    services.create_api_key(alice_actor, name="Exporter", scopes=["jobs.view"])
    Membership.objects.filter(user=charlie).update(is_active=False)
    User.objects.create_user("dan@tea.example", name="Dan")

    by_permission = {
        str(row.permission): row
        for _, rows in row_access.permission_holders(alice_actor.organisation)
        for row in rows
    }

    assert [each.name for each in by_permission["View jobs"].members] == ["Alice"]
    assert [each.name for each in by_permission["View jobs"].keys] == ["Exporter"]
    assert by_permission["Create and revoke API keys"].keys == []
    assert "Exporter" in alice_browser.get("/team/permissions/").content.decode()
