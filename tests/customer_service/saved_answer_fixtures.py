"""Saved answers, and the run of a job that asks for one."""

from typing import Any

from apps.accounts.actors import Actor
from apps.core import ttl_cache
from apps.customer_service.conversations import selectors
from apps.customer_service.conversations.services import ReceivedMessage
from apps.customer_service.saved_answers import matching
from apps.customer_service.saved_answers import services as saved_answers
from apps.customer_service.saved_answers.models import SavedAnswer
from apps.customer_service.saved_answers.services import Content
from apps.jobs import lifecycle, runs
from apps.jobs.models import Job
from apps.jobs.runs import JobRun


def curate(actor: Actor, *questions: str, answer: str = "30 days.", **fields: Any) -> SavedAnswer:
    content = Content(questions=questions, answer=answer, **{"language": "en", **fields})
    return saved_answers.save_saved_answer(actor, content)


def embed_all(actor: Actor) -> Job:
    """What the worker does with the job that a change asks for."""
    job = Job.objects.within(actor.organisation).filter(kind="customer_service.embed_curated_answers").first()
    assert job
    runs.execute(job.pk)
    ttl_cache.clear_all()
    return Job.objects.get(pk=job.pk)


def run_of(received: ReceivedMessage) -> JobRun:
    assert received.job
    job = lifecycle.claim(str(received.job.pk))
    assert job
    return JobRun(job)


def answer_to(received: ReceivedMessage) -> SavedAnswer | None:
    exchange = selectors.exchange(received.conversation.pk)
    assert exchange
    return matching.matching_answer(run_of(received), exchange)
