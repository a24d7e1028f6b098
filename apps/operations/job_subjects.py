from collections.abc import Mapping
from uuid import UUID

from apps.accounts.actors import Actor
from apps.jobs.subjects import JobRequest, Subject, register
from apps.operations.job_types import EXPORT_ORGANISATION


def of_organisation(actor: Actor, requests: list[JobRequest]) -> Mapping[UUID, Subject]:
    """An export is about the organisation whose job it is."""
    return {request.job_id: Subject(actor.organisation.name) for request in requests}


register(EXPORT_ORGANISATION.name, resolver=of_organisation)
