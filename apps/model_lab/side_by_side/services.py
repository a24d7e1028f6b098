"""One question put to several endpoints, each of which answers in a job of its own; and the vote on two without names."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from random import SystemRandom
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, own_rows, requires_permission
from apps.audit import services as audit
from apps.core.errors import Conflict, Gone, InvalidInput
from apps.core.models import new_id
from apps.inference.models import Endpoint
from apps.inference.services import Message
from apps.inference.streamed_answers import StreamedAnswer, WatchedQuestion, answer_metrics
from apps.jobs import lifecycle
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType
from apps.jobs.models import Job
from apps.jobs.runs import JobCancelled, JobRun
from apps.jobs.subjects import Subject, of_rows
from apps.model_lab.side_by_side import selectors
from apps.model_lab.side_by_side.models import ArenaVote, ComparedAnswer, ModelComparison
from domain.exams.model_names import tells_name, tells_title
from llm_backend.errors import ModelError

USE = "inference.use"
PROMPT_NAME = "model_lab/side_by_side"
MIN_ENDPOINTS, MAX_ENDPOINTS = 2, 5
MAX_COMPARISONS = 5_000
_chance = SystemRandom()

ANSWER_SIDE_BY_SIDE = JobType(
    "model_lab.answer_side_by_side",
    queue="interactive",
    label=_("Answer side by side"),
    # One for a worker that stops, or an endpoint that restarts.
    max_attempts=2,
    may_see=lambda actor: own_rows(actor) if actor.may(USE) else None,
    # Its question, and never its endpoint: lists of jobs are read before the vote.
    subject=of_rows(
        lambda organisation: ComparedAnswer.objects.within(organisation).select_related("comparison"),
        lambda answer: Subject(str(answer.comparison), answer.get_absolute_url()),
    ),
    is_sealed=True,
    is_announced_by_desk=True,
)


@dataclass(frozen=True)
class ComparedQuestion:
    """`endpoints`: two to five that answer; of a blind question those of which two are drawn, all where none is named."""

    prompt: str
    endpoints: Sequence[UUID] = ()
    system: str = ""
    temperature: float = 0.2
    max_tokens: int | None = None
    is_blind: bool = False


@requires_permission(USE)
@transaction.atomic
def ask_side_by_side(actor: Actor, question: ComparedQuestion) -> ModelComparison:
    """Orders one answer of each endpoint. Raises InvalidInput, Conflict for too many, and QuotaExceeded."""
    if selectors.comparison_list(actor).count() >= MAX_COMPARISONS:
        raise Conflict(_("You have reached the limit of comparisons. Delete some first."))
    chosen = _chosen_endpoints(actor, question)
    comparison = ModelComparison(
        organisation=actor.organisation,
        member=actor.member,
        api_key=actor.api_key,
        prompt=question.prompt,
        system=question.system,
        temperature=question.temperature,
        max_tokens=question.max_tokens,
        pool=[str(each) for each in dict.fromkeys(question.endpoints)],
        is_blind=question.is_blind,
    )
    comparison.save(force_insert=True)
    for place, endpoint in enumerate(chosen):
        answer = ComparedAnswer(
            id=new_id(),
            organisation=actor.organisation,
            comparison=comparison,
            place=place,
            endpoint=endpoint,
            name=str(endpoint.title),
            model=endpoint.model,
        )
        answer.job = jobs.create_row_job(actor, ANSWER_SIDE_BY_SIDE, answer)
        answer.save(force_insert=True)
    return comparison


@requires_permission(USE)
def ask_again(actor: Actor, comparison: ModelComparison) -> ModelComparison:
    """The same question to the same endpoints; of a blind one two are drawn anew. Raises as `ask_side_by_side` does."""
    question = ComparedQuestion(
        comparison.prompt,
        [UUID(each) for each in comparison.pool],
        comparison.system,
        comparison.temperature,
        comparison.max_tokens,
        comparison.is_blind,
    )
    return ask_side_by_side(actor, question)


@requires_permission(USE)
def stop_answer(actor: Actor, answer: ComparedAnswer) -> None:
    """What was written so far stays. Raises Conflict where it has ended already."""
    jobs.cancel_job(answer.job)


@requires_permission(USE)
def stop_all(actor: Actor, comparison: ModelComparison) -> None:
    """All answers that are still being written."""
    for answer in selectors.answers_of(comparison):
        if answer.job and not answer.job.is_terminal:
            jobs.cancel_if_running(answer.job)


@requires_permission(USE)
@transaction.atomic
def show_names(actor: Actor, comparison: ModelComparison) -> None:
    """Before the vote, which then does not count."""
    locked = _locked(comparison)
    if not locked.shows_names:
        locked.names_shown_at = timezone.now()
        locked.save(update_fields=["names_shown_at"])


@requires_permission(USE)
@transaction.atomic
def cast_vote(actor: Actor, comparison: ModelComparison, *, vote: str) -> ModelComparison:
    """One for each comparison, never changed. It counts where no name was seen before. Raises Conflict."""
    locked = _locked(comparison)
    if not locked.is_blind:
        raise Conflict(_("Only answers without names are voted on. Ask with the names hidden."))
    if locked.vote:
        raise Conflict(_("You have already voted on this question. A vote cannot be changed."))
    answers = selectors.answers_of(locked)
    if any(answer.is_under_way for answer in answers):
        raise Conflict(_("Wait until both answers are there, then vote."))
    if not all(answer.is_whole for answer in answers):
        raise Conflict(_("One of the models gave no answer, so there is nothing to vote on. Ask again."))
    locked.vote = vote
    locked.is_counted = locked.names_shown_at is None and not _gives_itself_away(answers)
    locked.save(update_fields=["vote", "is_counted"])
    if locked.is_counted:
        first, second = answers
        ArenaVote.objects.create(
            organisation=actor.organisation, first=first.model, second=second.model, vote=vote
        )
    return locked


@requires_permission(USE)
@transaction.atomic
def delete_comparison(actor: Actor, comparison: ModelComparison) -> None:
    """With its answers; those under way are stopped. What was voted stays counted."""
    audit.record(actor, action="model_comparison.deleted", target=comparison)
    erase_comparisons([comparison])


def erase_comparisons(comparisons: Sequence[ModelComparison]) -> None:
    """Inside the caller's transaction."""
    answers = ComparedAnswer.objects.filter(comparison__in=comparisons)
    lifecycle.erase(Job.objects.filter(pk__in=answers.exclude(job=None).values("job")))
    ModelComparison.objects.filter(pk__in=[each.pk for each in comparisons]).delete()


@ANSWER_SIDE_BY_SIDE.service
def answer_side_by_side(run: JobRun, *, compared_answer_id: UUID) -> dict[str, Any]:
    """Streams what the endpoint writes; text and metrics stay in the row: the job's result would tell how fast it was.

    What was written before it failed or was stopped stays, too.
    """
    rows = ComparedAnswer.objects.within(run.job.organisation).select_related("comparison", "endpoint")
    answer = rows.filter(pk=compared_answer_id).first()
    if answer is None:
        raise JobCancelled
    run.actor_today().require(USE)
    endpoint, comparison = answer.endpoint, answer.comparison
    if endpoint is None:
        raise Gone(_("The endpoint was removed before it could answer."))
    system = [Message(role="system", content=comparison.system)] if comparison.system else []
    question = WatchedQuestion(
        [*system, Message(role="user", content=comparison.prompt)],
        PROMPT_NAME,
        temperature=comparison.temperature,
        max_tokens=comparison.max_tokens,
        # That a model thinks aloud, and how it calls itself then, would give it away.
        shows_thoughts=not comparison.is_blind,
    )
    streamed = StreamedAnswer(run, endpoint, question)
    try:
        completion = streamed.write()
    except (ModelError, JobCancelled):
        answer.text = streamed.text
        if answer.text and ComparedAnswer.objects.filter(pk=answer.pk).exists():
            answer.save(update_fields=["text"])
        raise
    answer.text = completion.text
    answer.metrics = answer_metrics(endpoint, completion) | {"characters": len(completion.text)}
    with run.finishing({}):
        if not ComparedAnswer.objects.select_for_update().filter(pk=answer.pk).exists():
            raise JobCancelled
        answer.save(update_fields=["text", "metrics"])
    return {}


def _locked(comparison: ModelComparison) -> ModelComparison:
    """Two tabs of one member vote one after the other. Raises NotFound."""
    rows = ModelComparison.objects.within(comparison.organisation_id).select_for_update()
    return rows.one(pk=comparison.pk)


def _chosen_endpoints(actor: Actor, question: ComparedQuestion) -> list[Endpoint]:
    offered = {each.pk: each for each in selectors.offered_endpoints(actor.organisation)}
    named = list(dict.fromkeys(question.endpoints))
    if any(each not in offered for each in named):
        raise _not_these(_("One of these models is not offered. Choose among those of the list."))
    pool = [offered[each] for each in named]
    if question.is_blind:
        return _drawn(pool or list(offered.values()))
    if not MIN_ENDPOINTS <= len(pool) <= MAX_ENDPOINTS:
        raise _not_these(_("Choose two to five models."))
    return pool


def _drawn(pool: Sequence[Endpoint]) -> list[Endpoint]:
    """Two of different models, in an order that chance decides as well."""
    by_model = defaultdict(list)
    for endpoint in pool:
        by_model[endpoint.model].append(endpoint)
    if len(by_model) < MIN_ENDPOINTS:
        raise _not_these(_("A vote needs two different models. Choose more, or add an endpoint."))
    return [_chance.choice(by_model[model]) for model in _chance.sample(sorted(by_model), MIN_ENDPOINTS)]


def _not_these(reason: Any) -> InvalidInput:
    return InvalidInput(fields={"endpoints": [reason]})


def _gives_itself_away(answers: Sequence[ComparedAnswer]) -> bool:
    return any(
        tells_name(answer.text, asked.model) or tells_title(answer.text, asked.name)
        for answer in answers
        for asked in answers
    )
