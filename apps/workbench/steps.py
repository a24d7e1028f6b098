"""One attempt at a run, and what a kind of step tells it."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.accounts.models import ApiKey
from apps.core.errors import PermissionDenied, Text
from apps.jobs.runs import JobRun
from apps.workbench import selectors
from apps.workbench.models import AppRun, StepRun
from domain.workflows import expressions, types
from domain.workflows.checking import CheckedApp
from domain.workflows.expressions import TooMuch
from domain.workflows.steps import StepFields, Written

# All results of a run together: they are held at once by the worker, and by the run's page.
MAX_RUN_CHARACTERS = 5_000_000
Result = dict[str, Any]


@dataclass(frozen=True)
class StepKind:
    """`do`: a step at a place of a run → its result. `asks_model`: people are told who wrote it. `is_streamed`: they see
    its `text` while it is written.
    """

    label: Text
    icon: str
    do: "Callable[[Execution, Any, str], Result]"
    asks_model: bool = False
    is_streamed: bool = False


@dataclass
class Execution:
    """One attempt at a run. `stored`: results by place, of earlier attempts too. `values`: what the steps know."""

    run: JobRun
    row: AppRun
    app: CheckedApp
    kinds: Mapping[str, StepKind]
    stored: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    characters: int = 0

    def __post_init__(self) -> None:
        self.values["inputs"] = self.row.inputs
        self.stored |= {step.place: step.result for step in selectors.step_list(self.row)}
        self.characters = len(json.dumps(self.stored))

    def do_steps(self, steps: Sequence[StepFields], prefix: str = "") -> None:
        for step in steps:
            self.run.checkpoint()
            self.values[step.id] = self._result(step, f"{prefix}{step.id}")

    def hold(self, result: Any) -> None:
        """Counts what the run holds with this result. Raises TooMuch."""
        self.characters += len(json.dumps(result))
        if self.characters > MAX_RUN_CHARACTERS:
            raise TooMuch

    def value(self, text: str) -> Any:
        return expressions.value(text, self.values, self.app.scope)

    def text(self, text: str) -> str:
        return expressions.Writer(self.values, self.app.scope).text(text)

    def arguments(self, written: Mapping[str, Written]) -> dict[str, Any]:
        return {name: self.value(each) if isinstance(each, str) else each for name, each in written.items()}

    def holds(self, condition: str) -> bool:
        node = expressions.parsed_expression(condition)
        return bool(expressions.value_of(node, self.values, expressions.Budget()))

    def actor_today(self) -> Actor:
        """Who started the run, with what they may do now. Raises PermissionDenied for who may nothing any more."""
        member, key = self.run.job.member, self.run.job.api_key
        if key and ApiKey.objects.within(self.run.job.organisation).usable().filter(pk=key.pk).exists():
            return Actor.from_api_key(key)
        if member and member.is_active and member.user.is_active:
            return Actor.from_member(member)
        raise PermissionDenied(_("The member or key that started this may not run apps any more."))

    def failed_checks(self, outputs: Mapping[str, Any]) -> Iterator[int]:
        known = {**self.values, "outputs": outputs}
        for number, check in enumerate(self.app.file.checks):
            node = expressions.parsed_expression(check.when)
            if not expressions.value_of(node, known, expressions.Budget()):
                yield number

    def _result(self, step: StepFields, place: str) -> Any:
        """Stored, or made and stored."""
        kind = self.kinds[step.kind]
        if place in self.stored:
            if kind.is_streamed:
                # Told again to those who follow the job: its stream begins anew with each attempt.
                self.run.stage(step.id, place=place)
                self.run.text(self.stored[place]["text"])
            return self.stored[place]
        began_at = timezone.now()
        if step.when and not self.holds(step.when):
            return self._store(
                step, place, StepRun.State.SKIPPED, types.empty(self.app.result(step)), began_at
            )
        if not step.steps_inside:
            self.run.stage(step.id, place=place)
        return self._store(step, place, StepRun.State.DONE, kind.do(self, step, place), began_at)

    def _store(self, step: StepFields, place: str, state: str, result: Any, began_at: datetime) -> Any:
        """Of two attempts at one place the first one counts, and the other goes on with its result. Raises TooMuch."""
        self.hold(result)
        row, _is_new = StepRun.objects.get_or_create(
            run=self.row,
            place=place,
            defaults={
                "organisation_id": self.row.organisation_id,
                "kind": step.kind,
                "state": state,
                "result": result,
                "began_at": began_at,
                "ended_at": timezone.now(),
            },
        )
        self.stored[place] = row.result
        return row.result
