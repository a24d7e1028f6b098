"""What a model writes and code checks: repaired at most twice with what is wrong named, then mended by code."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from apps.inference.models import InferenceCall
from apps.jobs.runs import JobRun
from domain.marketing.copy_checks.catalogue import CatalogueFacts
from domain.marketing.copy_checks.check import Violation
from llm_backend.prompts import RenderedPrompt

MAX_REPAIRS = 2
# As many problems as a small model keeps in mind at once.
MAX_NAMED_PROBLEMS = 6


@dataclass
class Draft:
    """`texts` by field. `prompts`: name and hash of each prompt that had a part in it."""

    texts: dict[str, str]
    violations: list[Violation]
    repairs_count: int = 0
    is_mended: bool = False
    prompts: list[str] = field(default_factory=list)

    @property
    def errors_count(self) -> int:
        return sum(each.severity == "error" for each in self.violations)


DraftType = TypeVar("DraftType", bound=Draft)


def best_draft(
    run: JobRun,
    first: DraftType,
    repair: Callable[[DraftType, list[str]], DraftType],
    mend: Callable[[DraftType], DraftType] | None = None,
) -> DraftType:
    """The one with the fewest errors of the first and its repairs, mended; what is still wrong is in `violations`.

    `repair` is told what is wrong with a draft.
    """
    best, repairs = first, 0
    while best.errors_count and repairs < MAX_REPAIRS:
        run.check()
        problems = [_problem(each) for each in best.violations if each.severity == "error"]
        run.event("repair", count=len(problems[:MAX_NAMED_PROBLEMS]))
        second, repairs = repair(best, problems[:MAX_NAMED_PROBLEMS]), repairs + 1
        if second.errors_count < best.errors_count:
            second.prompts = [*best.prompts, *second.prompts]
            best = second
    if mend and best.errors_count and best.texts:
        best = mend(best)
    best.repairs_count = repairs
    return best


def prompt_id(prompt: RenderedPrompt) -> str:
    return f"{prompt.name}@{prompt.hash}"


def fact_lines(facts: CatalogueFacts) -> list[str]:
    """As prompts tell them."""
    return [f"{fact.name}: {fact.value}" if fact.name else fact.value for fact in facts.facts]


def brand_rules(facts: CatalogueFacts) -> list[str]:
    return [f"Write {right}, never {wrong}." for wrong, right in facts.brand_terms.items()]


def calls_of(run: JobRun, *, after: UUID | None) -> tuple[str, Decimal, UUID | None]:
    """The model that answered last, what its job's calls cost since the one with the id `after`, and the last one's id."""
    calls = InferenceCall.objects.filter(job_id=run.job.pk).order_by("id")
    new = list(calls.filter(pk__gt=after) if after else calls)
    answered = [call for call in new if call.status == InferenceCall.Status.SUCCEEDED]
    cost = sum((call.cost for call in new), Decimal(0))
    return (answered[-1].model if answered else ""), cost, (new[-1].pk if new else after)


def _problem(violation: Violation) -> str:
    where = f"{violation.field}: " if violation.field else ""
    passage = f" “{violation.text[:80]}”" if violation.text else ""
    return f"{where}{violation.reason_en}{passage}"
