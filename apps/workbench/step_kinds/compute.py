from django.utils.translation import gettext_lazy as _

from apps.core import bounded_calls
from apps.core.errors import InvalidInput
from apps.workbench.steps import Execution, Result, StepKind
from domain.workflows import functions, values
from domain.workflows.step_kinds.compute import Compute


def _do(execution: Execution, step: Compute, _place: str) -> Result:
    function = functions.all_functions()[step.function]
    given = execution.arguments(step.arguments)
    try:
        result = bounded_calls.call(functions.call_by_name, step.function, given, seconds=function.seconds)
    except bounded_calls.TookTooLong as error:
        reason = _("A function of the app took too long. Use a shorter input.")
        raise InvalidInput(reason, code="took_too_long") from error
    return values.checked(function.result, result)


KIND = StepKind(_("Run a function"), "gauge", _do)
