from django.utils.translation import gettext_lazy as _

from apps.workbench.steps import Execution, Result, StepKind
from domain.workflows.step_kinds.branch import Branch


def _do(execution: Execution, step: Branch, _place: str) -> Result:
    cases = (case.value for case in step.cases if execution.holds(case.when))
    return {"value": execution.value(next(cases, step.otherwise))}


KIND = StepKind(_("Choose"), "switch", _do)
