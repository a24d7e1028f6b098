"""The cases of a file, run before it is published: each a run of its own, a few of them waiting at a time."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.core.errors import Conflict, InvalidInput
from apps.core.locks import lock_until_commit
from apps.jobs import bulk
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.jobs.runs import JobRun
from apps.workbench import execution, selectors, services
from apps.workbench.models import App, AppEvaluation, AppRun, AppVersion, outside
from apps.workbench.problem_words import line_sentence
from domain.workflows import checking, evaluation, values, yaml_reading
from domain.workflows.app_file import EvaluationCase
from domain.workflows.problems import FileRefused

# Each that begins asks for another one, so other work of the organisation waits for so many cases, not for all.
AT_ONCE = 4

RUN_CASE = replace(
    execution.RUN_APP, name="workbench.run_case", queue="batch", label=_("Run a case of an app")
)


@requires_permission("workbench.edit")
@transaction.atomic
def start_evaluation(actor: Actor, app: App) -> AppEvaluation:
    """Runs all cases of the draft, or else of what is published. Raises Conflict where there are none or they are running,
    and InvalidInput while the text has problems.
    """
    services.lock(app)
    version = selectors.current_version(app)
    count = len(_cases(version))
    latest = selectors.latest_evaluation(version)
    if latest and latest.active:
        raise Conflict(_("This text is being evaluated already."))
    made = AppEvaluation.objects.create(
        organisation=actor.organisation, version=version, member=actor.member, cases=count
    )
    for number in range(min(AT_ONCE, made.cases)):
        _start_case(actor, made, number)
    details = {"app": app.name, "version": version.number}
    audit.record(actor, action="app.evaluated", target=app, details=details)
    return made


@requires_permission("workbench.edit")
@transaction.atomic
def stop_evaluation(actor: Actor, row: AppEvaluation) -> None:
    """What is under way ends, and no further case begins. Raises Conflict where nothing is under way."""
    _lock(row)
    active = Job.objects.filter(pk__in=row.runs.values("job"), finished_at=None)
    if not bulk.cancel(active).total:
        raise Conflict(_("The evaluation has already ended."))
    audit.record(actor, action="app.evaluation_stopped", target=row.version.app)


@RUN_CASE.service
def run_case(run: JobRun, *, app_run_id: UUID) -> dict[str, Any]:
    row = AppRun.objects.select_related("evaluation__version__app").filter(pk=app_run_id).first()
    if row and row.evaluation and row.case is not None:
        _start_later_case(run.actor, row.evaluation, row.case + AT_ONCE)
    return execution.run_app(run, app_run_id=app_run_id)


@transaction.atomic
def _start_later_case(actor: Actor, row: AppEvaluation, number: int) -> None:
    """Once, whichever attempt of the case before asks for it, and only while nobody stopped one."""
    _lock(row)
    is_stopped = Q(job__cancel_requested_at__isnull=False)
    if number < row.cases and not row.runs.filter(is_stopped | Q(case=number)).exists():
        _start_case(actor, row, number)


def _start_case(actor: Actor, row: AppEvaluation, number: int) -> None:
    """Quotas are asked of the first ones; the others go on with what was admitted."""
    run = services.new_run(actor, row.version, AppRun.Occasion.EVALUATION)
    run.inputs = values.checked(services.whole(row.version).inputs, _cases(row.version)[number].inputs)
    run.evaluation, run.case = row, number
    create = jobs.create_following_job if number >= AT_ONCE else jobs.create_job
    run.job = create(actor, kind=RUN_CASE, inputs={"app_run_id": str(run.pk)}, subject=f"app_run:{run.pk}")
    run.save(force_insert=True)


@requires_permission("workbench.edit")
@transaction.atomic
def keep_case(actor: Actor, run: AppRun, *, title: str, expect: Sequence[str]) -> AppVersion:
    """What went into a run of the actor's own becomes a case of the draft, with what they expect of it. Raises Conflict
    for a run that gave nothing, and InvalidInput for what is no condition.
    """
    if not run.outputs:
        raise Conflict(_("Only a run with results can be kept as a case."))
    services.lock(run.app)
    current = selectors.current_version(run.app)
    try:
        text = evaluation.with_case(
            current.text, title=title, inputs=values.without_pictures(run.inputs), expect=expect
        )
    except FileRefused as refused:
        raise InvalidInput(fields={"expect": [line_sentence(refused.problems[0])]}) from refused
    if not current.problems:
        _check_conditions(run, text)
    return services.save_draft(actor, run.app, text=text, seen=current.fingerprint)


def _check_conditions(run: AppRun, text: str) -> None:
    """Raises InvalidInput, which names a condition by its line among those of the case that was added."""
    try:
        checking.load(text, outside(run.organisation_id))
    except FileRefused as refused:
        problem, marks = refused.problems[0], yaml_reading.read(text).marks
        places = [path for path, mark in marks.items() if mark == problem.mark and "expect" in path[-2:-1]]
        line = int(places[-1][-1]) + 1 if places else None
        raise InvalidInput(fields={"expect": [line_sentence(problem, line)]}) from refused


def _cases(version: AppVersion) -> list[EvaluationCase]:
    """Raises Conflict, and InvalidInput while the text has problems."""
    promised = services.whole(version).file.evaluation
    if promised is None:
        raise Conflict(_("The file has no cases yet. Run the app and keep a run as a case."))
    return promised.cases


def _lock(row: AppEvaluation) -> None:
    lock_until_commit(f"app_evaluation:{row.pk}")
