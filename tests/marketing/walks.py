"""What the walks of `tests/architecture` ask of this desk."""

import io
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import numpy as np

from apps.core.errors import InvalidInput
from apps.marketing.briefs import fact_lines
from apps.marketing.briefs import services as briefs
from apps.marketing.briefs.models import BriefFact
from apps.marketing.campaigns import mail, schedule
from apps.marketing.campaigns import services as campaigns
from apps.marketing.campaigns.models import Campaign
from apps.marketing.copywriting import exports, mending
from apps.marketing.copywriting import services as copywriting
from apps.marketing.copywriting.discounts import discounts_in_both_ways
from apps.marketing.copywriting.models import CopyVariant
from apps.marketing.experiments import event_rows
from apps.marketing.experiments import services as experiments
from apps.marketing.experiments.models import Experiment
from apps.marketing.imports import services as people_imports
from apps.marketing.imports.models import PeopleImport
from apps.marketing.imports.people_files import PeopleTable, proposed_mapping
from apps.marketing.profiles import services as people
from apps.marketing.profiles.models import Person
from apps.marketing.profiles.person_values import RejectedValue, read_cells
from apps.marketing.segments import services as segmentation
from apps.marketing.segments.models import MAX_QUESTION_CHARACTERS, Segment
from apps.marketing.segments.question_checks import check
from apps.marketing.segments.schemas import ProposedCondition, ProposedRule
from apps.marketing.video_scripts import services as video_scripts
from apps.marketing.video_scripts import shots, subtitles, voice_over
from apps.marketing.video_scripts.models import ShotSound, VideoScript
from apps.marketing.video_scripts.platforms import pace
from domain.marketing.copy_checks.brief import BriefFacts, Fact
from domain.marketing.copy_checks.catalogue import CatalogueFacts, foreign_facts
from domain.marketing.copy_checks.channels import channels
from domain.marketing.copy_checks.check import Violation
from llm_backend.speech.synthesis import wav

HOUSE = "what the house sells and says of it"
RULE = {"attribute": "city", "is": "set"}
TEA = BriefFacts("岩茶", (Fact("净含量", "250 克"),), must_say=("武夷山",))

PLAIN_KWARGS = {"channel": "xiaohongshu", "source_kind": "page", "number": 1}
PUBLIC_VIEWS = {
    "apps.marketing.experiments.public_pages.exposure_pixel",
    "apps.marketing.experiments.public_pages.short_link",
    "apps.marketing.experiments.public_pages.unsubscribe",
}
SHOT = {"seconds": 30, "picture": "茶汤", "voice_over": "岩茶。", "on_screen": ""}
ACTIONS: dict[str, tuple[str, Callable[[Any], object]]] = {
    "marketing.experiments.services.delete": (
        "experiment.deleted",
        lambda h: experiments.delete(h.actor, h.row(Experiment)),
    ),
    "marketing.briefs.services.delete_fact": (
        "brief_fact.deleted",
        lambda h: briefs.delete_fact(h.actor, h.row(BriefFact)),
    ),
    "marketing.copywriting.services.delete_variant": (
        "copy_variant.deleted",
        lambda h: copywriting.delete_variant(h.actor, h.row(CopyVariant)),
    ),
    # People and segments.
    "marketing.profiles.services.erase_person": (
        "person.erased",
        lambda h: people.erase_person(h.actor, h.row(Person)),
    ),
    "marketing.segments.services.delete_segment": (
        "segment.deleted",
        lambda h: segmentation.delete_segment(h.actor, h.row(Segment)),
    ),
    "marketing.imports.services.delete_import": (
        "people_import.deleted",
        lambda h: people_imports.delete_import(h.actor, h.row(PeopleImport, job=None)),
    ),
    "marketing.video_scripts.services.delete_script": (
        "video_script.deleted",
        lambda h: video_scripts.delete_script(h.actor, h.row(VideoScript)),
    ),
    # Campaigns.
    "marketing.campaigns.services.delete_campaign": (
        "campaign.deleted",
        lambda h: campaigns.delete_campaign(h.actor, _campaign_without_exposures(h)),
    ),
}


def _campaign_without_exposures(house: Any) -> Campaign:
    campaign: Campaign = house.row(Campaign)
    campaign.experiment.exposures.all().delete()
    return campaign


def _read_facts(text: str) -> None:
    with suppress(InvalidInput):
        fact_lines.read_facts(text)


def _mend(text: str) -> dict[str, str]:
    """What the checks take is measured with them."""
    found = [
        Violation("absolute_claim", field, 0, 1, text[:1], "error", "", "", "") for field in ("title", "body")
    ]
    return mending.mend({"title": text, "body": text}, found, channels()["xiaohongshu"], TEA)


def _read_cells(text: str) -> None:
    for target in ("external_id", "email", "phone", "consents", "attribute:city"):
        with suppress(RejectedValue):
            read_cells([text, text], ["external_id", target])


def _read_table(text: str) -> None:
    with suppress(InvalidInput):
        list(PeopleTable(io.BytesIO(f"id,name\n{text}\n1,2\n".encode())).rows())


def _check_question(text: str) -> object:
    """As long as a form takes."""
    text = text[:MAX_QUESTION_CHARACTERS]
    read = ProposedCondition(
        words=text[:100], about="bought", operator="within_days", values=["30"], is_not=False
    )
    return check(text, ProposedRule(match="all", conditions=[read], left_out=[]), {"城市": ["上海"]})


def _foreign(text: str) -> list[object]:
    brief = CatalogueFacts("岩茶", others=(Fact("颜色", "白色"), Fact("material", "cotton")))
    return list(foreign_facts({"body": text}, brief))


def _read_shots(text: str) -> object:
    return shots.ShotReader().feed('{"shots": [{"voice_over": "' + text + '"}, {"voice_over": ' + text)


def _read_event(text: str) -> None:
    for name in ("event_key", "exposure", "subject", "type", "happened_at", "revenue"):
        event = {
            "event_key": "1",
            "experiment": str(UUID(int=1)),
            "subject": "x",
            "type": "click",
            name: text,
        }
        event_rows.check_events([event], datetime.now(UTC))


FUNCTIONS: dict[str, Callable[[str], object]] = {
    "marketing.shots": _read_shots,
    "marketing.subtitles": lambda text: subtitles.srt(
        [shots.Shot(9, voice_over=text)], "voice_over", line_units=28
    ),
    "marketing.times": lambda text: shots.fit_seconds([shots.Shot(3, voice_over=text)], 30, pace("zh")),
    "marketing.events": _read_event,
    "marketing.discounts": discounts_in_both_ways,
    "marketing.facts": _read_facts,
    "marketing.mending": _mend,
    "marketing.catalogue": _foreign,
    "marketing.people_cells": _read_cells,
    "marketing.people_table": _read_table,
    "marketing.people_headings": lambda text: proposed_mapping([text]),
    "marketing.segment_sentences": _check_question,
    "marketing.mail_subject": mail.subject_line,
    "marketing.month": schedule.month_named,
    "marketing.links": lambda text: exports.tagged_link(
        f"https://tea.example/{text}", source="email", campaign="spring", content="1"
    ),
}


def _read_aloud(script: Any) -> None:
    """As if its one shot had been read by a voice."""
    spoken = voice_over.voice_over(script).rows[0].shot
    ShotSound.objects.create(
        organisation=script.organisation,
        script=script,
        spoken=voice_over._spoken(script.voice, spoken),
        seconds=1.0,
        sound=wav(np.zeros(2_400, dtype=np.int16)),
    )


def _reject(people_import: Any) -> None:
    """As if one of its rows had been broken."""
    rows = [[2, "bad_email", "email", ["1", "nobody"]]]
    people_import.rejections.create(organisation=people_import.organisation, rows=rows)


OUTSIDE_THE_DATABASE: dict[str, Callable[[Any], object]] = {
    "VideoScript": _read_aloud,
    "PeopleImport": _reject,
}
CONTENT: dict[str, dict[str, Any]] = {
    "ExperimentArm": {"channel": "weibo", "texts": {"text": "岩茶。"}},
    "ChannelOverride": {"channel": "xiaohongshu"},
    "CopyVariant": {"channel": "xiaohongshu", "texts": {"title": "茶", "body": "岩茶。"}},
    "VideoScript": {
        "platform": "douyin",
        "status": "ready",
        "shots": [SHOT],
        "hooks": [{**SHOT, "angle": "benefit", "violations": []}],
    },
    "CopyRequest": {"channels": ["xiaohongshu"], "count": 1},
    "Segment": {"rule": RULE},
    "SegmentQuestion": {"rule": RULE},
}
WITHOUT_PERSONS = {
    "marketing.ShotSound": HOUSE,
    "marketing.Experiment": HOUSE,
    "marketing.ExperimentArm": HOUSE,
    "marketing.ArmCount": "counts of people, none of them of one",
    "marketing.EventBatch": "events for the seconds until they are counted",
    "marketing.EventIntake": "counts of events",
    "marketing.Brief": HOUSE,
    "marketing.BriefFact": HOUSE,
    "marketing.BriefSource": "a page or document about a product, dropped once it was read",
    "marketing.ChannelOverride": "the house's own settings",
    "marketing.CopyRequest": HOUSE,
    "marketing.CopyVariant": HOUSE,
    "marketing.Campaign": HOUSE,
    "marketing.CampaignReview": "of members, whose accounts end with their membership",
    "marketing.CopyReview": "of members, whose accounts end with their membership",
    "marketing.SpanRewrite": HOUSE,
    "marketing.PeopleImport": "a table of people until it was read; then, or after three days, its bytes are gone",
    "marketing.ImportRejection": "rows of a table that nobody stored, for three days, until somebody mended them",
    "marketing.Segment": "a rule of the house and counts",
    "marketing.SegmentQuestion": "a member's wish for a segment, kept for a day",
    "marketing.PeopleClustering": "figures of groups, none of them of one person",
    "marketing.VideoScript": HOUSE,
    # Recommendation.
    "marketing.PolicyEstimate": "rates and counts of many people together, no word of anybody",
}
