"""Asking in plain words: the question is kept, a job reads it, what it became fills the form of records."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.db import transaction
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.core.errors import LimitExceeded, ServiceUnavailable
from apps.inference import prompts, quotas
from apps.inference import services as inference
from apps.jobs import lifecycle
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.jobs.runs import JobRun
from apps.log_analysis import job_types
from apps.log_analysis.questions.models import RecordQuestion
from apps.log_analysis.questions.reading import QuestionReading
from apps.log_analysis.questions.schemas import answer_schema
from apps.log_analysis.questions.selectors import vocabulary
from apps.log_analysis.records.forms import RecordFilterForm
from apps.log_analysis.records.ingestion import masking_key
from apps.privacy import retention
from llm_backend.errors import ModelError
from logmining import secrets

PROMPT = Path(__file__).parent / "prompts" / "read_question.md"
KEEP = timedelta(days=1)
# As many names as a small model reads.
MAX_PROMPT_SERVICES = 40
# The rules' reading stands, then.
AWAY = (ModelError, ServiceUnavailable, LimitExceeded)


@transaction.atomic
def ask(actor: Actor, *, text: str) -> RecordQuestion:
    """A job reads the question. What is masked in records is masked in it, so that it is found. Raises QuotaExceeded."""
    quotas.admit(actor)
    masked = secrets.mask(pa.array([text]), masking_key(actor.organisation.pk))[0].as_py()
    question = RecordQuestion(
        organisation=actor.organisation, text=masked, member=actor.member, api_key=actor.api_key
    )
    question.job = jobs.create_job(
        actor,
        kind=job_types.READ_QUESTION,
        inputs={"record_question_id": str(question.pk)},
        subject=f"record_question:{question.pk}",
    )
    question.save()
    return question


def read_question(run: JobRun, *, record_question_id: str) -> dict[str, Any]:
    """Reads it by rules, and asks a model for the words that they leave; without one the rules' reading stands."""
    organisation = run.job.organisation
    question = RecordQuestion.objects.within(organisation).one(pk=record_question_id)
    run.stage("reading")
    names = vocabulary(organisation)
    reading = QuestionReading(question.text, names, timezone.localtime())
    reading.read_by_rules()
    error = ""
    if unknown := reading.unknown_words():
        services = names.services[:MAX_PROMPT_SERVICES]
        prompt = prompts.load(organisation, PROMPT).render(
            question=question.text, words=", ".join(unknown), services=", ".join(services)
        )
        try:
            reading.take_answer(inference.extract(run, prompt, answer_schema(services)))
        except AWAY as away:
            error = away.code
    run.check()
    reading.read_templates()
    for name in RecordFilterForm(organisation, reading.filters).errors:
        reading.drop(name)
    result = {"understood": len(reading.understood), "left_out": len(reading.left_out)}
    with run.finishing(result):
        question.filters, question.understood = reading.filters, reading.understood
        question.left_out, question.model_error = reading.left_out, error
        question.save()
    return result


def drop_old_questions() -> None:
    """Deletes old questions with what their jobs hold."""
    old = RecordQuestion.objects.filter(created_at__lt=timezone.now() - KEEP)

    def sweep(organisation: Organisation) -> None:
        rows = old.within(organisation)
        lifecycle.erase(Job.objects.filter(pk__in=rows.exclude(job=None).values("job")))
        rows.delete()

    retention.sweep_each(old, sweep, name="questions")
