"""Counts over time as a picture: so many columns as fit, each stacked by how grave its records are."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from apps.log_analysis.templates.models import Level

MAX_COLUMNS = 90
WIDTH, HEIGHT, TOP = 900, 110, 6
# A second, a quarter of an hour, a day, about a year: what people count in.
BUCKET_SECONDS = (
    *(1, 5, 10, 30, 60, 300, 600, 900, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400),
    *(604_800, 2_592_000, 31_536_000),
)
TONES = {Level.CRITICAL: "bad", Level.ERROR: "bad", Level.WARNING: "warn"}
TONE_ORDER = ("plain", "warn", "bad")


@dataclass(frozen=True)
class TimeCount:
    """So many records of a level from `time` on, microseconds UTC."""

    time: int
    level: str
    records: int


@dataclass
class HistogramColumn:
    """A column's stacks are (tone, y, height) in the units of the picture."""

    since: datetime
    until: datetime
    x: float
    width: float
    records: int = 0
    by_tone: dict[str, int] = field(default_factory=dict)
    stacks: list[tuple[str, float, float]] = field(default_factory=list)


@dataclass(frozen=True)
class Histogram:
    columns: list[HistogramColumn]
    since: datetime
    until: datetime
    bucket_seconds: int
    records: int
    most: int

    @property
    def view_box(self) -> str:
        return f"0 0 {WIDTH} {HEIGHT}"


def bucket_seconds(since: datetime, until: datetime, max_columns: int = MAX_COLUMNS) -> int:
    """The shortest of the usual lengths that cuts the time into few enough columns."""
    seconds = (until - since).total_seconds()
    usual = next((each for each in BUCKET_SECONDS if seconds / each <= max_columns - 1), BUCKET_SECONDS[-1])
    # Times that were read wrongly can lie a thousand years apart.
    return max(usual, int(seconds / (max_columns - 1)))


def histogram(counts: Iterable[TimeCount], since: datetime, until: datetime, seconds: int) -> Histogram:
    """Every column of the time is there, also where nothing was counted."""
    length = timedelta(seconds=seconds)
    # As the store counts: from 1970 on.
    start = datetime.fromtimestamp(int(since.timestamp()) // seconds * seconds, UTC)
    number = max(1, -int((start - until) // length))
    width = WIDTH / number
    columns = [
        HistogramColumn(start + length * place, start + length * (place + 1), round(place * width, 2), width)
        for place in range(number)
    ]
    for count in counts:
        place = (datetime.fromtimestamp(count.time / 1e6, UTC) - start) // length
        if 0 <= place < number:
            column, tone = columns[place], TONES.get(Level(count.level), "plain")
            column.records += count.records
            column.by_tone[tone] = column.by_tone.get(tone, 0) + count.records
    most = max(column.records for column in columns)
    for column in columns:
        y = float(HEIGHT)
        for tone in TONE_ORDER:
            if records := column.by_tone.get(tone):
                # One record among a million is still to be seen.
                height = max(1.5, records / most * (HEIGHT - TOP))
                y -= height
                column.stacks.append((tone, round(y, 2), round(height, 2)))
        column.width = round(width * 0.9, 2)
        column.since, column.until = timezone.localtime(column.since), timezone.localtime(column.until)
    return Histogram(columns, since, until, seconds, sum(column.records for column in columns), most)
