"""A model says which of two answers is better, asked in both orders: a preference that depends on the order is none.

It is an opinion. The rule's verdict, and what people said, stay as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.core.errors import InvalidInput
from apps.core.models import OrganisationQuerySet
from apps.evaluation import adapters, measures, selectors
from apps.evaluation.adapters import Adapter, for_managers
from apps.evaluation.models import (
    EvaluationAnswer,
    EvaluationJudgement,
    EvaluationRun,
    EvaluationVerdict,
)
from apps.evaluation.opinions.schemas import JudgesOpinion
from apps.evaluation.services import require_endpoint
from apps.inference import prompts, services
from apps.inference import selectors as inference
from apps.inference.models import Endpoint, Purpose
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType
from apps.jobs.runs import JobRun
from apps.jobs.subjects import JobRequest, Subject
from llm_backend.errors import ContextTooLong, ModelRefusedContent, OutputInvalid, RunawayOutput

PROMPT = Path(__file__).with_name("prompts") / "judge_answers.md"
SUBJECT = "evaluation_judgement"
AT_ONCE = 4
# What says something of the judge: the pair stays without a verdict, and the rest is judged.
NO_OPINION = (ContextTooLong, ModelRefusedContent, OutputInvalid, RunawayOutput)
Preference = EvaluationVerdict.Preference


def _holders_of(kind: str) -> Any:
    """Of the jobs about a desk's runs, those who hold the desk's own permission reach them."""

    def rule(actor: Actor) -> Q | None:
        names = [each.desk for each in adapters.all_adapters() if actor.may(getattr(each, kind))]
        reached = Q(subject__in=[])
        for name in names:
            reached |= Q(subject__startswith=f"{SUBJECT}/{name}:")
        return reached if names else None

    return rule


def _subjects(actor: Actor, asked: list[JobRequest]) -> Mapping[UUID, Subject]:
    ids = {each.job_id: UUID(each.subject_id) for each in asked}
    rows = EvaluationJudgement.objects.within(actor.organisation).select_related("run")
    found = rows.in_bulk(set(ids.values()))
    return {
        job_id: Subject(f"{found[key].run} · {found[key]}", found[key].adapter.url("judgement", key))
        for job_id, key in ids.items()
        if key in found
    }


JUDGE_ANSWERS = JobType(
    "evaluation.judge_answers",
    queue="batch",
    label=_("Have answers judged"),
    stages={"judging": _("Judging")},
    may_see=_holders_of("view_permission"),
    may_cancel=_holders_of("manage_permission"),
    subject=_subjects,
)


@dataclass(frozen=True)
class Contest:
    """Two texts to choose from. Without another answer the second one is the right text that is expected."""

    answer: EvaluationAnswer
    other: EvaluationAnswer | None
    other_text: str


def judgement_list(organisation: Organisation, adapter: Adapter) -> OrganisationQuerySet[EvaluationJudgement]:
    """Newest first."""
    rows = EvaluationJudgement.objects.within(organisation).filter(desk=adapter.desk)
    return rows.select_related("job", "endpoint", "organisation", "run", "other_run").order_by("-id")


def judgements_of(run: EvaluationRun) -> OrganisationQuerySet[EvaluationJudgement]:
    rows = judgement_list(run.organisation, run.adapter)
    return rows.filter(Q(run=run) | Q(other_run=run))


def contests(run: EvaluationRun, other_run: EvaluationRun | None) -> list[Contest]:
    """Of questions with two different texts: between equal ones nothing is to be chosen. Without another run those whose
    right answer is a text: a label, a rule or a test is no answer that another could be better than.
    """
    answers = selectors.answers_with_expectations(run)
    if other_run is None:
        field = run.adapter.expected_field(run.question_set)
        kept = [(each, each.expected.get(field)) for each in answers if each.expected]
        found = [Contest(answer, None, str(text)) for answer, text in kept if text]
    else:
        others = {each.question_id or each.question_text: each for each in other_run.answers.all()}
        pairs = [(each, others.get(each.question_id or each.question_text)) for each in answers]
        found = [Contest(answer, other, other.text) for answer, other in pairs if other]
    return [each for each in found if each.other_text and each.other_text != each.answer.text]


@for_managers
@transaction.atomic
def start_judgement(
    actor: Actor,
    *,
    adapter: Adapter,
    run: EvaluationRun,
    other_run: EvaluationRun | None = None,
    endpoint: Endpoint | None = None,
) -> EvaluationJudgement:
    """Asks a judge about each pair of answers, in a job. Raises InvalidInput where nothing can be judged."""
    if other_run and (other_run.question_set != run.question_set or other_run == run):
        raise InvalidInput(_("Choose another run of the same questions."), code="not_comparable")
    total = len(contests(run, other_run))
    if not total:
        reason = (
            _("There is nothing to judge: no question has two different texts.")
            if other_run
            else _("There is nothing to judge: what these questions expect is no text. Choose another run.")
        )
        raise InvalidInput(reason, code="nothing_to_judge")
    judgement = EvaluationJudgement(
        organisation=actor.organisation,
        desk=adapter.desk,
        question_set=run.question_set,
        run=run,
        other_run=other_run,
        endpoint=endpoint,
        member=actor.member,
        total=total,
    )
    judgement.job = jobs.create_job(
        actor,
        kind=JUDGE_ANSWERS,
        inputs={
            "judgement_id": str(judgement.pk),
            "endpoint_id": str(endpoint.pk) if endpoint else None,
        },
        subject=f"{SUBJECT}/{adapter.desk}:{judgement.pk}",
    )
    judgement.save(force_insert=True)
    return judgement


@for_managers
def cancel_judgement(actor: Actor, judgement: EvaluationJudgement) -> None:
    """Raises Conflict when it is over."""
    jobs.cancel_job(judgement.job, requested_by=actor)


@for_managers
def continue_judgement(actor: Actor, judgement: EvaluationJudgement) -> None:
    """Has the rest judged, unless the job is gone. Raises Conflict where it has not failed and was not stopped."""
    if judgement.job:
        jobs.retry_job(judgement.job, requested_by=actor)


@JUDGE_ANSWERS.service
def judge_answers(job_run: JobRun, *, judgement_id: UUID, endpoint_id: str | None = None) -> dict[str, Any]:
    """Judges what has no verdict yet, so a killed worker costs one pair. Raises Gone without the judge that was chosen."""
    require_endpoint(endpoint_id)
    rows = EvaluationJudgement.objects.within(job_run.actor.organisation).select_related("run", "other_run")
    judgement = rows.one(pk=judgement_id)
    job_run.stage("judging")
    job_run.endpoint_id = judgement.endpoint_id
    judged = set(judgement.verdicts.values_list("answer", flat=True))
    left = [each for each in contests(judgement.run, judgement.other_run) if each.answer.pk not in judged]
    limit = inference.at_once(judgement.organisation, AT_ONCE, endpoint=judgement.endpoint, spare=1)
    total = len(judged) + len(left)
    for number, _nothing in enumerate(
        job_run.at_once(partial(_judge, judgement), left, limit=limit), start=len(judged) + 1
    ):
        job_run.progress(number, total)
    found = {**measures.who_answered(judgement.job_id), "total": judgement.verdicts.count()}
    EvaluationJudgement.objects.filter(pk=judgement.pk).update(**found)
    return {"judgement": str(judgement.pk), "total": found["total"]}


def _judge(judgement: EvaluationJudgement, job_run: JobRun, contest: Contest) -> None:
    """Asks twice: whoever always takes the first says the opposite the second time."""
    texts = contest.answer.text, contest.other_text
    # Beside another answer the judge is told what is expected; where that is the other text itself, it is not.
    expected = "\n".join(contest.answer.expectations) if contest.other else ""
    ask = partial(_opinion, judgement, job_run, question=contest.answer.question_text, expected=expected)
    try:
        opinions = ask(first=texts[0], second=texts[1]), ask(first=texts[1], second=texts[0])
    except NO_OPINION:
        preferences, reasons = ("", ""), []
    else:
        in_order = {"first": Preference.ANSWER, "second": Preference.OTHER, "neither": Preference.EQUAL}
        swapped = {"first": Preference.OTHER, "second": Preference.ANSWER, "neither": Preference.EQUAL}
        preferences = in_order[opinions[0].better].value, swapped[opinions[1].better].value
        reasons = [each.reason for each in opinions]
    with transaction.atomic():
        if not EvaluationAnswer.objects.select_for_update().filter(pk=contest.answer.pk).exists():
            return  # erased while it was judged
        EvaluationVerdict.objects.create(
            organisation=judgement.organisation,
            judgement=judgement,
            answer=contest.answer,
            other_answer=contest.other,
            in_order=preferences[0],
            swapped=preferences[1],
            reasons=reasons,
        )


def _opinion(judgement: EvaluationJudgement, job_run: JobRun, **values: str) -> JudgesOpinion:
    prompt = prompts.load(judgement.organisation, PROMPT)
    return services.extract(job_run, prompt.render(**values), JudgesOpinion, purpose=Purpose.CHAT)
