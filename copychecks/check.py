"""Whether marketing copy keeps the rules of its channel, of the law and of its brief."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from copychecks.brief import BriefFacts
from copychecks.channels import Channel
from copychecks.counting import length

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Violation:
    """`field`: "" for what concerns the copy as a whole; `start` and `end` count characters of the field as it was given."""

    code: str
    field: str
    start: int
    end: int
    text: str
    severity: Severity
    reason_zh: str
    reason_en: str
    source: str


def check_copy(
    fields: Mapping[str, str],
    channel: Channel,
    brief: BriefFacts,
    *,
    others: Sequence[Mapping[str, str]] = (),
) -> list[Violation]:
    """All that is wrong, in the order of the fields. `others`: variants that this copy must not repeat."""
    return list(_lengths(fields, channel))


def _lengths(fields: Mapping[str, str], channel: Channel) -> Iterator[Violation]:
    for rules in channel.fields:
        text = fields.get(rules.key, "")
        counted = length(text, rules.counting)
        if counted > rules.max_length:
            reason_zh = f"{rules.name_zh}长 {counted}，最多 {rules.max_length}"
            reason_en = f"{rules.name_en} is {counted} long, at most {rules.max_length} are allowed"
            yield Violation(
                "too_long", rules.key, 0, len(text), text, "error", reason_zh, reason_en, channel.source
            )
