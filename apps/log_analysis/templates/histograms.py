"""Counts over time as a picture: so many columns as fit, each stacked by how grave its records are."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.analytics.charts import Drawing
from apps.log_analysis.templates.models import Level

MAX_COLUMNS = 90
# One record among a million is still to be seen.
MIN_HEIGHT = 0.015
# A second, a quarter of an hour, a day, about a year: what people count in.
BUCKET_SECONDS = (
    *(1, 5, 10, 30, 60, 300, 600, 900, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400),
    *(604_800, 2_592_000, 31_536_000),
)
TONES = {Level.CRITICAL: "bad", Level.ERROR: "bad", Level.WARNING: "warn"}
TONE_ORDER = ("accent", "warn", "bad")


@dataclass(frozen=True)
class TimeCount:
    """So many records of a level from `time` on, microseconds UTC."""

    time: int
    level: str
    records: int


@dataclass
class HistogramColumn:
    """`tones`: how many records of each, from the foot up."""

    since: datetime
    until: datetime
    records: int = 0
    tones: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TONE_ORDER, 0))


@dataclass(frozen=True)
class Histogram:
    columns: list[HistogramColumn]
    since: datetime
    until: datetime
    bucket_seconds: int
    records: int
    most: int

    def drawing(self, address: Callable[[datetime, datetime], str]) -> Drawing:
        """`address`: of the records of a time, where its column leads."""
        drawing = Drawing(
            _("Records over time. Select a column to see only its records."), css="chart-columns"
        )
        width = 1 / len(self.columns)
        for place, column in enumerate(self.columns):
            if not column.records:
                continue
            with drawing.link(address(column.since, column.until), count_words(column.since, column.records)):
                drawing.box((place * width, 0, width * 0.9, 1), "chart-ground")
                y = 1.0
                for tone, records in column.tones.items():
                    if records:
                        height = max(MIN_HEIGHT, 0.95 * records / self.most)
                        y -= height
                        drawing.box((place * width, y, width * 0.9, height), f"fill-{tone}")
        return drawing


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
    columns = [
        HistogramColumn(
            timezone.localtime(start + length * place), timezone.localtime(start + length * (place + 1))
        )
        for place in range(number)
    ]
    for count in counts:
        place = (datetime.fromtimestamp(count.time / 1e6, UTC) - start) // length
        if 0 <= place < number:
            column, tone = columns[place], TONES.get(Level(count.level), "accent")
            column.records += count.records
            column.tones[tone] += count.records
    most = max(column.records for column in columns)
    return Histogram(columns, since, until, seconds, sum(column.records for column in columns), most)


def count_words(since: datetime, records: int) -> str:
    words = ngettext("%(since)s: %(number)s log record", "%(since)s: %(number)s log records", records)
    return words % {"since": f"{timezone.localtime(since):%Y-%m-%d %H:%M:%S}", "number": records}
