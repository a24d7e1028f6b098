from django.utils.translation import gettext_lazy as _

from apps.workbench.steps import Execution, Result, StepKind, Waits
from domain.workflows import types
from domain.workflows.step_kinds.wait import Wait
from domain.workflows.types import Record


def _do(execution: Execution, step: Wait, place: str) -> Result:
    """What whoever is asked sees: all of it lies in the row, as they see nothing else of the run. Raises Waits."""
    proposed = execution.arguments(step.values)
    if not execution.row.acts:
        return {**types.empty(execution.app.result(step)), **proposed, "approved": True}
    message = {code: execution.text(getattr(step.message, code)) for code in ("en", "zh")}
    content = {
        "message": message,
        "fields": Record(fields=step.fields).model_dump(),
        "values": proposed,
    }
    raise Waits(execution.results.question(step, place, content, step.roles))


KIND = StepKind(_("Wait for a person"), "user", _do)
