"""The demo's campaign: two weeks of an offer of the tea house, to people who are made up and answer by a known truth."""

import io
from typing import Any

from django.core.management import call_command
from django.utils import timezone

from apps.accounts import selectors as accounts
from apps.accounts.actors import Actor
from apps.accounts.owner_command import OwnerCommand
from apps.marketing.briefs.models import Brief
from apps.marketing.campaigns import services, training
from apps.marketing.campaigns.models import Campaign
from apps.marketing.campaigns.services import Plan
from apps.marketing.campaigns.simulation import Simulator, Truth
from apps.marketing.channels import selectors as channels
from apps.marketing.copywriting import services as copywriting
from apps.marketing.copywriting.models import CopyVariant
from apps.marketing.experiments import services as experiments
from apps.marketing.experiments.models import Experiment
from apps.marketing.management.commands.demo_brief import BRIEF
from apps.marketing.profiles import services as profiles
from apps.marketing.profiles.models import Person
from apps.marketing.segments import services as segmentation
from apps.marketing.segments.models import Segment

NAME = "肉桂新客首单"
DAYS, PEOPLE, SEED = 14, 900, 11
LINK = "https://tea.example/rougui"
# Written by hand: the demo needs no model. Each keeps its channel's rules.
TEXTS = (
    (
        "email",
        {
            "subject": "第一盒武夷岩茶，选肉桂",
            "preheader": "中火炭焙，桂皮香、花果香",
            "body": "你好，\n\n水刚开，撕开一小包，桂皮香先到。这是福建武夷山的武夷岩茶，中火炭焙，有花果香。\n\n"
            f"10 泡独立小包，100 克，168 元：{LINK}\n\n祝喝茶愉快",
        },
    ),
    (
        "email",
        {
            "subject": "办公室抽屉里的一盒武夷岩茶",
            "preheader": "10 泡独立小包，168 元",
            "body": "下午三点，泡一小包肉桂。\n\n武夷岩茶，福建武夷山，中火炭焙。10 泡独立小包，100 克，168 元。\n\n"
            f"看一看：{LINK}",
        },
    ),
    ("sms", {"body": f"【云岭茶舍】武夷岩茶肉桂，10 泡独立小包，168 元 {LINK} 拒收请回复R"}),
)
# Segment → its share of the people, and the truth: click rates of the three texts, and who buys anyway.
SEGMENTS = (
    ("常喝绿茶的", "绿茶", 0.4, (0.26, 0.12, 0.08), 0.05),
    ("老岩茶客", "岩茶", 0.35, (0.18, 0.30, 0.14), 0.10),
    ("节日送礼人群", "礼盒", 0.25, (0.08, 0.10, 0.24), 0.06),
)
TRUTH = Truth(
    clicks=tuple(clicks for *_, clicks, _base in SEGMENTS), base_rates=tuple(each[4] for each in SEGMENTS)
)


class Command(OwnerCommand):
    help = "Plans a campaign of the tea house and lets made-up people answer to it for two weeks."

    def act(self, actor: Actor, *, url: str, **options: Any) -> None:
        house = actor.organisation
        campaign = Campaign.objects.within(house).filter(name=NAME, experiment__is_simulated=True).first()
        if campaign is None:
            call_command("demo_brief", organisation=house.slug, url=url, stdout=io.StringIO())
            campaign = _campaign(actor)
        self.stdout.write(f"A campaign with simulated people: {url}{campaign.get_absolute_url()}")


def _campaign(actor: Actor) -> Campaign:
    brief = Brief.objects.within(actor.organisation).get(product=BRIEF["product"])
    simulator = Simulator(TRUTH, seed=SEED)
    segments = [_segment(actor, *each[:2]) for each in SEGMENTS]
    people = _people(actor, simulator)
    plan = Plan(
        name=NAME,
        brief=brief,
        variants=[_text(actor, brief, channel, texts) for channel, texts in TEXTS],
        control_share=0.2,
        # Clicks are many, so two weeks are enough to learn from; what was bought is counted beside them.
        metric=Experiment.Metric.CLICK,
        segments=segments,
        min_exposures=100,
        utm_campaign="rougui-first",
        is_simulated=True,
    )
    campaign = services.create_campaign(actor, plan)
    services.submit_campaign(actor, campaign)
    services.approve_campaign(_approver(actor, campaign), campaign, version=campaign.version)
    experiments.start(actor, campaign.experiment)
    since = training.sending_time(DAYS)
    Experiment.objects.filter(pk=campaign.experiment_id).update(started_at=since)
    places = {segment.pk: place for place, segment in enumerate(segments)}
    training.simulate_days(campaign, simulator, people, places, days=DAYS)
    Campaign.objects.filter(pk=campaign.pk).update(
        status=Campaign.Status.SENT, starts_at=since, finished_at=timezone.now()
    )
    return campaign


def _segment(actor: Actor, name: str, taste: str) -> Segment:
    found = Segment.objects.within(actor.organisation).filter(name=name).first()
    rule = {"all": [{"attribute": "喜欢", "is": "=", "value": taste}]}
    return found or segmentation.create_segment(actor, name=name, rule=rule)


def _people(actor: Actor, simulator: Simulator) -> list[Person]:
    """Under names of a domain that nobody can own (RFC 2606), so that nothing could ever reach anybody."""
    places = simulator.segments([each[2] for each in SEGMENTS], PEOPLE)
    rows = [
        {
            "external_id": f"demo-{number:04d}",
            "name": f"茶客 {number}",
            "email": f"guest-{number}@example.com",
            "phone": f"1000000{number:04d}",
            "attributes": {"喜欢": SEGMENTS[place][1]},
            "consents": ["email", "sms"] if number % 5 else ["email"],
        }
        for number, place in enumerate(places)
    ]
    profiles.store_rows(actor, rows)
    found = Person.objects.within(actor.organisation).filter(external_id__startswith="demo-")
    return list(found.order_by("external_id"))


def _text(actor: Actor, brief: Brief, channel: str, texts: dict[str, str]) -> CopyVariant:
    view = channels.channel(actor.organisation, channel)
    variant = copywriting.create_variant(actor, brief, view, texts=texts)
    return copywriting.approve_variant(actor, variant, version=variant.version)


def _approver(actor: Actor, campaign: Campaign) -> Actor:
    """Somebody else, where somebody else may."""
    campaign.refresh_from_db()
    members = accounts.members(actor.organisation).select_related("organisation").filter(is_active=True)
    actors = [Actor.from_member(member) for member in members]
    return next((each for each in actors if services.APPROVAL.may_approve(each, campaign)), actor)
