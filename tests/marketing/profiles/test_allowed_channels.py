"""Nobody is written to where they did not agree, where they left, or more often than the organisation wants."""

import pytest

from apps.accounts.actors import Actor
from apps.audit.models import AuditEntry
from apps.marketing.channels.models import ChannelOverride
from apps.marketing.profiles import selectors, services
from apps.marketing.profiles.models import Person
from apps.marketing.segments.models import Segment, SegmentMembership
from tests.conftest import ApiClient
from tests.marketing.conftest import NewPerson, Send

pytestmark = pytest.mark.django_db
BOTH = ["email", "sms"]


def channels_of(actor: Actor, person: Person) -> set[str]:
    return selectors.allowed_channels(actor.organisation, [person])[person.pk]


def test_a_channel_needs_consent_and_an_address(alice_actor: Actor, new_person: NewPerson) -> None:
    without = new_person("1", consents=[*BOTH, "wechat_article"])
    reachable = new_person("2", email="vera@x.example", phone="13800138000", consents=BOTH)
    silent = new_person("3", email="w@x.example")

    assert channels_of(alice_actor, without) == {"wechat_article"}
    assert channels_of(alice_actor, reachable) == {"email", "sms"}
    assert channels_of(alice_actor, silent) == set()


def test_who_left_a_channel_is_not_written_to_there(alice_actor: Actor, new_person: NewPerson) -> None:
    vera = new_person("1", email="vera@x.example", phone="13800138000", consents=BOTH)

    services.unsubscribe(vera, "email")
    services.unsubscribe(vera, "email")

    vera.refresh_from_db()
    assert (channels_of(alice_actor, vera), vera.unsubscribed) == ({"sms"}, ["email"])
    (line,) = AuditEntry.objects.filter(action="person.unsubscribed")
    assert (line.details, line.actor) == ({"channel": "email"}, "platform")


def test_a_frequency_cap_counts_what_was_delivered_lately(
    alice_actor: Actor, new_person: NewPerson, send: Send
) -> None:
    ChannelOverride.objects.create(
        organisation=alice_actor.organisation, channel="email", max_sends=2, send_days=7
    )
    vera = new_person("1", email="vera@x.example", consents=["email"])
    for channel, days in (("email", 1), ("email", 8), ("sms", 1), ("", 1)):
        send(vera, channel, days=days)

    assert channels_of(alice_actor, vera) == {"email"}
    send(vera, "email", days=2)
    assert channels_of(alice_actor, vera) == set()


def test_the_cap_and_the_cost_are_settings_of_a_channel(alice_api: ApiClient) -> None:
    root = "/api/v1/marketing/"
    body = {"channel": "sms", "send_cost": "0.045", "max_sends": 3, "send_days": 30}

    made = alice_api.post_json(f"{root}channel-overrides/", body)
    assert made.status_code == 201, made.content
    rules = {each["key"]: each for each in alice_api.get(f"{root}channels/").json()}

    assert (rules["sms"]["send_cost"], rules["sms"]["max_sends"], rules["sms"]["send_days"]) == (
        "0.0450",
        3,
        30,
    )
    assert (rules["email"]["send_cost"], rules["email"]["max_sends"], rules["email"]["send_days"]) == (
        None,
        None,
        7,
    )
    refused = alice_api.post_json(f"{root}channel-overrides/", {"channel": "email", "send_cost": "-1"})
    assert refused.status_code == 400


def test_people_are_found_by_segment(alice_actor: Actor, bob_actor: Actor, new_person: NewPerson) -> None:
    vera, walter = new_person("1"), new_person("2")
    segments = [
        Segment.objects.create(organisation=alice_actor.organisation, name=name) for name in ("a", "b", "c")
    ]
    for segment, person in ((segments[0], vera), (segments[1], vera), (segments[2], walter)):
        SegmentMembership.objects.create(
            organisation=alice_actor.organisation, segment=segment, person=person
        )

    house = alice_actor.organisation
    assert set(selectors.people_in(house, None)) == {vera, walter}
    assert list(selectors.people_in(house, segments[0])) == [vera]
    assert selectors.segments_of_people(house, [vera.pk, walter.pk], segments[:2]) == {
        vera.pk: {segments[0].pk, segments[1].pk}
    }
    assert list(selectors.people_in(bob_actor.organisation, segments[0])) == []
