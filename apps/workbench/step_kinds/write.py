from django.utils.translation import gettext_lazy as _

from apps.workbench.steps import Execution, Result, StepKind
from domain.workflows.step_kinds.write import Write


def _do(execution: Execution, step: Write, _place: str) -> Result:
    return {"text": execution.text(step.text)}


KIND = StepKind(_("Put together"), "note", _do)
