"""Other channels leave by webhooks to the organisation's senders, or as a file; names and addresses stand in no log."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponseBase
from django.test import Client

from apps.accounts.actors import Actor
from apps.audit.models import AuditEntry
from apps.core.errors import Conflict, PermissionDenied
from apps.jobs import webhook_secrets, webhooks
from apps.jobs.models import WebhookDelivery
from apps.marketing.campaigns import delivery, exports, selectors, sending, services
from apps.marketing.campaigns.models import Campaign
from apps.marketing.experiments import tracking
from apps.marketing.experiments.models import Exposure
from apps.marketing.profiles import services as profiles
from apps.marketing.profiles.models import Person
from apps.marketing.rules import membership
from apps.marketing.segments import services as segments
from apps.marketing.segments.models import SegmentMembership
from tests.loopback_server import LoopbackServer, Reply, serving
from tests.marketing.campaigns.conftest import SMS, NewCampaign, NewText, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def by_sms(alice_actor: Actor, approved: NewCampaign, new_text: NewText, people: list[Person]) -> Campaign:
    return services.start_campaign(alice_actor, approved(variants=[new_text("sms", SMS)]))


@pytest.fixture
def sender(alice_actor: Actor) -> Iterator[LoopbackServer]:
    """The house's own SMS gateway, which listens to the event."""
    with serving({"*": Reply(b"13800000000 ok")}) as server:
        webhook_secrets.create_webhook(alice_actor, url=server.url, events=[delivery.EVENT])
        webhooks.clear_events_cache()
        yield server


def rows_of(answer: HttpResponseBase) -> list[dict[str, str]]:
    text = b"".join(answer).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def sent_in_vain(campaign: Campaign, sender: LoopbackServer) -> Campaign:
    """Its requests failed as often as they are tried."""
    sender.replies["*"] = Reply(status=500)
    campaign = work(campaign)
    WebhookDelivery.objects.update(attempts=webhooks.MAX_ATTEMPTS - 1)
    webhooks.deliver_due()
    return campaign


def test_senders_get_what_the_channel_needs_and_no_more(by_sms: Campaign, sender: LoopbackServer) -> None:
    campaign = work(by_sms)
    assert selectors.progress(campaign).reason_lines == [
        ("handed to your sending system, no response yet", 3)
    ]

    webhooks.deliver_due()

    (request,) = sender.requests
    assert request["headers"]["webhook-signature"].startswith("v1,")
    told = request["body"]["data"]
    assert (told["campaign"], told["channel"], len(told["messages"])) == (str(campaign.pk), "sms", 3)
    message, exposure = told["messages"][0], Exposure.objects.order_by("pk").first()
    assert exposure
    assert set(message) == {"exposure", "person", "phone", "texts", "unsubscribe"}
    assert message["phone"].startswith("1380000000")
    assert tracking.short_link(exposure.pk, 0) in message["texts"]["body"]
    progress = selectors.progress(campaign)
    assert (campaign.status, progress.delivered) == ("sent", 3)


def test_no_row_of_the_webhooks_holds_a_telephone_number(by_sms: Campaign, sender: LoopbackServer) -> None:
    work(by_sms)

    webhooks.deliver_due()

    row = WebhookDelivery.objects.get()
    assert "13800" not in f"{row.payload}{row.response_text}{row.last_error}"


def test_who_leaves_before_the_request_does_is_not_in_it(
    by_sms: Campaign, sender: LoopbackServer, people: list[Person]
) -> None:
    campaign = work(by_sms)
    profiles.unsubscribe(people[0], "sms")

    webhooks.deliver_due()

    (request,) = sender.requests
    assert len(request["body"]["data"]["messages"]) == 2
    progress = selectors.progress(campaign)
    assert (progress.delivered, progress.reason_lines) == (2, [("unsubscribed", 1)])


def test_senders_that_never_take_it_are_a_failure_that_can_be_tried_again(
    by_sms: Campaign, sender: LoopbackServer, alice_actor: Actor
) -> None:
    campaign = sent_in_vain(by_sms, sender)

    assert selectors.progress(campaign).reason_lines == [("rejected by your sending system", 3)]
    sender.replies["*"] = Reply()
    work(services.send_again(alice_actor, campaign))
    webhooks.deliver_due()
    assert selectors.progress(campaign).delivered == 3


def test_a_cancelled_campaign_leaves_requests_empty(
    by_sms: Campaign, sender: LoopbackServer, alice_actor: Actor
) -> None:
    campaign = work(services.start_campaign(alice_actor, services.pause_campaign(alice_actor, by_sms)))
    Campaign.objects.update(status="sending")
    services.cancel_campaign(alice_actor, campaign)

    webhooks.deliver_due()

    assert all(not each["body"]["data"]["messages"] for each in sender.requests)
    assert selectors.progress(campaign).delivered == 0


def test_a_failed_request_of_a_cancelled_campaign_is_empty_when_it_is_sent_again(
    by_sms: Campaign, sender: LoopbackServer, alice_actor: Actor
) -> None:
    campaign = sent_in_vain(by_sms, sender)
    # Its receiver was away, so somebody stops it before it is sent.
    Campaign.objects.update(status="paused")
    services.cancel_campaign(alice_actor, campaign)
    sender.replies["*"] = Reply()
    sender.requests.clear()

    webhooks.replay_delivery(alice_actor, WebhookDelivery.objects.get())
    webhooks.deliver_due()

    (request,) = sender.requests
    assert request["body"]["data"]["messages"] == []
    progress = selectors.progress(campaign)
    assert (progress.delivered, progress.reason_lines) == (0, [("the campaign was cancelled first", 3)])


def test_messages_whose_webhook_went_wait_for_export(by_sms: Campaign, sender: LoopbackServer) -> None:
    campaign = work(by_sms)
    WebhookDelivery.objects.all().delete()
    webhooks.Webhook.objects.all().delete()
    webhooks.clear_events_cache()

    assert sending.release_lost_requests() == 3

    assert selectors.progress(campaign).exports == [("sms", "SMS", 3, 0)]


@pytest.mark.slow
def test_messages_whose_webhook_went_leave_by_another_one_once_a_person_says_so(
    by_sms: Campaign, sender: LoopbackServer, alice_actor: Actor
) -> None:
    campaign = work(by_sms)
    WebhookDelivery.objects.all().delete()
    webhooks.Webhook.objects.all().delete()
    webhook_secrets.create_webhook(alice_actor, url=sender.url, events=[delivery.EVENT])
    webhooks.clear_events_cache()
    sending.release_lost_requests()
    progress = selectors.progress(campaign)
    assert (progress.exports, progress.waiting, progress.sendable_again) == ([], 3, 3)

    work(services.send_again(alice_actor, campaign))
    webhooks.deliver_due()

    assert selectors.progress(campaign).delivered == 3
    assert AuditEntry.objects.get(action="campaign.sent_again").details["people"] == 3


def test_without_a_sender_messages_wait_for_a_file(by_sms: Campaign, alice_actor: Actor) -> None:
    campaign = work(by_sms)
    assert campaign.status == Campaign.Status.SENT
    assert selectors.progress(campaign).exports == [("sms", "SMS", 3, 0)]

    taken = rows_of(exports.export_messages(alice_actor, campaign, "sms", file_type="csv"))

    assert list(taken[0]) == ["exposure", "person", "phone", "body", "unsubscribe"]
    assert sorted(row["phone"] for row in taken) == [f"1380000000{number}" for number in range(3)]
    assert all("/" in row["body"] and "【岩茶】" in row["body"] for row in taken)
    assert selectors.progress(campaign).exports == [("sms", "SMS", 0, 3)]
    assert rows_of(exports.export_messages(alice_actor, campaign, "sms", file_type="csv")) == []
    again = exports.export_messages(alice_actor, campaign, "sms", file_type="csv", is_again=True)
    assert len(rows_of(again)) == 3
    entries = AuditEntry.objects.filter(action="campaign.exported").order_by("sequence")
    assert [entry.details["rows"] for entry in entries] == [3, 0, 3]


def test_what_was_taken_in_several_files_comes_again_as_a_whole(
    by_sms: Campaign, alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "MAX_EXPORT_ROWS", 2)
    monkeypatch.setattr(exports, "CHUNK_ROWS", 2)
    campaign = work(by_sms)
    files = [
        rows_of(exports.export_messages(alice_actor, campaign, "sms", file_type="csv")) for _ in range(2)
    ]

    again = exports.export_messages(alice_actor, campaign, "sms", file_type="csv", is_again=True)

    assert [len(rows) for rows in files] == [2, 1]
    assert sorted(row["exposure"] for row in rows_of(again)) == sorted(
        row["exposure"] for rows in files for row in rows
    )


def test_who_left_since_is_in_no_second_file(
    by_sms: Campaign, alice_actor: Actor, people: list[Person]
) -> None:
    campaign = work(by_sms)
    assert len(rows_of(exports.export_messages(alice_actor, campaign, "sms", file_type="csv"))) == 3
    profiles.unsubscribe(people[0], "sms")
    profiles.erase_person(alice_actor, people[1])

    again = exports.export_messages(alice_actor, campaign, "sms", file_type="csv", is_again=True)

    assert [row["phone"] for row in rows_of(again)] == ["13800000002"]


def test_segments_know_who_was_exported(by_sms: Campaign, alice_actor: Actor) -> None:
    rule = {"event": "written_to", "within_days": 7}
    segment = segments.create_segment(alice_actor, name="Written to", rule=rule)
    campaign = work(by_sms)

    exports.export_messages(alice_actor, campaign, "sms", file_type="csv")
    membership.refresh_due()

    assert SegmentMembership.objects.filter(segment=segment).count() == 3


def test_who_may_not_see_people_exports_nothing(by_sms: Campaign, alice_actor: Actor) -> None:
    without = Actor(alice_actor.organisation, frozenset({"marketing.send"}), member=alice_actor.member)

    with pytest.raises(PermissionDenied):
        exports.export_messages(without, work(by_sms), "sms", file_type="csv")


def test_what_leaves_by_itself_is_not_exported(
    by_sms: Campaign, sender: LoopbackServer, alice_actor: Actor
) -> None:
    with pytest.raises(Conflict):
        exports.export_messages(alice_actor, work(by_sms), "sms", file_type="csv")


def test_mails_without_a_mail_server_wait_for_a_file(
    alice_actor: Actor, approved: NewCampaign, people: list[Person], settings: Any
) -> None:
    settings.EMAIL_BACKEND = "apps.core.mail.LogBackend"
    campaign = work(services.start_campaign(alice_actor, approved()))

    (row, *_others) = rows_of(exports.export_messages(alice_actor, campaign, "email", file_type="csv"))

    assert row["email"].endswith("@home.example")


def test_an_export_comes_as_a_download(by_sms: Campaign, alice_browser: Client) -> None:
    campaign = work(by_sms)

    answer = alice_browser.post(f"/marketing/campaigns/{campaign.pk}/export/sms/csv/")

    assert answer["Content-Disposition"] == 'attachment; filename="campaign-sms.csv"'
    assert len(rows_of(answer)) == 3
