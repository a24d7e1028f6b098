"""Questions whose answer is known, and runs: each question asked once, graded, and kept to compare with."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.audit import services as audit
from apps.core import tables
from apps.core.errors import Conflict, Gone, InvalidInput, NotFound, Text
from apps.core.forms import validated_fields
from apps.evaluation import measures, question_files, selectors, versions
from apps.evaluation.adapters import Adapter, for_managers
from apps.evaluation.budgets import Budget, Limit, LimitReached, RunSettings
from apps.evaluation.models import (
    EvaluationAnswer,
    EvaluationQuestion,
    EvaluationRun,
    EvaluationSetVersion,
)
from apps.inference import selectors as inference
from apps.inference.models import Endpoint
from apps.jobs import services as jobs
from apps.jobs.runs import JobRun

MAX_QUESTIONS = 500


@for_managers
@transaction.atomic
def save_question(
    actor: Actor,
    *,
    adapter: Adapter,
    question_set: str,
    text: str,
    expected: Mapping[str, Any],
    question_id: UUID | None = None,
) -> EvaluationQuestion:
    """Makes or changes a question, of fields that the desk's form has checked, and with it the set's next version. Raises
    InvalidInput.
    """
    question, sets = _store_question(
        actor,
        adapter=adapter,
        question_set=question_set,
        text=text,
        expected=expected,
        question_id=question_id,
    )
    for key in sets:
        versions.count_up(actor.organisation, adapter.desk, key)
    return question


def _store_question(
    actor: Actor,
    *,
    adapter: Adapter,
    question_set: str,
    text: str,
    expected: Mapping[str, Any],
    question_id: UUID | None,
) -> tuple[EvaluationQuestion, set[str]]:
    """The question, and the sets that it changed: it may have been moved."""
    rows = EvaluationQuestion.objects.within(actor.organisation).filter(desk=adapter.desk)
    question = rows.select_for_update().one(pk=question_id) if question_id else EvaluationQuestion()
    sets = {question_set, question.question_set} - {""}
    question.organisation, question.desk, question.question_set = (
        actor.organisation,
        adapter.desk,
        question_set,
    )
    question.text, question.expected = text, dict(expected)
    others = rows.filter(question_set=question_set).exclude(pk=question.pk)
    reason: Text = ""
    if others.filter(text=text).exists():
        reason = _("This question already exists. Edit it there.")
    elif question._state.adding and others.count() >= MAX_QUESTIONS:
        reason = _("The limit of 500 questions is reached. Delete one first.")
    if reason:
        raise InvalidInput(reason, code="question_unusable", fields={"text": [reason]})
    question.save()
    audit.record(actor, action="evaluation_question.saved", target=question)
    return question, sets


@for_managers
@transaction.atomic
def delete_question(actor: Actor, question: EvaluationQuestion) -> None:
    """Its answers of earlier runs stay readable."""
    audit.record(actor, action="evaluation_question.deleted", target=question)
    question.delete()
    versions.count_up(actor.organisation, question.desk, question.question_set)


def delete_question_sets(desk: str, organisation_id: UUID, question_set: str) -> None:
    """Deletes questions with their runs: what the questions were kept for is gone, and with it whoever could ask for a
    line in the trail.
    """
    for model in (EvaluationRun, EvaluationQuestion, EvaluationSetVersion):
        model.objects.within(organisation_id).filter(desk=desk, question_set=question_set).delete()


@for_managers
@transaction.atomic
def import_questions(
    actor: Actor, *, adapter: Adapter, question_set: str, content: bytes, task: bytes = b""
) -> tables.TableImport:
    """How many were saved; a question that the set has is changed, and all of it is one new version. `task`: the file that
    says what the documents in `content` mean. Raises InvalidInput with each wrong row.
    """
    questions = selectors.questions(adapter, actor.organisation).filter(question_set=question_set)
    known = dict(questions.values_list("text", "pk"))
    table, cells_of = question_files.read(adapter, content, task)

    def save(row: dict[str, str]) -> None:
        cells = cells_of(row)
        fields = {"question_set": question_set, "text": cells["question"]}
        fields |= adapter.fields(actor.organisation, cells)
        form = adapter.question_form(fields, adapter=adapter, organisation=actor.organisation)
        known_id = known.get(cells["question"])
        _store_question(actor, adapter=adapter, question_id=known_id, **validated_fields(form))

    imported = tables.save_all(table, save, code=question_files.CODE, organisation_id=actor.organisation.pk)
    versions.count_up(actor.organisation, adapter.desk, question_set)
    return imported


@for_managers
@transaction.atomic
def add_ready_questions(actor: Actor, *, adapter: Adapter, question_set: str) -> int:
    """How many were added: those that come along and that the set lacks. All of it is one new version. Raises Conflict
    where the set has all, and InvalidInput where it is full.
    """
    new = selectors.lacking_questions(adapter, actor.organisation, question_set)
    if not new:
        raise Conflict(_("This set has all ready questions already."), code="no_ready_questions")
    for ready in new:
        fields = {"question_set": question_set, **ready}
        form = adapter.question_form(fields, adapter=adapter, organisation=actor.organisation)
        _store_question(actor, adapter=adapter, question_id=None, **validated_fields(form))
    versions.count_up(actor.organisation, adapter.desk, question_set)
    return len(new)


@for_managers
@transaction.atomic
def start_runs(
    actor: Actor,
    *,
    adapter: Adapter,
    question_set: str,
    endpoints: Sequence[Endpoint],
    settings: RunSettings,
) -> list[EvaluationRun]:
    """A run of the same questions for each endpoint, all or none; of what answers now where none is named. Each is a job of
    its own: an endpoint that fails spoils no other's. Raises InvalidInput without questions.
    """
    questions = selectors.questions(adapter, actor.organisation).filter(question_set=question_set)
    total = questions.count()
    if not total:
        raise InvalidInput(_("No questions yet. Add some first."), code="no_questions")
    live, runs = adapter.live_options(actor.organisation, question_set), []
    chosen: Sequence[Endpoint | None] = endpoints or [None]
    for endpoint in chosen:
        named = [settings.label, str(endpoint.title)] if endpoint and len(endpoints) > 1 else [settings.label]
        run = EvaluationRun(
            organisation=actor.organisation,
            desk=adapter.desk,
            question_set=question_set,
            label=" · ".join(filter(None, named))[:120],
            member=actor.member,
            endpoint=endpoint,
            options=live | dict(settings.options),
            total=total,
        )
        run.is_draft = endpoint is not None or run.options != live
        run.job = jobs.create_job(
            actor,
            kind=adapter.job_type,
            inputs={
                "run_id": str(run.pk),
                "endpoint_id": str(endpoint.pk) if endpoint else None,
                **settings.limit.inputs,
            },
            subject=f"evaluation:{run.pk}",
        )
        run.save(force_insert=True)
        runs.append(run)
    return runs


@for_managers
def cancel_run(actor: Actor, run: EvaluationRun) -> None:
    """Raises Conflict when it is over."""
    jobs.cancel_job(run.job, requested_by=actor)


@for_managers
def continue_run(actor: Actor, run: EvaluationRun, *, limit: Limit | None = None) -> None:
    """Asks what was not asked before the run failed, was stopped or reached its limit, unless its job is gone. Raises
    Conflict where it did none of these.
    """
    if run.job:
        jobs.retry_job(run.job, requested_by=actor, inputs=limit.inputs if limit else {})


@for_managers
def apply_run(actor: Actor, run: EvaluationRun) -> None:
    run.adapter.apply(actor, run)


def ask_questions(
    job_run: JobRun,
    *,
    run_id: UUID,
    endpoint_id: str | None = None,
    max_tokens: int | None = None,
    max_cost: str | None = None,
) -> dict[str, Any]:
    """Asks what has no answer yet, so a killed worker costs one question. A repeated job makes a run of its own.

    Raises LimitReached once no further question fits into what the run may take, and Gone without the endpoint that was
    chosen: another one's answers would count as this one's.
    """
    require_endpoint(endpoint_id)
    run = _run_of_job(job_run, run_id)
    job_run.stage("asking")
    job_run.endpoint_id = run.endpoint_id
    questions = _questions_of_version(run)
    answered = set(run.answers.values_list("question", flat=True))
    unanswered = [question for question in questions if question.pk not in answered]
    # A run that ended at its limit counted only what was answered.
    EvaluationRun.objects.filter(pk=run.pk).update(total=len(questions))
    limit = Limit.of_inputs({"max_tokens": max_tokens, "max_cost": max_cost})
    budget = Budget(run, limit, answered=len(answered))
    # Nobody waits for a run: people who do find a place.
    limit_at_once = inference.at_once(run.organisation, run.adapter.at_once, endpoint=run.endpoint, spare=1)
    asked = job_run.at_once(partial(_ask, run, budget), unanswered, limit=limit_at_once)
    try:
        for number, _nothing in enumerate(asked, start=len(questions) - len(unanswered) + 1):
            job_run.progress(number, len(questions))
    except LimitReached:
        _sum_up(run)
        raise
    _sum_up(run)
    return {"run": str(run.pk), "passed": run.passed, "total": run.total}


def require_endpoint(endpoint_id: str | None) -> None:
    """That the endpoint which was chosen, where one was, is still there. Raises Gone."""
    if endpoint_id and not Endpoint.objects.filter(pk=endpoint_id).exists():
        raise Gone(_("The chosen model was removed. Start again with another one."))


def _sum_up(run: EvaluationRun) -> None:
    found = {**measures.who_answered(run.job_id), "total": run.answers.count()}
    EvaluationRun.objects.filter(pk=run.pk).update(**found)
    run.refresh_from_db()


@transaction.atomic
def _questions_of_version(run: EvaluationRun) -> list[EvaluationQuestion]:
    """What is to be asked. The run names the version that it begins with; one that goes on keeps it."""
    if not run.answers.exists():
        version = versions.count_up(run.organisation, run.desk, run.question_set)
        run.set_version, run.set_hash = version.number, version.content_hash
        run.save(update_fields=["set_version", "set_hash"])
    return list(selectors.questions(run.adapter, run.organisation).filter(question_set=run.question_set))


@transaction.atomic
def _run_of_job(job_run: JobRun, run_id: UUID) -> EvaluationRun:
    """The run of this very job, made anew from the first one when a schedule repeats it.

    A repetition tries what is live now; that of a draft the same draft.
    """
    runs = EvaluationRun.objects.within(job_run.actor.organisation).select_related("organisation")
    if run := runs.filter(job=job_run.job).first():
        return run
    first = runs.filter(pk=run_id).first()
    if first is None:
        raise NotFound(_("The run this schedule repeats was deleted. Delete the schedule too."))
    live = first.adapter.live_options(first.organisation, first.question_set)
    return EvaluationRun.objects.create(
        organisation=first.organisation,
        desk=first.desk,
        question_set=first.question_set,
        label=first.label,
        job=job_run.job,
        member=job_run.job.member,
        is_draft=first.is_draft,
        options=first.options if first.is_draft else live,
        endpoint=first.endpoint,
        total=first.total,
    )


def _ask(run: EvaluationRun, budget: Budget, job_run: JobRun, question: EvaluationQuestion) -> None:
    with budget.spending():
        started = time.monotonic()
        output = run.adapter.answer(job_run, run, question)
        seconds = round(time.monotonic() - started, 3)
    problems = run.adapter.grade(question, output)
    with transaction.atomic():
        if not EvaluationQuestion.objects.select_for_update().filter(pk=question.pk).exists():
            return  # deleted while it was asked
        EvaluationAnswer.objects.create(
            organisation=run.organisation,
            run=run,
            question=question,
            question_text=question.text,
            expected=question.expected,
            text=output.text,
            details=dict(output.details),
            is_passed=not problems,
            problems=[asdict(problem) for problem in problems],
            seconds=seconds,
        )
        if not problems:
            EvaluationRun.objects.filter(pk=run.pk).update(passed=F("passed") + 1)
