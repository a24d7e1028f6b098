"""A campaign is planned, read as it will go out, approved by somebody else, and read anew after each change."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.accounts.models import Membership
from apps.audit.models import AuditEntry
from apps.core.errors import Conflict, InvalidInput, PermissionDenied
from apps.marketing.campaigns import audience, review, schedule, selectors, services
from apps.marketing.campaigns.models import Campaign
from apps.marketing.copywriting import services as copywriting
from apps.marketing.copywriting.models import CopyVariant
from apps.marketing.experiments import services as experiments
from apps.marketing.profiles.models import Person
from apps.marketing.segments import services as segmentation
from tests.marketing.campaigns.conftest import EMAIL, OTHER_EMAIL, SMS, NewCampaign, NewText

pytestmark = pytest.mark.django_db


def test_an_approver_reads_exactly_what_goes_out(new_campaign: NewCampaign, new_text: NewText) -> None:
    variant = new_text()
    CopyVariant.objects.filter(pk=variant.pk).update(model="qwen", prompt="write_copy@ab12")
    campaign = new_campaign(variants=[variant, new_text("sms", SMS)], control_share=0.2)

    arms = review.content(campaign)["arms"]

    assert [(arm["channel"], arm["share"]) for arm in arms] == [("email", 0.4), ("sms", 0.4), ("", 0.2)]
    assert arms[0]["texts"] == EMAIL
    assert (arms[0]["model"], arms[0]["prompt"], arms[0]["version"]) == ("qwen", "write_copy@ab12", 1)


def test_the_audience_says_who_is_reached_and_why_the_others_are_not(
    new_campaign: NewCampaign, new_text: NewText, people: list[Person]
) -> None:
    campaign = new_campaign(variants=[new_text(), new_text("sms", SMS)])

    reach = audience.count_audience(campaign)

    assert (reach.people, reach.counted, reach.reached) == (6, 6, 3)
    by_mail, by_phone = reach.channels
    assert (by_mail.reachable, dict(by_mail.reasons)) == (
        3,
        {"no_consent": 1, "unsubscribed": 1, "no_address": 1},
    )
    assert by_phone.reachable == 3


def test_a_change_takes_the_approval_back_and_shows_as_a_difference(
    alice_actor: Actor, approved: NewCampaign, new_text: NewText
) -> None:
    campaign = approved()
    plan = replace(services.plan_of(campaign), variants=[new_text(texts=OTHER_EMAIL)])

    changed = services.change_campaign(alice_actor, campaign, plan, version=1)

    assert (changed.status, changed.version) == (Campaign.Status.DRAFT, 2)
    approval = review.last_approval(changed)
    assert approval
    differences = review.differences(approval.content, review.content(changed))
    subject = next(each for each in differences if each.where.endswith("Subject"))
    assert {piece.kind for piece in subject.pieces} >= {"added", "removed"}
    assert not any(each.where == "Name" for each in differences)


def test_a_version_that_nobody_read_is_not_approved(alice_actor: Actor, new_campaign: NewCampaign) -> None:
    campaign = new_campaign()
    services.move_campaign(
        alice_actor, campaign, starts_at=timezone.now() + timedelta(days=1), version=campaign.version
    )
    services.submit_campaign(alice_actor, campaign)

    with pytest.raises(Conflict):
        services.approve_campaign(alice_actor, campaign, version=1)

    assert services.approve_campaign(alice_actor, campaign, version=2).status == Campaign.Status.APPROVED


def test_nobody_approves_their_own_campaign_while_another_approver_is_there(
    alice_actor: Actor, carol_actor: Actor, new_campaign: NewCampaign
) -> None:
    campaign = services.submit_campaign(alice_actor, new_campaign())

    with pytest.raises(PermissionDenied):
        services.approve_campaign(alice_actor, campaign, version=1)

    services.approve_campaign(carol_actor, campaign, version=1, comment="Good.")
    (entry,) = selectors.reviews(campaign)
    assert (entry.is_approval, entry.version, entry.member) == (True, 1, carol_actor.member)


def test_whoever_is_alone_approves_their_own(
    alice_actor: Actor, carol_actor: Actor, new_campaign: NewCampaign
) -> None:
    Membership.objects.filter(pk=carol_actor.member.pk).update(is_active=False)  # type: ignore[union-attr]
    campaign = services.submit_campaign(alice_actor, new_campaign())

    services.approve_campaign(alice_actor, campaign, version=1)

    assert AuditEntry.objects.filter(action="campaign.approved").exists()


def test_whoever_changed_it_last_does_not_approve_it(
    alice_actor: Actor, carol_actor: Actor, new_campaign: NewCampaign
) -> None:
    campaign = new_campaign()
    services.change_campaign(carol_actor, campaign, services.plan_of(campaign), version=1)
    services.submit_campaign(alice_actor, campaign)

    with pytest.raises(PermissionDenied):
        services.approve_campaign(carol_actor, campaign, version=2)

    services.approve_campaign(alice_actor, campaign, version=2)


def test_it_is_sent_back_with_what_should_be_changed(alice_actor: Actor, approved: NewCampaign) -> None:
    campaign = approved()
    with pytest.raises(InvalidInput):
        services.return_campaign(alice_actor, campaign, comment=" ")

    returned = services.return_campaign(alice_actor, campaign, comment="Too late in the week.")

    assert returned.status == Campaign.Status.RETURNED
    assert [each.comment for each in selectors.reviews(campaign)] == ["", "Too late in the week."]


def test_a_text_that_lost_its_approval_keeps_a_campaign_from_review(
    alice_actor: Actor, new_campaign: NewCampaign, new_text: NewText
) -> None:
    variant = new_text()
    campaign = new_campaign(variants=[variant])
    copywriting.change_variant(alice_actor, variant, texts=OTHER_EMAIL, version=1)

    with pytest.raises(Conflict, match="not approved"):
        services.submit_campaign(alice_actor, campaign)


def test_what_is_on_its_way_cannot_be_changed(alice_actor: Actor, approved: NewCampaign) -> None:
    campaign = services.start_campaign(alice_actor, approved())

    with pytest.raises(Conflict, match="being sent"):
        services.change_campaign(alice_actor, campaign, services.plan_of(campaign), version=1)


def test_a_text_changed_after_the_approval_does_not_go_out(
    alice_actor: Actor, approved: NewCampaign, new_text: NewText
) -> None:
    variant = new_text()
    campaign = approved(variants=[variant])
    changed = copywriting.change_variant(alice_actor, variant, texts=OTHER_EMAIL, version=1)
    copywriting.approve_variant(alice_actor, changed, version=2)

    with pytest.raises(Conflict, match="changed since approval"):
        services.start_campaign(alice_actor, campaign)


def test_a_campaign_goes_to_no_segment_that_was_widened_after_the_approval(
    alice_actor: Actor, approved: NewCampaign
) -> None:
    rule = {"attribute": "city", "is": "=", "value": "北京"}
    city = segmentation.create_segment(alice_actor, name="city", rule=rule)
    campaign = approved(segment=city)
    segmentation.change_segment(alice_actor, city, name="city", rule={"consent": "email"})

    with pytest.raises(Conflict, match="segment has changed"):
        services.start_campaign(alice_actor, campaign)

    campaign.refresh_from_db()
    approval = review.last_approval(campaign)
    assert approval
    differences = review.differences(approval.content, review.content(campaign))
    assert [each.where for each in differences] == ["Conditions of the audience"]
    segmentation.change_segment(alice_actor, city, name="town", rule=rule)
    assert services.start_campaign(alice_actor, campaign).status == Campaign.Status.SENDING


def test_the_clock_sends_such_a_campaign_back_once(
    alice_actor: Actor, approved: NewCampaign, new_text: NewText
) -> None:
    variant = new_text()
    campaign = approved(variants=[variant])
    copywriting.change_variant(alice_actor, variant, texts=OTHER_EMAIL, version=1)
    Campaign.objects.update(starts_at=timezone.now())

    assert services.start_due() == 0

    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.RETURNED
    assert "changed since approval" in selectors.reviews(campaign).latest("created_at").comment


def test_the_experiment_of_a_campaign_does_not_start_before_it(
    alice_actor: Actor, new_campaign: NewCampaign
) -> None:
    campaign = new_campaign()

    with pytest.raises(Conflict, match="starts with its campaign"):
        experiments.start(alice_actor, campaign.experiment)


def test_due_campaigns_start_and_late_ones_wait_for_a_person(approved: NewCampaign) -> None:
    due, late, future = (approved(name=name) for name in ("due", "late", "future"))
    now = timezone.now()
    for campaign, moment in ((due, now), (late, now - timedelta(days=3)), (future, now + timedelta(days=1))):
        Campaign.objects.filter(pk=campaign.pk).update(starts_at=moment)

    assert services.start_due() == 1
    assert services.start_due() == 0

    states = dict(Campaign.objects.values_list("name", "status"))
    assert states == {"due": "sending", "late": "paused", "future": "approved"}
    assert Campaign.objects.get(name="late").pause_reason == Campaign.PauseReason.LATE


def test_a_late_campaign_is_planned_anew(
    alice_actor: Actor, approved: NewCampaign, alice_browser: Client
) -> None:
    campaign = approved()
    Campaign.objects.update(starts_at=timezone.now() - timedelta(days=3))
    services.start_due()

    page = alice_browser.get(campaign.get_absolute_url()).content.decode()
    assert "It was due more than a day ago" in page
    assert f"/marketing/campaigns/{campaign.pk}/change/" in page
    with pytest.raises(Conflict):
        services.send_again(alice_actor, campaign)
    tomorrow = timezone.now() + timedelta(days=1)
    services.move_campaign(alice_actor, campaign, starts_at=tomorrow, version=campaign.version)
    services.submit_campaign(alice_actor, campaign)

    assert services.approve_campaign(alice_actor, campaign, version=2).status == Campaign.Status.APPROVED


def test_a_campaign_that_was_sent_to_nobody_can_be_deleted(
    alice_actor: Actor, new_campaign: NewCampaign
) -> None:
    services.delete_campaign(alice_actor, new_campaign())

    assert not Campaign.objects.exists()
    assert AuditEntry.objects.filter(action="campaign.deleted").exists()


def test_the_calendar_shows_the_month_and_what_writes_to_the_same_people(
    alice_actor: Actor, new_campaign: NewCampaign
) -> None:
    noon = timezone.localtime().replace(day=15, hour=12, minute=0)
    rule = {"all": [{"attribute": "city", "is": "=", "value": "北京"}]}
    city, town = (segmentation.create_segment(alice_actor, name=name, rule=rule) for name in ("city", "town"))
    first = new_campaign(name="first", segment=city, starts_at=noon)
    second = new_campaign(name="second", segment=city, starts_at=noon.replace(hour=23, minute=59))
    new_campaign(name="third", segment=town, starts_at=noon)
    new_campaign(name="next day", segment=city, starts_at=noon + timedelta(days=1))

    month = schedule.month(alice_actor.organisation, schedule.month_named(f"{noon:%Y-%m}"))

    (day,) = [day for week in month.weeks for day in week if day.date == noon.date()]
    assert [each.name for each in day.campaigns] == ["first", "third", "second"]
    assert day.clashing == {first.pk, second.pk}
    assert list(schedule.same_day(first)) == [second]


def test_whoever_writes_to_everybody_clashes_with_all(new_campaign: NewCampaign, alice_actor: Actor) -> None:
    noon = timezone.localtime().replace(day=15, hour=12)
    rule = {"all": [{"attribute": "city", "is": "=", "value": "北京"}]}
    city = segmentation.create_segment(alice_actor, name="city", rule=rule)
    to_city, to_all = new_campaign(segment=city, starts_at=noon), new_campaign(starts_at=noon)

    month = schedule.month(alice_actor.organisation, noon.date().replace(day=1))

    assert {pk for week in month.weeks for day in week for pk in day.clashing} == {to_city.pk, to_all.pk}


@pytest.mark.parametrize("text", ["", "soon", "2026-13", "0001-01", "9999-12", "2026-11-27"])
def test_any_address_of_the_calendar_is_a_month(text: str) -> None:
    first = schedule.month_named(text)

    assert first.day == 1
    assert schedule.MIN_YEAR <= first.year <= schedule.MAX_YEAR
