"""Mails go out by a real mail server, to whom they may, once; what fails is said in words, and nobody is forgotten."""

import smtplib
from collections import Counter
from typing import Any

import pytest

from apps.accounts.actors import Actor
from apps.jobs.models import Job
from apps.marketing.campaigns import delivery, mail, selectors, sending, services
from apps.marketing.campaigns.models import Campaign
from apps.marketing.campaigns.reasons import Failure
from apps.marketing.channels.models import ChannelOverride
from apps.marketing.experiments import counting, tracking
from apps.marketing.experiments import selectors as experiment_selectors
from apps.marketing.experiments import services as experiments
from apps.marketing.experiments.models import Exposure
from apps.marketing.profiles import services as profiles
from apps.marketing.profiles.models import Person
from apps.marketing.recommendation import decisions
from tests.marketing.campaigns.conftest import (
    LINK,
    OTHER_EMAIL,
    SMS,
    MailServer,
    NewCampaign,
    NewText,
    serving,
    work,
)

pytestmark = pytest.mark.django_db
ADDRESSES = [f"p{number}@home.example" for number in range(3)]


@pytest.fixture
def started(alice_actor: Actor, approved: NewCampaign, people: list[Person]) -> NewCampaign:
    def make(**values: Any) -> Campaign:
        return services.start_campaign(alice_actor, approved(**values))

    return make


def test_everybody_who_agreed_gets_one_mail(started: NewCampaign, mail_server: MailServer) -> None:
    campaign = work(started())

    assert campaign.status == Campaign.Status.SENT
    assert sorted(mail_server.recipients) == ADDRESSES
    progress = selectors.progress(campaign)
    assert (progress.delivered, progress.waiting, progress.failed) == (3, 0, 0)
    assert dict(progress.skipped) == {"no consent": 1, "unsubscribed": 1, "no contact address": 1}


def test_a_mail_has_both_forms_short_links_and_a_way_out(
    started: NewCampaign, mail_server: MailServer
) -> None:
    campaign = work(started())

    message, exposure = mail_server.mails[0], Exposure.objects.order_by("pk").first()
    assert exposure
    way_out = tracking.unsubscribe_address(exposure)
    assert message["Message-ID"] == f"<{exposure.pk}@house.example>"
    assert message["List-Unsubscribe"].strip() == f"<{way_out}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["From"] == f"{campaign.organisation.name} <tea@house.example>"
    plain, html = (part.get_content() for part in message.iter_parts())
    link = tracking.short_link(exposure.pk, 0)
    assert link in plain
    assert LINK not in plain + html
    assert f'href="{link}">{link}</a>' in html
    assert "&lt;b&gt;250" in html
    assert way_out in plain
    assert tracking.pixel_address(exposure) in html


def test_a_subject_over_several_lines_begins_no_header(started: NewCampaign, mail_server: MailServer) -> None:
    campaign = started()
    arm = campaign.experiment.arms.get()
    arm.texts |= {"subject": "Tea\r\nBcc: all@rival.example\u2028X-Evil: 1"}
    arm.save()

    work(campaign)

    message = mail_server.mails[0]
    assert (message["Bcc"], message["X-Evil"]) == (None, None)
    assert message["Subject"] == "Tea Bcc: all@rival.example X-Evil: 1"
    assert sorted(mail_server.recipients) == ADDRESSES


@pytest.mark.slow
def test_the_control_gets_nothing_and_arms_share_the_people(
    started: NewCampaign, new_text: NewText, mail_server: MailServer, alice_actor: Actor
) -> None:
    rows = [
        {"external_id": f"more-{n}", "email": f"m{n}@home.example", "consents": ["email"]} for n in range(250)
    ]
    profiles.store_rows(alice_actor, rows)

    campaign = work(started(variants=[new_text(), new_text(texts=OTHER_EMAIL)], control_share=0.3))

    progress = selectors.progress(campaign)
    assert progress.chosen == 253
    assert progress.control == 253 - len(mail_server.recipients)
    assert 40 <= progress.control <= 115
    assert all(each.delivered > 40 for each in progress.messages)
    assert max(Counter(mail_server.recipients).values()) == 1


def test_a_refused_recipient_is_a_failure_in_words(started: NewCampaign, mail_server: MailServer) -> None:
    mail_server.answers = {ADDRESSES[1]: ["550 no such user"]}

    campaign = work(started())

    progress = selectors.progress(campaign)
    assert (progress.delivered, progress.failed) == (2, 1)
    assert progress.reason_lines == [("the mail server rejected the address", 1)]


def test_who_is_refused_for_now_gets_it_later(started: NewCampaign, mail_server: MailServer) -> None:
    mail_server.answers = {ADDRESSES[1]: ["451 greylisted, come again"]}

    campaign = work(started())
    assert (campaign.status, campaign.waits, len(mail_server.envelopes)) == ("sending", 1, 2)
    campaign = work(campaign)

    assert campaign.status == Campaign.Status.SENT
    assert sorted(mail_server.recipients) == ADDRESSES


@pytest.mark.slow
def test_who_is_refused_for_now_for_ever_has_failed(started: NewCampaign, mail_server: MailServer) -> None:
    mail_server.answers = {ADDRESSES[1]: ["451 later"] * 99}
    campaign = started()

    for _round in range(len(sending.WAIT_SECONDS) + 1):
        campaign = work(campaign)

    assert campaign.status == Campaign.Status.SENT
    assert selectors.progress(campaign).reason_lines == [("temporarily rejected repeatedly", 1)]


@pytest.mark.slow
def test_a_dead_mail_server_is_waited_for_and_then_a_person_is_asked(
    started: NewCampaign, mail_port: int, alice_actor: Actor
) -> None:
    campaign = started()

    for number in range(len(sending.WAIT_SECONDS)):
        campaign = work(campaign)
        assert (campaign.status, campaign.waits) == ("sending", number + 1)
        assert campaign.job
        assert campaign.job.state == Job.State.QUEUED
    campaign = work(campaign)

    assert (campaign.status, campaign.pause_reason) == ("paused", "mail_server")
    assert Exposure.objects.filter(delivered_at=None, failure="").count() == 3
    server = MailServer()
    with serving(server, mail_port):
        campaign = work(services.start_campaign(alice_actor, campaign))
    assert campaign.status == Campaign.Status.SENT
    assert sorted(server.recipients) == ADDRESSES


def test_a_mail_server_that_refuses_the_sender_is_one_that_is_away(
    started: NewCampaign, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def handle_MAIL(*_: Any) -> str:  # noqa: N802
        return "550 we know no tea@house.example"

    monkeypatch.setattr(MailServer, "handle_MAIL", handle_MAIL, raising=False)

    campaign = work(started())

    assert (campaign.status, campaign.waits) == ("sending", 1)
    assert Exposure.objects.filter(delivered_at=None, failure="").count() == 3


class Killed(BaseException):
    """What no code can catch: the process is gone."""


def killed_worker(campaign: Campaign, monkeypatch: pytest.MonkeyPatch, *, behind: bool) -> None:
    """The worker dies at the second mail, before or after the server took it; the reaper gives the job back."""
    sent, count = smtplib.SMTP.sendmail, [0]

    def sendmail(self: smtplib.SMTP, *args: Any, **kwargs: Any) -> Any:
        count[0] += 1
        if count[0] == 2 and not behind:
            raise Killed
        answer = sent(self, *args, **kwargs)
        if count[0] == 2:
            raise Killed
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(smtplib.SMTP, "sendmail", sendmail)
        with pytest.raises(Killed):
            work(campaign)
    Job.objects.filter(pk=campaign.job_id).update(state=Job.State.QUEUED, lease_expires_at=None)


@pytest.mark.parametrize("behind", [False, True])
def test_a_killed_worker_writes_to_nobody_twice_and_forgets_nobody(
    behind: bool,
    started: NewCampaign,
    mail_server: MailServer,
    monkeypatch: pytest.MonkeyPatch,
    alice_actor: Actor,
) -> None:
    campaign = started()
    killed_worker(campaign, monkeypatch, behind=behind)

    campaign = work(campaign)

    assert max(Counter(mail_server.recipients).values()) == 1
    assert len(mail_server.recipients) == (3 if behind else 2)
    progress = selectors.progress(campaign)
    assert (campaign.status, progress.delivered, progress.unconfirmed) == ("sent", 2, 1)
    assert progress.reason_lines == [("unknown whether it was sent", 1)]
    # A person decides that it is sent once more.
    campaign = work(services.send_again(alice_actor, campaign))
    assert selectors.progress(campaign).delivered == 3


def test_what_is_sent_again_goes_to_nobody_who_came_since(
    started: NewCampaign, mail_server: MailServer, alice_actor: Actor
) -> None:
    mail_server.answers = {ADDRESSES[1]: ["451 come again"] * 20}
    campaign = started()
    Campaign.objects.filter(pk=campaign.pk).update(waits=len(sending.WAIT_SECONDS))
    campaign = work(campaign)
    assert (campaign.status, selectors.progress(campaign).delivered) == ("sent", 2)
    new = {"external_id": "new", "email": "new@home.example", "consents": ["email"]}
    profiles.store_rows(alice_actor, [new])
    mail_server.answers = {}

    campaign = work(services.send_again(alice_actor, campaign))

    assert (campaign.status, selectors.progress(campaign).delivered) == ("sent", 3)
    assert sorted(mail_server.recipients) == ADDRESSES


def test_a_connection_that_breaks_leaves_one_mail_unknown(
    started: NewCampaign, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, count = smtplib.SMTP.sendmail, [0]

    def sendmail(self: smtplib.SMTP, *args: Any, **kwargs: Any) -> Any:
        count[0] += 1
        if count[0] == 2:
            self.close()
        return sent(self, *args, **kwargs)

    monkeypatch.setattr(smtplib.SMTP, "sendmail", sendmail)

    campaign = work(work(started()))

    assert campaign.status == Campaign.Status.SENT
    assert len(mail_server.recipients) == 2
    assert selectors.progress(campaign).unconfirmed == 1


def test_who_leaves_meanwhile_is_not_written_to(
    started: NewCampaign, mail_port: int, people: list[Person]
) -> None:
    campaign = work(started())
    profiles.unsubscribe(people[0], "email")

    server = MailServer()
    with serving(server, mail_port):
        campaign = work(campaign)

    assert sorted(server.recipients) == ADDRESSES[1:]
    assert selectors.progress(campaign).reason_lines == [("unsubscribed", 1)]


def test_who_leaves_or_is_erased_while_others_of_the_batch_are_written_to_gets_nothing(
    started: NewCampaign,
    mail_server: MailServer,
    people: list[Person],
    alice_actor: Actor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    campaign, compose = started(), mail.compose

    def compose_and_leave(exposure: Exposure, address: str) -> Any:
        first, second = (each for each in people[:3] if each.pk != exposure.person_id)
        if not mail_server.envelopes and not Person.objects.filter(unsubscribed=["email"]).exists():
            profiles.unsubscribe(first, "email")
            profiles.erase_person(alice_actor, second)
        return compose(exposure, address)

    monkeypatch.setattr(delivery.mail, "compose", compose_and_leave)
    campaign = work(campaign)

    assert (campaign.status, len(mail_server.recipients)) == (Campaign.Status.SENT, 1)
    reasons = dict(selectors.progress(campaign).reason_lines)
    assert reasons == {"unsubscribed": 1, "the person was deleted": 1}


def test_whoever_was_written_to_often_enough_is_left_out(
    started: NewCampaign, mail_server: MailServer, alice_actor: Actor
) -> None:
    ChannelOverride.objects.create(
        organisation=alice_actor.organisation, channel="email", max_sends=1, send_days=7
    )
    work(started())

    campaign = work(started(name="once more"))

    assert len(mail_server.envelopes) == 3
    assert dict(selectors.progress(campaign).skipped)["frequency limit reached"] == 3


def test_whom_another_system_writes_to_gets_no_mail_beside(
    started: NewCampaign, mail_server: MailServer
) -> None:
    campaign = started()
    decisions.decide(campaign.organisation, campaign.experiment, subjects=["0"])

    campaign = work(campaign)

    assert sorted(mail_server.recipients) == ADDRESSES[1:]
    assert campaign.status == Campaign.Status.SENT


def test_a_pause_stops_before_the_next_mail_and_it_goes_on_from_there(
    started: NewCampaign, mail_server: MailServer, alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign, compose = started(), mail.compose

    def compose_and_pause(exposure: Exposure, address: str) -> Any:
        if mail_server.envelopes and not Campaign.objects.filter(status="paused").exists():
            services.pause_campaign(alice_actor, campaign)
        return compose(exposure, address)

    with monkeypatch.context() as patch:
        patch.setattr(delivery.mail, "compose", compose_and_pause)
        campaign = work(campaign)
    assert (campaign.status, len(mail_server.envelopes)) == ("paused", 1)

    campaign = work(services.start_campaign(alice_actor, campaign))

    assert campaign.status == Campaign.Status.SENT
    assert sorted(mail_server.recipients) == ADDRESSES


def test_a_cancelled_campaign_sends_nothing_more(
    started: NewCampaign, mail_port: int, alice_actor: Actor
) -> None:
    campaign = work(started())

    services.cancel_campaign(alice_actor, campaign)

    server = MailServer()
    with serving(server, mail_port):
        campaign = work(campaign)
    assert (campaign.status, server.envelopes) == ("cancelled", [])
    assert selectors.progress(campaign).reason_lines == [("the campaign was cancelled first", 3)]
    campaign.experiment.refresh_from_db()
    assert campaign.experiment.status == "stopped"


def test_an_experiment_that_was_stopped_ends_the_sending(
    started: NewCampaign, mail_server: MailServer, alice_actor: Actor
) -> None:
    campaign = started()
    experiments.stop(alice_actor, campaign.experiment, "There is a winner.")

    campaign = work(campaign)

    assert (campaign.status, mail_server.envelopes) == ("sent", [])


@pytest.mark.slow
def test_who_comes_after_the_winner_was_taken_gets_it_apart_from_what_was_compared(
    started: NewCampaign, new_text: NewText, mail_server: MailServer, alice_actor: Actor
) -> None:
    texts = [new_text(), new_text("email", OTHER_EMAIL)]
    campaign = work(started(variants=texts, people_per_hour=2, control_share=0.1))
    shown = list(Exposure.objects.values_list("pk", flat=True))
    winner = campaign.experiment.arms.get(variant=texts[1])
    experiments.take_winner(alice_actor, winner)
    before = experiment_selectors.experiment_figures(campaign.experiment)
    Exposure.objects.update(created_at="2020-01-01T00:00Z")

    campaign = work(campaign)

    (last,) = Exposure.objects.exclude(pk__in=shown)
    assert (campaign.status, last.arm, last.propensity, last.is_compared) == ("sent", winner, 1.0, False)
    assert last.delivered_at is not None
    event = {"exposure": str(last.pk), "event_key": "1", "type": "click"}
    experiments.receive_events(alice_actor.organisation, [event], "api")
    counting.count_batches(alice_actor.organisation)
    after = experiment_selectors.experiment_figures(campaign.experiment)
    assert [each.totals for each in after.arms] == [each.totals for each in before.arms]
    apart = experiment_selectors.after_end(campaign.experiment)
    assert (apart.people, apart.clicks, apart.conversions) == (1, 1, 0)


def test_who_is_not_reached_by_the_winners_channel_gets_nothing(
    started: NewCampaign, new_text: NewText, mail_server: MailServer, alice_actor: Actor
) -> None:
    texts = [new_text(), new_text("sms", SMS)]
    campaign = started(variants=texts)
    experiments.take_winner(alice_actor, campaign.experiment.arms.get(variant=texts[0]))
    Person.objects.filter(external_id="0").update(consents=["sms"])

    campaign = work(campaign)

    assert sorted(mail_server.recipients) == ADDRESSES[1:]
    assert dict(selectors.progress(campaign).skipped)["no consent"] == 2


def test_only_so_many_an_hour_are_chosen(started: NewCampaign, mail_server: MailServer) -> None:
    campaign = work(started(people_per_hour=2))
    assert (campaign.status, len(mail_server.envelopes)) == ("sending", 2)

    campaign = work(campaign)
    assert len(mail_server.envelopes) == 2

    Exposure.objects.update(created_at="2020-01-01T00:00Z")
    campaign = work(campaign)
    assert (campaign.status, len(mail_server.envelopes)) == ("sent", 3)


def test_a_job_that_was_stopped_pauses_its_campaign(started: NewCampaign, alice_actor: Actor) -> None:
    from apps.jobs import services as jobs

    campaign = started()
    assert campaign.job
    jobs.cancel_job(campaign.job)

    services.start_due()

    campaign.refresh_from_db()
    assert (campaign.status, campaign.pause_reason) == ("paused", Campaign.PauseReason.WORK_STOPPED)


def test_an_address_that_cannot_be_used_is_told(
    started: NewCampaign, mail_server: MailServer, people: list[Person]
) -> None:
    people[0].email = "p0@home.example\nBcc: all@rival.example"
    people[0].save(update_fields=["email"])

    campaign = work(started())

    assert sorted(mail_server.recipients) == ADDRESSES[1:]
    assert selectors.progress(campaign).reason_lines == [(str(Failure.BAD_ADDRESS.label), 1)]
