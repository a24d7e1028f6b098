from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.errors import InvalidInput
from apps.inference import selectors as inference
from apps.jobs.runs import JobRun
from apps.workbench.steps import Execution, Result, StepKind
from domain.workflows import types
from domain.workflows.step_kinds.for_each import ForEach

# A job's error is stored as it stands here and read in the reader's language: it names nothing.
TOO_MANY_ITEMS = _("The app found more items than it may go through. Use a shorter text, or several runs.")
# Items of one run that wait for a model at the same time; an endpoint may take less.
MAX_AT_ONCE = 4


def _do(execution: Execution, step: ForEach, place: str) -> Result:
    """In parallel as far as the endpoint goes. What is collected of lists becomes one list, in the order of the items."""
    items = execution.value(step.items)
    if len(items) > step.max:
        raise InvalidInput(TOO_MANY_ITEMS, code="too_many_items")
    collected: dict[str, list[Any]] = {name: [] for name in step.collect}
    for number, results in enumerate(_results(execution, step, place, items)):
        execution.run.progress(number + 1, len(items))
        for name, made in results.items():
            collected[name] += made if isinstance(made, list) else [made]
    if any(len(made) > types.MAX_ITEMS for made in collected.values()):
        raise InvalidInput(TOO_MANY_ITEMS, code="too_many_items")
    return collected


def _results(execution: Execution, step: ForEach, place: str, items: list[Any]) -> Iterator[Result]:
    limit, work = _limit(execution, step, len(items)), partial(_item_result, execution, step, place)
    if limit > 1:
        return execution.run.at_once(work, list(enumerate(items)), limit=limit)
    return (work(execution.run, each) for each in enumerate(items))


def _item_result(
    execution: Execution, step: ForEach, place: str, run: JobRun, numbered: tuple[int, Any]
) -> Result:
    number, item = numbered
    values = {**execution.values, step.name: item}
    part = replace(execution, run=run, values=values, is_part=run is not execution.run)
    part.do_steps(step.steps, f"{place}/{number}/")
    return {name: part.value(text) for name, text in step.collect.items()}


def _limit(execution: Execution, step: ForEach, items_count: int) -> int:
    """One where no model is waited for, and within another loop."""
    asks_model = any(execution.kinds[inner.kind].asks_model for inner in step.steps)
    if not asks_model or execution.is_part:
        return 1
    return inference.at_once(execution.row.organisation, min(MAX_AT_ONCE, items_count))


KIND = StepKind(_("For each item"), "retry", _do)
