"""Runs of a regression set: each question asked once, judged, and kept to compare with."""

import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.audit import services as audit
from apps.core.errors import Conflict, InvalidInput, NotFound, Text
from apps.customer_service import job_types
from apps.customer_service.answering import preview
from apps.customer_service.answering.preview import Changes
from apps.customer_service.answering.responses import Answer
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations.models import Turn
from apps.customer_service.handoff.models import Handoff
from apps.customer_service.regression import questions
from apps.customer_service.regression.grading import Given, judge
from apps.customer_service.regression.models import RegressionAnswer, RegressionQuestion, RegressionRun
from apps.inference import quotas
from apps.inference.models import Endpoint, InferenceCall, Purpose
from apps.jobs import services as jobs
from apps.jobs.runs import JobRun
from apps.knowledge.models import Collection, Passage
from llm_backend.errors import ModelsAway

LONGEST_INSTRUCTIONS = 2000


@transaction.atomic
def start_run(
    actor: Actor,
    *,
    channel: Channel,
    label: str = "",
    instructions: str | None = None,
    endpoint: Endpoint | None = None,
    collections: Sequence[Collection] = (),
) -> RegressionRun:
    """With what is live, or with draft instructions, another endpoint, other collections. A job asks the questions."""
    total = RegressionQuestion.objects.filter(channel=channel).count()
    _check(total, label, instructions)
    tried = channel.instructions if instructions is None else instructions.replace("\r\n", "\n").strip()
    is_draft = tried != channel.instructions or endpoint is not None or bool(collections)
    run = RegressionRun(
        organisation=actor.organisation,
        channel=channel,
        label=label.strip(),
        member=actor.member,
        is_draft=is_draft,
        instructions=tried,
        endpoint=endpoint,
        total=total,
    )
    quotas.admit(actor)
    run.job = jobs.create_job(
        actor,
        kind=job_types.RUN_REGRESSION,
        inputs={"run_id": str(run.pk)},
        subject=f"regression:{channel.pk}",
    )
    run.save(force_insert=True)
    run.collections.set(collections)
    return run


def run_regression(job_run: JobRun) -> dict[str, Any]:
    """Asks what has no answer yet, so a killed worker costs one question. A repeated job makes a run of its own."""
    run = _run_of(job_run)
    job_run.stage("asking")
    answered = set(run.answers.values_list("question", flat=True))
    asked = list(questions.question_list(run.organisation).filter(channel=run.channel))
    open_ones = [question for question in asked if question.pk not in answered]
    changes = Changes(run.instructions, tuple(run.collections.all()), run.endpoint_id)
    for number, question in enumerate(open_ones, start=len(asked) - len(open_ones)):
        job_run.check()
        job_run.progress(number, len(asked))
        _ask(job_run, run, question, changes)
    return _finished(run)


@transaction.atomic
def apply_instructions(actor: Actor, *, run_id: UUID) -> Channel:
    """What was tried goes live: the channel's instructions become those of the run."""
    run = RegressionRun.objects.within(actor.organisation).filter(pk=run_id).first()
    if run is None:
        raise NotFound
    channel = Channel.objects.within(actor.organisation).select_for_update().filter(pk=run.channel_id).first()
    if channel is None:
        raise NotFound
    if channel.instructions == run.instructions:
        raise Conflict(_("The channel has these instructions already."), code="nothing_to_apply")
    details = {"run": str(run.pk), "before": channel.instructions, "after": run.instructions}
    channel.instructions = run.instructions
    channel.save(update_fields=["instructions"])
    audit.record(actor, action="channel.instructions_applied", target=channel, details=details)
    return channel


def run_list(organisation: Organisation) -> QuerySet[RegressionRun]:
    return (
        RegressionRun.objects.within(organisation)
        .select_related("channel", "job", "member__user", "endpoint")
        .order_by("-created_at", "-id")
    )


def answers_of(run: RegressionRun) -> QuerySet[RegressionAnswer]:
    """What failed first."""
    return RegressionAnswer.objects.filter(run=run).select_related("question").order_by("is_passed", "id")


def _check(total: int, label: str, instructions: str | None) -> None:
    reasons: dict[str, list[Text]] = {}
    if not total:
        reasons["channel"] = [_("This channel has no questions yet. Write some first.")]
    if len(label) > 120:
        reasons["label"] = [_("The title has at most 120 characters.")]
    if instructions and len(instructions) > LONGEST_INSTRUCTIONS:
        reasons["instructions"] = [_("Instructions have at most 2000 characters.")]
    if reasons:
        raise InvalidInput(next(iter(reasons.values()))[0], fields=reasons)


def _run_of(job_run: JobRun) -> RegressionRun:
    """The run of this very job, made anew from the first one when a schedule repeats it."""
    runs = RegressionRun.objects.within(job_run.actor.organisation).select_related("channel", "organisation")
    own = runs.filter(job=job_run.job).first()
    if own:
        return own
    first = runs.filter(pk=job_run.inputs["run_id"]).first()
    if first is None:
        raise NotFound(_("The run that this repeats was deleted. Delete the schedule too."))
    return _repetition(job_run, first)


@transaction.atomic
def _repetition(job_run: JobRun, first: RegressionRun) -> RegressionRun:
    """A live one tries what is live now; a draft tries the same draft."""
    run = RegressionRun.objects.create(
        organisation=first.organisation,
        channel=first.channel,
        label=first.label,
        job=job_run.job,
        member=job_run.job.member,
        is_draft=first.is_draft,
        instructions=first.instructions if first.is_draft else first.channel.instructions,
        endpoint=first.endpoint,
        total=RegressionQuestion.objects.filter(channel=first.channel).count(),
    )
    run.collections.set(first.collections.all())
    return run


def _ask(job_run: JobRun, run: RegressionRun, question: RegressionQuestion, changes: Changes) -> None:
    started = time.monotonic()
    answer = preview.answer_question(job_run, channel=run.channel, question=question.text, changes=changes)
    seconds = round(time.monotonic() - started, 3)
    _check_model(answer)
    problems = judge(question, _given(answer))
    with transaction.atomic():
        if not RegressionQuestion.objects.select_for_update().filter(pk=question.pk).exists():
            return  # deleted while it was asked
        stored = RegressionAnswer(
            run=run,
            organisation=run.organisation,
            question=question,
            question_text=question.text,
            text=answer.checked.text,
            action=str(answer.action),
            is_unanswered=answer.is_unanswered,
            citations=[_citation(passage) for passage in answer.cited],
            unsupported_count=sum(not each.is_supported for each in answer.checked.sentences),
            is_passed=not problems,
            problems=[problem.body() for problem in problems],
            seconds=seconds,
        )
        stored.save(force_insert=True)
        if stored.is_passed:
            RegressionRun.objects.filter(pk=run.pk).update(passed=F("passed") + 1)


def _check_model(answer: Answer) -> None:
    """What was said in the place of a model that is away says nothing about it: the run waits and goes on."""
    is_away = answer.handoff is not None and answer.handoff.reason == Handoff.Reason.MODELS_AWAY
    if is_away or answer.source == Turn.Source.PASSAGES:
        raise ModelsAway("a question was answered without a model")


def _given(answer: Answer) -> Given:
    cited = Passage.objects.filter(pk__in=[passage.id for passage in answer.cited if passage.id])
    names = cited.values_list("document__collection", "document__file_name")
    documents = frozenset((str(collection), name) for collection, name in names)
    return Given(answer.checked.text, answer.is_unanswered, documents)


def _citation(passage: Any) -> dict[str, Any]:
    return {
        "number": passage.number,
        "passage": passage.id and str(passage.id),
        "document_title": passage.document_title,
        "heading": passage.heading,
    }


def _finished(run: RegressionRun) -> dict[str, Any]:
    """Which model and prompt answered is read from the ledger: what was really asked."""
    run.refresh_from_db()
    calls = InferenceCall.objects.filter(job=run.job_id, status=InferenceCall.Status.SUCCEEDED)
    last = calls.exclude(purpose__in=[Purpose.EMBEDDING, Purpose.SPEECH]).order_by("-id").first()
    if last:
        run.model, run.prompt_hash = last.model, last.prompt_hash
    run.total = run.answers.count()
    run.save(update_fields=["model", "prompt_hash", "total"])
    return {"run": str(run.pk), "passed": run.passed, "total": run.total}
