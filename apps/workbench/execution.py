"""Running an app: its steps in their order, each result stored before the next step begins."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.accounts.models import ApiKey
from apps.core import bounded_calls
from apps.core.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from apps.inference import prompts
from apps.inference import services as inference
from apps.jobs import webhooks
from apps.jobs.job_types import JobType
from apps.jobs.runs import JobRun
from apps.jobs.subjects import of_rows
from apps.knowledge import selectors as knowledge
from apps.knowledge.models import Collection
from apps.workbench import selectors
from apps.workbench.models import AppRun, StepRun
from domain.workflows import expressions, functions, types, values
from domain.workflows.app_file import AnyStep, Ask, Branch, Compute, Extract, ForEach, Retrieve, Write
from domain.workflows.checking import CheckedApp
from domain.workflows.evaluation import failed_expectations
from domain.workflows.expressions import TooMuch
from domain.workflows.types import Record
from llm_backend.prompts import RenderedPrompt

PROMPTS = Path(__file__).parent / "prompts"
# All results of a run together: they are held at once by the worker, and by the run's page.
MAX_RUN_CHARACTERS = 5_000_000
# A job's error is stored as it stands here and read in the reader's language: it names nothing.
TOO_MANY_ITEMS = _("The app found more items than it may go through. Use a shorter text, or several runs.")

RUN_APP = JobType(
    "workbench.run_app",
    queue="interactive",
    label=_("Run an app"),
    may_see=lambda actor: (
        selectors.own_rows(actor) if actor.may("workbench.use") or actor.may("workbench.edit") else None
    ),
    subject=of_rows(lambda organisation: AppRun.objects.within(organisation).select_related("app")),
    is_sealed=True,
)


@RUN_APP.service
def run_app(run: JobRun, *, app_run_id: UUID) -> dict[str, Any]:
    """Does what is left of a run's steps, and stores its outputs together with the job's success."""
    row = AppRun.objects.select_related("app", "version", "organisation").filter(pk=app_run_id).first()
    if row is None:
        raise NotFound(_("The run was deleted."))
    app = row.version.checked
    if app is None:
        # A version that was published with an earlier release, or needs a package that is gone.
        raise Conflict(_("This version of the app does not work with this release. Open the app to see why."))
    selectors.require_run(actor_today(run), row, app)
    execution = Execution(run, row, app)
    try:
        execution.do_steps(app.file.steps)
        outputs = {name: execution.value(each.value) for name, each in app.file.outputs.items()}
        execution.hold(outputs)
        failed = list(execution.failed_checks(outputs))
        is_passed = _is_passed(row, app, outputs)
    except TooMuch as error:
        raise InvalidInput(
            _("A step went through too much. Use shorter texts or lists."), code="too_much"
        ) from error
    result = {"app_run": str(row.pk), "steps": len(execution.stored)}
    with run.finishing(result):
        row.outputs, row.failed_checks, row.is_passed = outputs, failed, is_passed
        row.save(update_fields=["outputs", "failed_checks", "is_passed"])
        _tell(row)
    return result


def _tell(row: AppRun) -> None:
    """Other systems, of a use of an app: by ids, as what came out lies sealed and is read over the API."""
    if row.occasion != AppRun.Occasion.USE:
        return
    told = {"app_run_id": str(row.pk), "app": row.app.name, "version": row.version.number}
    told["failed_checks"] = len(row.failed_checks)
    payload = {"type": "app_run.finished", "timestamp": timezone.now().isoformat(), "data": told}
    webhooks.record_event(row.organisation_id, "app_run.finished", payload, subject=f"app_run:{row.pk}")


def _is_passed(row: AppRun, app: CheckedApp, outputs: dict[str, Any]) -> bool | None:
    """Of a case of an evaluation."""
    if row.case is None or app.file.evaluation is None:
        return None
    return not failed_expectations(app.file.evaluation.cases[row.case], row.inputs, outputs)


def actor_today(run: JobRun) -> Actor:
    """Who started the run, with what they may do now. Raises PermissionDenied for who may nothing any more."""
    member, key = run.job.member, run.job.api_key
    if key and ApiKey.objects.within(run.job.organisation).usable().filter(pk=key.pk).exists():
        return Actor.from_api_key(key)
    if member and member.is_active and member.user.is_active:
        return Actor.from_member(member)
    raise PermissionDenied(_("The member or key that started this may not run apps any more."))


@dataclass
class Execution:
    """One attempt at a run. `stored`: results by place, of earlier attempts too. `values`: what the steps know."""

    run: JobRun
    row: AppRun
    app: CheckedApp
    stored: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    characters: int = 0

    def __post_init__(self) -> None:
        self.values["inputs"] = self.row.inputs
        self.stored |= {step.place: step.result for step in selectors.step_list(self.row)}
        self.characters = len(json.dumps(self.stored))

    def do_steps(self, steps: list[Any], prefix: str = "") -> None:
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

    def failed_checks(self, outputs: Mapping[str, Any]) -> Iterator[int]:
        known = {**self.values, "outputs": outputs}
        for number, check in enumerate(self.app.file.checks):
            node = expressions.parsed_expression(check.when)
            if not expressions.value_of(node, known, expressions.Budget()):
                yield number

    def _result(self, step: AnyStep, place: str) -> Any:
        """Stored, or made and stored."""
        if place in self.stored:
            if isinstance(step, Ask):
                # Told again to those who follow the job: its stream begins anew with each attempt.
                self.run.stage(step.id, place=place)
                self.run.text(self.stored[place]["text"])
            return self.stored[place]
        began_at = timezone.now()
        if step.when and not self._holds(step.when):
            return self._store(
                step, place, StepRun.State.SKIPPED, types.empty(self.app.result(step)), began_at
            )
        if not isinstance(step, ForEach):
            self.run.stage(step.id, place=place)
        return self._store(step, place, StepRun.State.DONE, self._done(step, place), began_at)

    def _store(self, step: AnyStep, place: str, state: str, result: Any, began_at: Any) -> Any:
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

    def _done(self, step: AnyStep, place: str) -> Any:
        match step:
            case Ask():
                return self._ask(step)
            case Extract():
                return self._extract(step)
            case Retrieve():
                return {"passages": self._passages(step)}
            case Compute():
                return self._compute(step)
            case Branch():
                cases = (case.value for case in step.cases if self._holds(case.when))
                return {"value": self.value(next(cases, step.otherwise))}
            case Write():
                return {"text": expressions.Writer(self.values, self.app.scope).text(step.text)}
            case ForEach():
                return self._for_each(step, place)

    def _holds(self, text: str) -> bool:
        node = expressions.parsed_expression(text)
        return bool(expressions.value_of(node, self.values, expressions.Budget()))

    def _ask(self, step: Ask) -> dict[str, str]:
        completion = inference.stream(self.run, self._prompt("ask_step.md", step))
        return {"text": completion.text.strip()[: step.max_characters]}

    def _extract(self, step: Extract) -> dict[str, Any]:
        record = Record(fields=step.fields)
        answer = inference.extract(self.run, self._prompt("extract_step.md", step), values.model_of(record))
        source = self.value(step.source) if step.source else ""
        written = answer.model_dump(by_alias=True)
        return dict(
            values.with_places(record, written, source if isinstance(source, str) else source["text"])
        )

    def _prompt(self, name: str, step: Ask | Extract) -> RenderedPrompt:
        role = expressions.for_model(step.role, self.values, self.app.scope) if step.role else ""
        request = expressions.for_model(step.prompt, self.values, self.app.scope)
        prompt = prompts.load(self.row.organisation, PROMPTS / name).render(role=role, request=request)
        return replace(prompt, temperature=step.temperature, max_tokens=step.max_tokens)

    def _passages(self, step: Retrieve) -> list[dict[str, Any]]:
        """Of what the person who runs the app may read today. Raises PermissionDenied and NotFound."""
        actor_today(self.run).require("knowledge.view")
        question = self.value(step.question)
        result = knowledge.search(
            self.run, collections=self._collections(step), question=question, limit=step.limit
        )
        return [
            {
                "number": number,
                "title": hit.document_title,
                "heading": hit.heading,
                "text": hit.text,
                "document": str(hit.document_id),
            }
            for number, hit in enumerate(result.hits, start=1)
        ]

    def _collections(self, step: Retrieve) -> list[Collection]:
        own = Collection.objects.within(self.row.organisation)
        if isinstance(step.collections, str):
            chosen = self.value(step.collections)
            return [own.one(pk=each) for each in ([chosen] if isinstance(chosen, str) else chosen)]
        missing = _(
            "A collection that the app names is missing. Create it under Knowledge, or change the app."
        )
        return [own.one(name=name, reason=missing) for name in step.collections]

    def _compute(self, step: Compute) -> dict[str, Any]:
        function = functions.all_functions()[step.function]
        given = {
            name: self.value(written) if isinstance(written, str) else written
            for name, written in step.arguments.items()
        }
        try:
            result = bounded_calls.call(
                functions.call_by_name, step.function, given, seconds=function.seconds
            )
        except bounded_calls.TookTooLong as error:
            reason = _("A function of the app took too long. Use a shorter input.")
            raise InvalidInput(reason, code="took_too_long") from error
        return values.checked(function.result, result)

    def _for_each(self, step: ForEach, place: str) -> dict[str, list[Any]]:
        """One item after the other. What is collected of lists becomes one list."""
        items = self.value(step.items)
        if len(items) > step.max:
            raise InvalidInput(TOO_MANY_ITEMS, code="too_many_items")
        collected: dict[str, list[Any]] = {name: [] for name in step.collect}
        for number, item in enumerate(items):
            self.run.progress(number, len(items))
            self.values[step.name] = item
            self.do_steps(list(step.steps), f"{place}/{number}/")
            for name, text in step.collect.items():
                made = self.value(text)
                collected[name] += made if isinstance(made, list) else [made]
        if any(len(made) > types.MAX_ITEMS for made in collected.values()):
            raise InvalidInput(TOO_MANY_ITEMS, code="too_many_items")
        return collected
