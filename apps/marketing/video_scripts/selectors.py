"""Scripts of an organisation, and one of them as people read it: shots with their times, what is wrong beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from apps.accounts.models import Organisation
from apps.analytics.charts import Drawing
from apps.core.models import OrganisationQuerySet
from apps.jobs.subjects import of_rows
from apps.marketing.copywriting.angles import angle_label
from apps.marketing.copywriting.models import violation_reasons
from apps.marketing.video_scripts.models import VideoScript
from apps.marketing.video_scripts.shots import PARTS, Shot, clock, start_times

Reasons = list[dict[str, str]]


@dataclass(frozen=True)
class ShotRow:
    """`start` and `end` in seconds."""

    number: int
    shot: Shot
    start: int
    end: int
    reasons: Reasons

    @property
    def has_errors(self) -> bool:
        return any(each["severity"] == "error" for each in self.reasons)

    @property
    def clock(self) -> str:
        return f"{clock(self.start)}–{clock(self.end)}"


@dataclass(frozen=True)
class HookRow:
    """An opening to choose from. `is_chosen`: the first shot says and shows it."""

    number: int
    angle: str
    shot: Shot
    is_chosen: bool
    reasons: Reasons

    @property
    def angle_label(self) -> str:
        return angle_label(self.angle)

    @property
    def has_errors(self) -> bool:
        return any(each["severity"] == "error" for each in self.reasons)


@dataclass(frozen=True)
class ShotTable:
    """`seconds`: of all shots together. `reasons`: what is wrong with the script as a whole."""

    rows: list[ShotRow]
    seconds: int
    reasons: Reasons = field(default_factory=list)

    @property
    def drawing(self) -> Drawing:
        drawing, whole = Drawing(_("Shots to scale of time"), css="video-bar"), max(self.seconds, 1)
        for row in self.rows:
            share = (row.end - row.start) / whole
            tone = "video-wrong" if row.has_errors else f"video-part-{row.number % 2}"
            drawing.box((row.start / whole, 0, share, 1), tone, f"{row.number}: {row.clock}")
            if share > 0.04:
                drawing.label((row.start / whole + share / 2, 0.5), str(row.number), "video-number")
        return drawing

    @property
    def is_single(self) -> bool:
        return len(self.rows) == 1

    @property
    def has_row_reasons(self) -> bool:
        return any(row.reasons for row in self.rows)


def script_list(organisation: Organisation) -> OrganisationQuerySet[VideoScript]:
    rows = VideoScript.objects.within(organisation)
    return rows.select_related("brief", "member__user", "job", "voice_job", "organisation").order_by("-id")


def shots(script: VideoScript) -> list[Shot]:
    return [Shot.load(each) for each in script.shots]


def shot_table(shots: Sequence[Shot], violations: Sequence[Mapping[str, Any]]) -> ShotTable:
    total = sum(shot.seconds for shot in shots)
    by_shot: dict[str, Reasons] = {}
    for reason in violation_reasons(violations):
        number = reason["field"].partition(".")[0]
        by_shot.setdefault(number if number.isdecimal() else "", []).append(reason)
    rows = [
        ShotRow(
            number,
            shot,
            start,
            start + shot.seconds,
            reasons=by_shot.get(str(number), []),
        )
        for number, (shot, start) in enumerate(zip(shots, start_times(shots), strict=True), start=1)
    ]
    return ShotTable(rows, total, by_shot.get("", []))


def hook_rows(script: VideoScript) -> list[HookRow]:
    first = shots(script)[:1]
    return [
        HookRow(
            number,
            each.get("angle", ""),
            hook := Shot.load({"seconds": 1, **each}),
            any(all(getattr(hook, part) == getattr(shot, part) for part in PARTS) for shot in first),
            violation_reasons(each.get("violations", ())),
        )
        for number, each in enumerate(script.hooks)
    ]


of_scripts = of_rows(script_list)
