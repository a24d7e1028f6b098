"""Approved texts of a tea, people who agreed to channels, and a mail server that answers as a test says."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiosmtpd.smtp import Envelope

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, User
from apps.jobs import runs
from apps.jobs.models import Job
from apps.marketing.briefs.models import Brief
from apps.marketing.campaigns import services
from apps.marketing.campaigns.models import Campaign
from apps.marketing.campaigns.services import Plan
from apps.marketing.channels import selectors as channels
from apps.marketing.copywriting import services as copywriting
from apps.marketing.copywriting.models import CopyVariant
from apps.marketing.profiles import services as profiles
from apps.marketing.profiles.models import Person
from tests.mail_server_fixture import ReceivedMail, serving
from tests.marketing.conftest import NewBrief

LINK = "https://tea.example/rock"
EMAIL = {
    "subject": "中火岩茶到店",
    "preheader": "福建武夷山",
    "body": f"福建武夷山的岩茶，中火。<b>250 克</b>：{LINK}",
}
OTHER_EMAIL = EMAIL | {"subject": "一盒岩茶", "body": f"岩茶 250 克，中火焙过。看一看 {LINK}"}
SMS = {"body": f"【岩茶】中火岩茶，250 克 {LINK} 拒收请回复R"}
NewText = Callable[..., CopyVariant]
NewCampaign = Callable[..., Campaign]


@pytest.fixture
def tea(new_brief: NewBrief) -> Brief:
    return new_brief(links=[LINK])


@pytest.fixture
def new_text(alice_actor: Actor, tea: Brief) -> NewText:
    def make(channel: str = "email", texts: dict[str, str] = EMAIL) -> CopyVariant:
        """One text of a kind: a second one like it would not be approved."""
        if there := CopyVariant.objects.filter(brief=tea, channel=channel, texts=texts).first():
            return there
        view = channels.channel(alice_actor.organisation, channel)
        variant = copywriting.create_variant(alice_actor, tea, view, texts=texts)
        # Whoever wrote it has left: any approver may approve it.
        CopyVariant.objects.filter(pk=variant.pk).update(member=None)
        return copywriting.approve_variant(alice_actor, variant, version=1)

    return make


@pytest.fixture
def new_campaign(alice_actor: Actor, tea: Brief, new_text: NewText) -> NewCampaign:
    def make(**values: Any) -> Campaign:
        if "variants" not in values:
            values["variants"] = [new_text()]
        return services.create_campaign(alice_actor, Plan(**{"name": "Rock", "brief": tea, **values}))

    return make


@pytest.fixture
def approved(alice_actor: Actor, new_campaign: NewCampaign) -> NewCampaign:
    def make(**values: Any) -> Campaign:
        campaign = new_campaign(**values)
        services.submit_campaign(alice_actor, campaign)
        return services.approve_campaign(alice_actor, campaign, version=campaign.version)

    return make


@pytest.fixture
def people(alice_actor: Actor) -> list[Person]:
    """Three who agreed to mail and SMS, one who agreed to nothing, one who left, one without an address."""
    everybody = [
        *(
            {"external_id": str(n), "email": f"p{n}@home.example", "phone": f"1380000000{n}"}
            for n in range(3)
        ),
        {"external_id": "silent", "email": "silent@home.example", "consents": []},
        {"external_id": "left", "email": "left@home.example"},
        {"external_id": "nowhere"},
    ]
    rows = [{"consents": ["email", "sms"]} | each for each in everybody]
    assert profiles.store_rows(alice_actor, rows).errors == {}
    found = {row.external_id: row for row in Person.objects.within(alice_actor.organisation)}
    profiles.unsubscribe(found["left"], "email")
    profiles.unsubscribe(found["left"], "sms")
    return [found[each["external_id"]] for each in everybody]


@pytest.fixture
def carol_actor(alice_actor: Actor) -> Actor:
    """Another approver of the house."""
    user = User.objects.create_user("carol@tea.example", name="Carol")
    member = Membership.objects.create(organisation=alice_actor.organisation, user=user, role="copy_approver")
    return Actor.from_member(member)


@dataclass
class MailServer(ReceivedMail):
    """`answers`: address → what it says to RCPT, once for each try. `data_answers`: what it says to DATA, one by one."""

    answers: dict[str, list[str]] = field(default_factory=dict)
    data_answers: list[str] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802  (aiosmtpd's name)
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if waiting := self.answers.get(address):
            return waiting.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        answer = self.data_answers.pop(0) if self.data_answers else "250 OK"
        if answer.startswith("250"):
            self.envelopes.append(envelope)
        return answer


@pytest.fixture
def mail_port(mail_port: int, settings: Any) -> int:
    """Where EMAIL_URL points; nothing answers there."""
    settings.DEFAULT_FROM_EMAIL = "tea@house.example"
    return mail_port


@pytest.fixture
def mail_server(mail_port: int) -> Iterator[MailServer]:
    server = MailServer()
    with serving(server, mail_port):
        yield server


def work(campaign: Campaign) -> Campaign:
    """What a worker does with the campaign's job when it is due."""
    campaign.refresh_from_db()
    assert campaign.job_id
    Job.objects.filter(pk=campaign.job_id, state=Job.State.QUEUED).update(available_at="2020-01-01T00:00Z")
    runs.execute(campaign.job_id)
    campaign.refresh_from_db()
    return campaign
