from functools import partial

from django.utils.translation import gettext_lazy as _

from apps.core import bounded_calls
from apps.core.errors import InvalidInput
from apps.inference import selectors as endpoints
from apps.inference import services as inference
from apps.inference.models import Purpose
from apps.workbench.steps import Execution, Result, StepKind
from domain.workflows import functions, values
from domain.workflows.step_kinds.compute import Compute

TEXTS_AT_ONCE = 64


def _do(execution: Execution, step: Compute, _place: str) -> Result:
    function = functions.all_functions()[step.function]
    given = execution.arguments(step.arguments)
    given |= {f"{name}_vectors": _vectors(execution, given[name]) for name in function.embeds}
    is_short = function.seconds <= bounded_calls.CALL_SECONDS
    call = bounded_calls.call if is_short else bounded_calls.call_apart
    try:
        result = call(partial(function.run, **given), seconds=function.seconds)
    except bounded_calls.TookTooLong as error:
        reason = _("A function of the app took too long. Use a shorter input.")
        raise InvalidInput(reason, code="took_too_long") from error
    try:
        return values.checked(function.result, dict(result))
    except values.InvalidValues as refused:
        reason = _("A function of the app gave more than its result can hold. Use a shorter input.")
        raise InvalidInput(reason, code="too_much") from refused


def _vectors(execution: Execution, texts: list[str]) -> list[list[float]]:
    """All by one model, as they are compared. Raises ModelsAway."""
    candidates = endpoints.candidates(execution.row.organisation, Purpose.EMBEDDING)
    model, rows = candidates[0].model if candidates else "", []
    for start in range(0, len(texts), TEXTS_AT_ONCE):
        execution.run.check()
        some = texts[start : start + TEXTS_AT_ONCE]
        rows += inference.embed(execution.run, some, input_type="query", model=model)
    return rows


KIND = StepKind(_("Run a function"), "gauge", _do)
