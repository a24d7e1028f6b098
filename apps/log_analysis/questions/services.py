"""Asking in plain words: rules read the question at once, a job asks a model for what they leave; it fills the form of
records.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.core.errors import LimitExceeded, ServiceUnavailable
from apps.dashboards.rollups.selectors import time_zone
from apps.inference import prompts
from apps.inference import services as inference
from apps.inference.models import Purpose
from apps.inference.selectors import candidates
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType
from apps.jobs.runs import JobRun
from apps.jobs.subjects import LONGEST_TEXT, JobRequest, Subject, of_rows
from apps.log_analysis.questions.models import RecordQuestion
from apps.log_analysis.questions.reading import QuestionReading
from apps.log_analysis.questions.schemas import answer_schema
from apps.log_analysis.questions.selectors import own_questions, vocabulary
from apps.log_analysis.records.forms import CountForm
from apps.log_analysis.records.ingestion import masked_text
from llm_backend.errors import ModelError, ModelsAway

PROMPT = Path(__file__).parent / "prompts" / "read_question.md"
# As many names as a small model reads.
MAX_PROMPT_SERVICES = 40
# The rules' reading stands, then.
AWAY = (ModelError, ServiceUnavailable, LimitExceeded)


def _who_asked(actor: Actor) -> Q | None:
    """A question is read by whoever asked it, and so is its job."""
    if not actor.may("logs.view"):
        return None
    return Q(member=actor.member) if actor.member else Q(api_key=actor.api_key, member=None)


def _of_questions(actor: Actor, asked: list[JobRequest]) -> Mapping[UUID, Subject]:
    """What a member looks for is told to nobody else."""
    rows = of_rows(
        lambda _organisation: own_questions(actor),
        lambda question: Subject(
            question.text[:LONGEST_TEXT], reverse("log_analysis:record_question", args=[question.pk])
        ),
        permission="logs.view",
    )
    return rows(actor, asked)


READ_QUESTION = JobType(
    "log_analysis.read_question",
    queue="interactive",
    label=_("Interpret a question about logs"),
    stages={"reading": _("Reading")},
    may_see=_who_asked,
    subject=_of_questions,
    is_sealed=True,
)


@requires_permission("logs.view")
def ask(actor: Actor, *, text: str) -> RecordQuestion:
    """Reads the question by rules, at once; words that they leave are a job's, which asks a model.

    What is masked in records is masked in it, so that it is found.
    """
    masked = masked_text(actor.organisation.pk, text)
    question = RecordQuestion(
        organisation=actor.organisation, text=masked, member=actor.member, api_key=actor.api_key
    )
    reading = _read_by_rules(question)
    _take_reading(question, reading)
    with transaction.atomic():
        if reading.is_supported and reading.unknown_words():
            _leave_to_model(actor, question)
        question.save()
    return question


@READ_QUESTION.service
def read_question(run: JobRun, *, record_question_id: str) -> dict[str, Any]:
    """Asks a model for the words that the rules left; its answer may narrow their filter, and changes nothing in it."""
    organisation = run.job.organisation
    question = RecordQuestion.objects.within(organisation).one(pk=record_question_id)
    run.stage("reading")
    reading = _read_by_rules(question)
    before, error = dict(reading.filters), ""
    services = reading.vocabulary.services[:MAX_PROMPT_SERVICES]
    prompt = prompts.load(organisation, PROMPT).render(
        question=question.text, words=", ".join(reading.unknown_words()), services=", ".join(services)
    )
    try:
        reading.take_answer(inference.extract(run, prompt, answer_schema(services)))
    except AWAY as away:
        error = away.code
    run.check()
    reading.read_templates()
    _drop_refused(question, reading)
    result = {
        "understood": len(reading.understood),
        "left_out": len(reading.left_out),
        "is_narrower": reading.filters != before,
    }
    with run.finishing(result):
        _take_reading(question, reading)
        question.model_error = error
        question.save()
    return result


def _read_by_rules(question: RecordQuestion) -> QuestionReading:
    """On the clocks of the organisation."""
    organisation = question.organisation
    now = timezone.localtime(question.created_at, ZoneInfo(time_zone(organisation.pk)))
    reading = QuestionReading(question.text, vocabulary(organisation), now)
    reading.read_by_rules()
    reading.read_templates()
    _drop_refused(question, reading)
    return reading


def _drop_refused(question: RecordQuestion, reading: QuestionReading) -> None:
    for name in CountForm(question.organisation, reading.filters).errors:
        reading.drop(name)


def _take_reading(question: RecordQuestion, reading: QuestionReading) -> None:
    question.filters, question.understood = reading.filters, reading.understood
    question.left_out = reading.left_out


def _leave_to_model(actor: Actor, question: RecordQuestion) -> None:
    """By a job; where none can be asked, the question says why, and what the rules read stands."""
    if not candidates(actor.organisation, Purpose.EXTRACTION):
        question.model_error = ModelsAway.code
        return
    try:
        question.job = jobs.create_job(
            actor,
            kind=READ_QUESTION,
            inputs={"record_question_id": str(question.pk)},
            subject=f"record_question:{question.pk}",
        )
    except AWAY as away:
        question.model_error = away.code
