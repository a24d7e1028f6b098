"""Inside one organisation nobody goes beyond a role, a key's scopes or a visitor's token: every route is tried."""

from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.http import Http404
from django.test import Client, RequestFactory

from apps.accounts.access import API, PUBLIC
from apps.accounts.actors import Actor
from apps.accounts.models import Membership, Organisation, User
from apps.accounts.permissions import PERMISSIONS, ROLE_PERMISSIONS, permissions_of
from apps.core.errors import NotFound, PermissionDenied
from apps.customer_service.attachments import services as attachments
from apps.customer_service.channels.models import Channel
from apps.customer_service.chat import tokens
from apps.customer_service.conversations.models import Attachment, Conversation
from apps.customer_service.conversations.services import ANSWER_MESSAGE
from apps.jobs import event_hub, lifecycle, services
from tests.architecture.instances import Belongings
from tests.architecture.routes import Route, our_routes
from tests.architecture.test_isolation import GUARDED, PLAIN_KWARGS, REFUSED, VISITOR, called, values_for
from tests.conftest import actor_in, api_client, browser_of
from tests.sample import sampled

PUBLIC_KWARGS = {"token": "x", "signed": "x", "kind": "telegram"}


@pytest.fixture
def alices(tea_house: Organisation, alice: User) -> Belongings:
    return Belongings(tea_house, alice)


def guarded_calls() -> Iterator[tuple[Route, str, str]]:
    """(route, method, permission) of everything that one permission guards."""
    for route in GUARDED:
        for method in route.methods:
            needed = route.view.permission if route.access == API else route.access_for(method)
            if needed in PERMISSIONS:
                yield route, method, needed


def test_no_role_does_what_its_permissions_do_not_say(alices: Belongings, tea_house: Organisation) -> None:
    members = {}
    for role in ROLE_PERMISSIONS:
        user = User.objects.create_user(f"{role}@tea.example")
        members[role] = Membership.objects.create(organisation=tea_house, user=user, role=role)
    let_in, tried = [], 0

    for route, method, needed in sampled(guarded_calls(), 1 / 4):
        values = values_for(route, alices)
        path = route.path(values)
        for role in [role for role in members if needed not in permissions_of(role)]:
            tried += 1
            if not is_refused(route, method, path, values, members[role]):
                let_in.append(f"{role}: {method.upper()} {route}")

    assert let_in == []
    assert tried > 1500


def is_refused(route: Route, method: str, path: str, values: dict[str, Any], member: Membership) -> bool:
    """Asks the view itself: through the middleware the walk would take minutes."""
    request: Any = getattr(RequestFactory(), method)(path)
    request.user, request.session, request.actor = member.user, {}, Actor.from_member(member)
    request._dont_enforce_csrf_checks = True
    try:
        return route.view(request, **values).status_code in REFUSED
    except (PermissionDenied, NotFound, Http404):
        return True


def test_no_key_does_what_its_scopes_do_not_say(alices: Belongings, tea_house: Organisation) -> None:
    """For each route a key that may do everything but the one thing."""
    owner = actor_in(tea_house)
    keys = {needed: api_client(owner, *(PERMISSIONS.keys() - {needed})) for needed in PERMISSIONS}
    let_in = []

    for route, method, needed in sampled([call for call in guarded_calls() if call[0].is_api], 1 / 4):
        status = getattr(keys[needed], method)(route.path(values_for(route, alices))).status_code
        if status not in REFUSED:
            let_in.append(f"key without {needed}: {method.upper()} {route} → {status}")

    assert let_in == []


@pytest.fixture
def conversations(tea_house: Organisation, rival: Organisation) -> dict[str, Conversation]:
    """A visitor's own, one of another channel, one of another organisation, and one of a channel that is closed."""

    def opened(organisation: Organisation, name: str, *, is_enabled: bool = True) -> Conversation:
        channel = Channel.objects.create(organisation=organisation, name=name, is_enabled=is_enabled)
        return Conversation.objects.create(organisation=organisation, channel=channel, visitor_id="vera")

    return {
        "own": opened(tea_house, "Shop"),
        "other channel": opened(tea_house, "Wholesale"),
        "other organisation": opened(rival, "Rival"),
        "closed": opened(tea_house, "Closed", is_enabled=False),
    }


def visitor_calls(conversation: Conversation) -> Iterator[tuple[str, str, str]]:
    attachment = Attachment.objects.create(
        organisation=conversation.organisation, conversation=conversation, kind="file", name="a.png", size=1
    )
    for route in our_routes():
        if route.access == VISITOR or route.name in ("api:visitor-events", "api:visitor-voice-events"):
            values = {"conversation_id": conversation.pk, "attachment_id": attachment.pk}
            for method in route.methods:
                yield str(route), method, route.path(values)


@pytest.mark.parametrize("place", ["other channel", "other organisation"])
def test_a_visitors_token_opens_no_other_conversation(
    conversations: dict[str, Conversation], place: str
) -> None:
    vera = Client(headers={"Authorization": f"Visitor {tokens.token_for(conversations['own'])}"})
    let_in = [
        f"{method.upper()} {name}"
        for name, method, path in visitor_calls(conversations[place])
        if getattr(vera, method)(path).status_code not in REFUSED
    ]

    assert let_in == []
    assert vera.get(f"/api/v1/visitor/conversations/{conversations['own'].pk}/").status_code == 200


def test_a_token_of_a_closed_channel_opens_nothing(conversations: dict[str, Conversation]) -> None:
    vera = Client(headers={"Authorization": f"Visitor {tokens.token_for(conversations['closed'])}"})

    statuses = {
        getattr(vera, method)(path).status_code for _, method, path in visitor_calls(conversations["closed"])
    }

    assert statuses <= {401, 405}


def test_a_token_whose_channel_does_not_fit_its_conversation_opens_nothing(
    conversations: dict[str, Conversation],
) -> None:
    mixed = Conversation(pk=conversations["other channel"].pk, channel=conversations["own"].channel)
    vera = Client(headers={"Authorization": f"Visitor {tokens.token_for(mixed)}"})

    assert vera.get(f"/api/v1/visitor/conversations/{mixed.pk}/").status_code == 401


def test_a_signed_address_opens_its_one_file(conversations: dict[str, Conversation]) -> None:
    """Neither another file's signature nor a token that the same key signed opens it, nor a closed channel's."""
    own, closed = (
        Attachment.objects.create(
            organisation=each.organisation, conversation=each, kind="file", name="a.png", size=1
        )
        for each in (conversations["own"], conversations["closed"])
    )
    address = attachments.signed_address(own)
    signature = address.rstrip("/").rpartition("/")[2]
    forged = [
        address.replace(signature, signature[:-1] + ("A" if signature[-1] != "A" else "B")),
        address.replace(signature, tokens.token_for(conversations["own"])),
        attachments.signed_address(closed),
    ]

    assert Client().get(address).status_code == 409  # it is this file; none lies on the disk
    assert {Client().get(each).status_code for each in forged} == {404}


def test_public_views_name_no_row_of_the_organisation(alices: Belongings) -> None:
    """Addresses that strangers may open, with alice's ids in them: nothing of hers stands in the answers."""
    rows = [row for row in alices.everything() if not isinstance(row, Channel)]
    private = {str(row.pk) for row in rows} | {alices.user.email}
    channel: Any = alices.one(Channel)
    leaks = []

    for route in [route for route in our_routes() if route.access == PUBLIC and route.name]:
        plain = PLAIN_KWARGS | PUBLIC_KWARGS | {"slug": channel.slug}
        known = {name: plain[name] for name in route.kwargs if name in plain}
        rest = Route(route.name, tuple(set(route.kwargs) - known.keys()), route.view)
        path = route.path(known | values_for(rest, alices))
        for method in route.methods:
            answer = called(Client(), method, route, path)
            text = b"" if answer.streaming else answer.content
            leaks += [f"{method.upper()} {route}: {each}" for each in private if each.encode() in text]
            if answer.status_code >= 500 and route.name != "observability:readyz":
                leaks.append(f"{method.upper()} {route} → {answer.status_code}")

    assert leaks == []


@pytest.mark.django_db(transaction=True)
def test_the_events_of_a_job_are_read_by_those_whose_it_is(
    alice_browser: Client, bob_browser: Client, charlie: User, tea_house: Organisation
) -> None:
    job = services.create_job(actor_in(tea_house), kind=ANSWER_MESSAGE, inputs={})
    claimed = lifecycle.claim(job.pk)
    assert claimed
    lifecycle.succeed(claimed, {"text": "green tea"})
    path = f"/api/v1/jobs/{job.pk}/events/"

    assert [browser.get(path).status_code for browser in (bob_browser, browser_of(charlie))] == [404, 404]
    assert "green tea" in async_to_sync(read)(alice_browser.get(path))


async def read(answer: Any) -> str:
    try:
        return b"".join([part async for part in answer.streaming_content]).decode()
    finally:
        await event_hub.close_hub()
