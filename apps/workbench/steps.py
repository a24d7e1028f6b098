"""One attempt at a run, and what a kind of step tells it."""

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.core.errors import Text
from apps.jobs.runs import JobRun
from apps.workbench import selectors
from apps.workbench.models import AppRun, StepRun
from domain.workflows import expressions, suggestions, types
from domain.workflows.app_file import Output
from domain.workflows.checking import CheckedApp
from domain.workflows.expressions import TooMuch
from domain.workflows.steps import StepFields, Written

# All results of a run together: they are held at once by the worker, and by the run's page.
MAX_RUN_CHARACTERS = 5_000_000
Result = dict[str, Any]
State = StepRun.State
# A later attempt does these.
NOT_DONE = (State.BEGUN, State.FAILED)


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


class Waits(Exception):
    """The run stops until a person has decided. `row`: what they are asked; it is stored as the run's job ends."""

    def __init__(self, row: StepRun) -> None:
        super().__init__(row.place)
        self.row = row


class Results:
    """What the steps of a run gave, by place, of earlier attempts too; shared by all that is executed of it."""

    def __init__(self, run: AppRun) -> None:
        self.run = run
        self._lock = threading.Lock()
        self.rows = selectors.stored_steps(run)
        self.characters = len(json.dumps([row.result for row in self.rows.values()]))

    def hold(self, result: Any) -> None:
        """Counts what the run holds with this result. Raises TooMuch."""
        with self._lock:
            self.characters += len(json.dumps(result))
        if self.characters > MAX_RUN_CHARACTERS:
            raise TooMuch

    def keep_failed_checks(self, told: Iterable[dict[str, Any]]) -> None:
        """Of an app inside: each once, however many items it was run for. Stored before the step that ran it."""
        with self._lock:
            known = self.run.failed_checks
            if new := [each for each in told if each not in known]:
                self.run.failed_checks = [*known, *new]
                self.run.save(update_fields=["failed_checks"])

    def begin(self, step: StepFields, place: str, content: Result) -> tuple[StepRun, bool]:
        """A row that is committed before the step does its work; False where another attempt was here before."""
        fields = {"kind": step.kind, "state": State.BEGUN, "result": content}
        return self._row(place, fields)

    def question(self, step: StepFields, place: str, content: Result, roles: Sequence[str]) -> StepRun:
        """Not stored yet: a run waits for a person only once its job has ended. Raises TooMuch."""
        self.hold(content)
        return StepRun(
            organisation_id=self.run.organisation_id,
            run=self.run,
            place=place,
            kind=step.kind,
            state=State.WAITING,
            result=content,
            asked_roles=list(roles),
        )

    def store(self, step: StepFields, place: str, state: str, result: Result, began_at: datetime) -> StepRun:
        """Of two attempts at one place the first one counts, and the other goes on with its result. Raises TooMuch."""
        self.hold(result)
        fields = {"kind": step.kind, "state": state, "result": result}
        ended = {"began_at": began_at, "ended_at": timezone.now()}
        row, is_new = self._row(place, fields | ended)
        if not is_new and row.state in NOT_DONE:
            row.state, row.result, row.ended_at = State(state), result, timezone.now()
            row.save(update_fields=["state", "result", "ended_at"])
        return row

    def _row(self, place: str, fields: dict[str, Any]) -> tuple[StepRun, bool]:
        fields["organisation_id"] = self.run.organisation_id
        if place in self.rows:
            # As it is now: another attempt may have gone on with it.
            row, is_new = StepRun.objects.get(run=self.run, place=place), False
        else:
            row, is_new = self._first_of(StepRun(run=self.run, place=place, **fields))
        self.rows[place] = row
        return row, is_new

    def _first_of(self, row: StepRun) -> tuple[StepRun, bool]:
        """What nobody knows of yet is hardly there: it is not looked for before."""
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:
            return StepRun.objects.get(run=self.run, place=row.place), False
        return row, True


@dataclass
class Execution:
    """One attempt at a run's steps, or at those of an app inside it. `values`: what the steps know. `level`: of
    apps inside one another. `is_part`: others of the same loop run beside it. `published_app`: the id of the app whose
    published text this is; a draft has nobody's rights but those of who tries it. `addresses`: that stand in the files
    of the apps around this one, which may hand them in.
    """

    run: JobRun
    row: AppRun
    app: CheckedApp
    kinds: Mapping[str, StepKind]
    results: Results
    values: dict[str, Any]
    level: int = 1
    is_part: bool = False
    published_app: UUID | None = None
    addresses: frozenset[str] = frozenset()

    @classmethod
    def of_run(cls, run: JobRun, row: AppRun, app: CheckedApp, kinds: Mapping[str, StepKind]) -> Self:
        published_app = row.app_id if row.acts else None
        return cls(run, row, app, kinds, Results(row), {"inputs": row.inputs}, published_app=published_app)

    def do_steps(self, steps: Sequence[StepFields], prefix: str = "") -> None:
        for step in steps:
            self.run.checkpoint()
            self.values[step.id] = self._result(step, f"{prefix}{step.id}")

    def value(self, text: str) -> Any:
        return expressions.value(text, self.values, self.app.scope)

    def outputs(self) -> dict[str, Any]:
        """What the app gives, once its steps are done."""
        return {name: self._output(each) for name, each in self.app.file.outputs.items()}

    def text(self, text: str) -> str:
        return expressions.Writer(self.values, self.app.scope).text(text)

    def arguments(self, written: Mapping[str, Written]) -> dict[str, Any]:
        return {name: self.value(each) if isinstance(each, str) else each for name, each in written.items()}

    def holds(self, condition: str) -> bool:
        node = expressions.parsed_expression(condition)
        return bool(expressions.value_of(node, self.values, expressions.Budget()))

    def failed_checks(self, outputs: Mapping[str, Any]) -> Iterator[int]:
        known = {**self.values, "outputs": outputs}
        for number, check in enumerate(self.app.file.checks):
            node = expressions.parsed_expression(check.when)
            if not expressions.value_of(node, known, expressions.Budget()):
                yield number

    def begin_act(
        self, step: StepFields, place: str, content: Result, *, is_repeatable: bool = False
    ) -> StepRun:
        """The row whose id is the key of an act on the world, committed before it. Raises Waits where an earlier attempt
        may have acted, unless the act may be repeated under its key, or a person has said since that it is to be.
        """
        # What stands for its result where a person goes on without it.
        result = {**types.empty(self.app.result(step)), **content}
        row, is_new = self.results.begin(step, place, result)
        again = StepRun.objects.filter(pk=row.pk, state=State.BEGUN).exclude(decided_at=None)
        if not is_new and not is_repeatable and not again.update(decided_at=None):
            row.state = State.WAITING
            raise Waits(row)
        return row

    def _output(self, output: Output) -> Any:
        made = self.value(output.value)
        if output.suggestions_for is None:
            return made
        # As it stands, for the places of quotes: written out it would lose the white space at its ends.
        text = self.value(output.suggestions_for)
        return {"text": text if isinstance(text, str) else text["text"], suggestions.SUGGESTIONS: made}

    def _result(self, step: StepFields, place: str) -> Result:
        """Stored, or made and stored."""
        kind, row = self.kinds[step.kind], self.results.rows.get(place)
        if row and row.state == State.WAITING:
            raise Waits(row)
        if row and row.state not in NOT_DONE:
            if kind.is_streamed:
                # Told again to those who follow the job: its stream begins anew with each attempt.
                self.run.stage(step.id, place=place)
                self.run.text(row.result["text"])
            return dict(row.result)
        began_at = timezone.now()
        if step.when and not self.holds(step.when):
            result, state = types.empty(self.app.result(step)), State.SKIPPED
        else:
            if not step.steps_inside:
                self.run.stage(step.id, place=place)
            result, state = kind.do(self, step, place), State.DONE
        return dict(self.results.store(step, place, state, result, began_at).result)
