"""What in a brief cannot all be true or be done: told at once, before anybody writes from it."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.core.errors import InvalidInput, Text
from apps.marketing.briefs import selectors
from apps.marketing.briefs.models import Brief
from apps.marketing.channels.names import is_chinese_reader
from domain.marketing.copy_checks.brief import BriefFacts
from domain.marketing.copy_checks.channels import Channel, FieldRules
from domain.marketing.copy_checks.check import check_copy

# A place without limits of its own: what is found there is the law's.
NO_CHANNEL = Channel(
    key="brief",
    name_zh="简报",
    name_en="brief",
    fields=(FieldRules("text", "文案", "text", 1_000_000, "characters", is_required=False),),
    min_hashtags=0,
    max_hashtags=1000,
    max_emoji=1000,
    max_links=1000,
    must_contain=(),
    advice_zh="",
    advice_en="",
    source="",
)


@dataclass(frozen=True)
class Contradiction:
    """`is_blocking`: no copy could keep to it, so none is written."""

    reason: str
    is_blocking: bool


def contradictions(brief: Brief) -> list[Contradiction]:
    return [*_forbidden_must_says(brief), *_claims(brief), *_doubled_facts(brief)]


def require_consistent(brief: Brief) -> None:
    """Raises InvalidInput for a brief that no text could keep to."""
    blocking: list[Text] = [each.reason for each in contradictions(brief) if each.is_blocking]
    if blocking:
        raise InvalidInput(fields={"non_field_errors": blocking}, code="contradictory_brief")


def _forbidden_must_says(brief: Brief) -> Iterator[Contradiction]:
    for line in brief.must_say:
        for forbidden in brief.must_not_say:
            if forbidden.casefold() in line.casefold():
                reason = _("“%(line)s” is required, but “%(forbidden)s” is not allowed.")
                yield Contradiction(reason % {"line": line, "forbidden": forbidden}, is_blocking=True)


def _claims(brief: Brief) -> Iterator[Contradiction]:
    """Must-says are facts and may be any length here: what is left to find in them is the law's."""
    for line in brief.must_say:
        rules = BriefFacts(brief.product, must_say=(line,), industries=tuple(brief.industries))
        for violation in check_copy({"text": line}, NO_CHANNEL, rules):
            if violation.severity == "error":
                why = violation.reason_zh if is_chinese_reader() else violation.reason_en
                reason = _("“%(line)s” is required but not allowed: %(why)s")
                yield Contradiction(reason % {"line": line, "why": why}, is_blocking=True)


def _doubled_facts(brief: Brief) -> Iterator[Contradiction]:
    values: dict[str, list[str]] = defaultdict(list)
    for fact in selectors.confirmed_facts(brief):
        if fact.name:
            values[fact.name.casefold()].append(fact.value)
    for name, found in values.items():
        if len(found) > 1:
            reason = _("“%(name)s” has several values: %(values)s. Copy may use any of them.")
            yield Contradiction(reason % {"name": name, "values": " · ".join(found)}, is_blocking=False)
