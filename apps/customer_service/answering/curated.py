"""Curated answers: is the question one that a person has answered for good?"""

from apps.customer_service.conversations.selectors import Exchange
from apps.customer_service.models import CuratedAnswer
from apps.jobs.runs import JobRun


def matching_answer(run: JobRun, exchange: Exchange) -> CuratedAnswer | None:
    return None
