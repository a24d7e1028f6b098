"""Apps as the measures run them: by their cases, and by their examples in two organisations."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from apps.accounts.actors import Actor
from apps.accounts.models import Membership
from apps.inference import selectors as inference
from apps.inference.models import Purpose
from apps.jobs import runs
from apps.jobs.models import Job
from apps.workbench import case_presenters, evaluation, file_imports, selectors, services
from apps.workbench.models import App, AppEvaluation, AppRun
from benchmarks.organisations import evaluation_actor, new_owner, owner, work_off
from benchmarks.waiting import wait_until
from domain.workflows import checking
from llm_backend import chat

# Of a whole evaluation by the workers of a platform that runs.
PATIENCE_SECONDS = 7_200


def measure_shipped(name: str) -> dict[str, Any]:
    actor = new_owner("bench")
    if name not in selectors.shipped_texts():
        raise SystemExit(f"No app “{name}” comes with the platform: {', '.join(selectors.shipped_texts())}")
    made = _begun(actor, services.add_shipped_app(actor, app=name))
    while waiting := made.runs.filter(job__state=Job.State.QUEUED).order_by("case").first():
        _work(waiting)
    return _measure_of(actor, made)


def measure_own(name: str, slug: str) -> dict[str, Any]:
    if not Membership.objects.filter(role="owner", organisation__slug=slug).exists():
        raise SystemExit(f"There is no organisation “{slug}” here.")
    actor = owner(slug)
    app = selectors.app_list(actor.organisation).filter(name=name).first()
    if app is None:
        raise SystemExit(f"{slug} has no app “{name}”.")
    made = _begun(actor, app)

    def is_over() -> bool:
        return not selectors.evaluation_list(actor.organisation).get(pk=made.pk).active

    wait_until("all cases have run", is_over, seconds=PATIENCE_SECONDS, pause=1)
    return _measure_of(actor, made)


def exchange() -> dict[str, Any]:
    """Each app leaves one organisation as its file and comes into another one."""
    here, there = new_owner("here"), new_owner("there")
    names = list(selectors.shipped_texts())
    unequal = [name for name in names if not _is_equal(here, there, name)]
    return {"apps": len(names), "equal": len(names) - len(unequal), "unequal": unequal}


def _is_equal(here: Actor, there: Actor, name: str) -> bool:
    app = services.add_shipped_app(here, app=name)
    text = selectors.current_version(app).text
    if file_imports.check_import(there, text=text).problems:
        return False
    copy, examples = file_imports.import_app(there, text=text), checking.load(text).file.examples
    pairs = [(_outputs(here, app, each.inputs), _outputs(there, copy, each.inputs)) for each in examples]
    return bool(pairs) and all(one is not None and one == other for one, other in pairs)


def _outputs(actor: Actor, app: App, inputs: Mapping[str, Any]) -> dict[str, Any] | None:
    """Of the published version, or as a trial of a draft. None of a run that failed."""
    app = selectors.app_list(actor.organisation).get(pk=app.pk)
    start = services.start_run if app.published else services.start_trial
    run = start(actor, app, inputs=inputs)
    _work(run)
    return run.outputs if run.job and run.job.state == Job.State.SUCCEEDED else None


def _begun(actor: Actor, app: App) -> AppEvaluation:
    if selectors.current_version(app).checked is None:
        raise SystemExit(f"The file of {app.name} has problems. Its page tells them.")
    return evaluation.start_evaluation(actor, app)


def _work(run: AppRun) -> None:
    """What a worker does."""
    runs.execute(str(run.job_id))
    run.refresh_from_db()


def _measure_of(actor: Actor, made: AppEvaluation) -> dict[str, Any]:
    view = case_presenters.EvaluationView(selectors.evaluation_list(actor.organisation).get(pk=made.pk))
    measure = view.measure
    if measure is None:
        raise SystemExit("The evaluation was stopped before all cases had run.")
    return {
        "trained_on": [],
        "tested_on": [f"cases of {made.version.app.name}"],
        "cases": measure.cases,
        "passed": measure.passed,
        "share": round(measure.share, 4),
        "share_interval": [round(edge, 4) for edge in measure.interval],
        "promise": measure.promise,
        "is_kept": measure.is_kept,
        "failed": [each.title for each in view.cases if not each.run.is_passed],
    }


@dataclass(frozen=True)
class AppRunner:
    actor: Actor
    app: App
    endpoint: chat.Endpoint

    @classmethod
    def of(cls, name: str) -> Self:
        actor = evaluation_actor()
        own = App.objects.within(actor.organisation).filter(name=name).first()
        app = own or services.add_shipped_app(actor, app=name)
        candidates = inference.candidates(actor.organisation, Purpose.CHAT)
        return cls(actor, App.objects.get(pk=app.pk), candidates[0].chat_server())

    def outputs(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Raises JobFailed."""
        run = services.start_run(self.actor, self.app, inputs=inputs)
        work_off(run.job_id)
        run.refresh_from_db()
        return dict(run.outputs)
