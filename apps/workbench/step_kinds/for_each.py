from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.errors import InvalidInput
from apps.workbench.steps import Execution, Result, StepKind
from domain.workflows import types
from domain.workflows.step_kinds.for_each import ForEach

# A job's error is stored as it stands here and read in the reader's language: it names nothing.
TOO_MANY_ITEMS = _("The app found more items than it may go through. Use a shorter text, or several runs.")


def _do(execution: Execution, step: ForEach, place: str) -> Result:
    """One item after the other. What is collected of lists becomes one list."""
    items = execution.value(step.items)
    if len(items) > step.max:
        raise InvalidInput(TOO_MANY_ITEMS, code="too_many_items")
    collected: dict[str, list[Any]] = {name: [] for name in step.collect}
    for number, item in enumerate(items):
        execution.run.progress(number, len(items))
        execution.values[step.name] = item
        execution.do_steps(step.steps, f"{place}/{number}/")
        for name, text in step.collect.items():
            made = execution.value(text)
            collected[name] += made if isinstance(made, list) else [made]
    if any(len(made) > types.MAX_ITEMS for made in collected.values()):
        raise InvalidInput(TOO_MANY_ITEMS, code="too_many_items")
    return collected


KIND = StepKind(_("For each item"), "retry", _do)
