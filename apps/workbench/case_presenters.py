"""What the pages show of an evaluation: the share that holds beside its promise, and the cases that failed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.accounts.actors import Actor
from apps.workbench import selectors, value_views
from apps.workbench.models import AppEvaluation, AppRun
from apps.workbench.value_views import ValueView
from domain.workflows import evaluation
from domain.workflows.app_file import EvaluationCase
from domain.workflows.checking import CheckedApp
from domain.workflows.evaluation import Measure

# What these bring in depends on the rights of who runs the app.
READING = {"retrieve", "call", "run_app"}


@dataclass(frozen=True)
class CaseView:
    """`failed`: its expectations that do not hold. `before`: whether it held in the evaluation before, if it was there."""

    case: EvaluationCase
    run: AppRun
    app: CheckedApp
    before: bool | None = None

    @property
    def title(self) -> str:
        number = _("Case %(number)d") % {"number": (self.run.case or 0) + 1}
        return self.case.title.in_language(get_language() or "en") or number

    @property
    def is_over(self) -> bool:
        return self.run.is_passed is not None or not self.run.is_under_way

    @property
    def failed(self) -> list[str]:
        if self.run.is_passed is not False:
            return []
        return evaluation.failed_expectations(self.case, self.run.inputs, self.run.outputs)

    @property
    def inputs(self) -> list[ValueView]:
        return value_views.input_views(self.app, self.run)

    @property
    def outputs(self) -> list[ValueView]:
        return value_views.output_views(self.run)

    @property
    def is_worse(self) -> bool:
        return bool(self.before) and self.is_over and not self.run.is_passed

    @property
    def is_better(self) -> bool:
        return self.before is False and bool(self.run.is_passed)


@dataclass(frozen=True)
class EvaluationView:
    """`row` as `selectors.evaluation_list` counts it."""

    row: AppEvaluation

    @cached_property
    def app(self) -> CheckedApp | None:
        return self.row.version.checked

    @property
    def is_under_way(self) -> bool:
        return bool(self.row.active)

    @property
    def is_complete(self) -> bool:
        return self.row.ended == self.row.cases

    @property
    def measure(self) -> Measure | None:
        """None while cases are missing."""
        promised = self.app.file.evaluation if self.app else None
        is_measured = promised and self.is_complete
        return (
            Measure(self.row.passed, self.row.cases, promised.promise) if promised and is_measured else None
        )

    def shows_outputs_to(self, actor: Actor) -> bool:
        """Of an app that reads documents, or what others do, its cases were run with the rights of who started them: others
        might read in them what they may not.
        """
        steps = self.app.steps() if self.app else ()
        is_own = actor.member is not None and self.row.member_id == actor.member.pk
        return is_own or not any(step.kind in READING for step, _is_inside in steps)

    @cached_property
    def runs(self) -> list[AppRun]:
        return list(selectors.case_runs(self.row))

    @property
    def cases(self) -> list[CaseView]:
        """Failed ones first."""
        app = self.app
        if app is None or app.file.evaluation is None:
            return []
        before, cases = self._before(), app.file.evaluation.cases
        views = [
            CaseView(cases[run.case], run, app, before.get(_key(run.inputs)))
            for run in self.runs
            if run.case is not None
        ]
        return sorted(views, key=lambda view: (bool(view.run.is_passed), view.run.case))

    def _before(self) -> Mapping[str, bool]:
        """Inputs → whether they held in the app's evaluation before this one."""
        earlier = selectors.evaluations_of(self.row.version.app).filter(pk__lt=self.row.pk).first()
        runs = selectors.case_runs(earlier) if earlier else ()
        return {_key(run.inputs): run.is_passed for run in runs if run.is_passed is not None}


def _key(inputs: Mapping[str, Any]) -> str:
    return json.dumps(inputs, sort_keys=True)
