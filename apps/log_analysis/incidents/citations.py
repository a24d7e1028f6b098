"""Records that a cause rests on, as people see them: [3] in a text is a link to record 3 beside it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from apps.log_analysis.detection.models import LogAnomaly
from llm_backend import patterns
from llm_backend.sentences import without_citations

_MARK = patterns.compile(r"\[(\d{1,3})\]")


MAX_CITATIONS = 12
# Further records of an anomaly say mostly the same again, and a model reads each of them: only where there are few.
MIN_CITATIONS, RECORDS_OF_ANOMALY = 4, 3
# Of services that are looked for in texts: "db" stands in "feedback", too.
MIN_NAME_CHARACTERS = 3


@dataclass(frozen=True)
class TextPart:
    """Words, or the number of a record where `number` is set."""

    text: str
    number: int | None = None


@dataclass(frozen=True)
class CitedRecord:
    """A record by its number, with where it stands: in the `line` of what came from `source_name`, which is empty where
    the source was deleted."""

    number: int
    source: str
    arrival: int
    source_name: str
    line: int
    time: datetime
    level: str
    service: str
    text: str


def select_citations(
    anomalies: Sequence[LogAnomaly], first_of_new: Sequence[Mapping[str, Any]] = ()
) -> list[dict[str, Any]]:
    """What came first of all that was odd, in the order of time, numbered from one: records of templates that are new, the
    one that shows the headline's value, and the first record of each anomaly; where that is little, the next ones too."""
    by_arrival = {(each["source"], each["arrival"]): each for each in first_of_new}
    for turn in range(RECORDS_OF_ANOMALY):
        limit = MIN_CITATIONS if turn else MAX_CITATIONS
        for record in (each.evidence[turn] for each in anomalies if len(each.evidence) > turn):
            if len(by_arrival) < limit:
                by_arrival.setdefault((record["source"], record["arrival"]), record)
    by_time = sorted(by_arrival.values(), key=lambda each: int(each["time"]))
    return [{**each, "number": number} for number, each in enumerate(by_time, start=1)]


def is_about_another(record: Mapping[str, Any], services: Iterable[str]) -> bool:
    """Whether it names another one of these services, as callers do that got no answer: it tells of a consequence."""
    own, text = record["service"].casefold(), record["text"].casefold()
    others = (name.casefold() for name in services if len(name) >= MIN_NAME_CHARACTERS)
    return any(name in text for name in others if name not in own and own not in name)


def text_parts(text: str, numbers: Collection[int]) -> list[TextPart]:
    """The text cut at its citations. A number that no record has stays a word: it leads nowhere."""
    parts, at = [], 0
    for mark in _MARK.finditer(text):
        if int(mark[1]) in numbers:
            parts += [TextPart(text[at : mark.start()]), TextPart(mark[0], int(mark[1]))]
            at = mark.end()
    return [part for part in (*parts, TextPart(text[at:])) if part.text]


def cited_numbers(text: str) -> set[int]:
    return {int(number) for number in _MARK.findall(text)}


def without_marks(text: str) -> str:
    return " ".join(without_citations(text).split())


def cited_records(
    citations: Sequence[Mapping[str, Any]], source_names: Mapping[str, str]
) -> list[CitedRecord]:
    return [
        CitedRecord(
            number=each["number"],
            source=each["source"],
            arrival=each["arrival"],
            source_name=source_names.get(each["source"], ""),
            line=each["line"],
            time=to_time(each["time"]),
            level=each["level"],
            service=each["service"],
            text=each["text"],
        )
        for each in citations
    ]


def to_time(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC)


def first_time(citations: Sequence[Mapping[str, Any]]) -> datetime | None:
    """The time of the first odd record."""
    return min((to_time(each["time"]) for each in citations), default=None)
