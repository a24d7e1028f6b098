"""What a job is about, for people: words, and the page where it is. Each desk tells it of its own kinds."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.shortcuts import resolve_url
from django.urls import reverse

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.core.errors import Text
from apps.jobs.models import Job

LONGEST_TEXT = 80

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class JobRequest:
    """What a job was made with."""

    job_id: UUID
    subject: str
    inputs: Mapping[str, Any]

    @property
    def subject_id(self) -> str:
        """The id in a subject such as “conversation:01a2…”."""
        return self.subject.partition(":")[2]


@dataclass(frozen=True)
class Subject:
    text: str
    url: str = ""


# Many jobs of one kind at once, so that a list costs no query for each of its rows.
Resolver = Callable[[Actor, list[JobRequest]], Mapping[UUID, Subject]]
_resolvers: dict[str, Resolver] = {}


def register(*kinds: str, resolver: Resolver) -> None:
    _resolvers.update(dict.fromkeys(kinds, resolver))


def named_row(row: Model) -> Subject:
    """Describes a row by its own name, with a page of its own."""
    return Subject(str(row)[:LONGEST_TEXT], resolve_url(row))


def of_rows(
    rows: Callable[[Organisation], QuerySet[Row]],
    describe: Callable[[Row], Subject] = named_row,
    *,
    input_name: str = "",
    permission: str = "",
) -> Resolver:
    """Resolves jobs that are about one row each: the row of their subject, or of the input with this name.

    `rows`: those of an organisation. Whoever lacks the permission is told nothing.
    """

    def resolve(actor: Actor, asked: list[JobRequest]) -> Mapping[UUID, Subject]:
        if permission and not actor.may(permission):
            return {}
        ids = {
            each.job_id: UUID(row_id)
            for each in asked
            if (row_id := each.inputs.get(input_name) if input_name else each.subject_id)
        }
        found = rows(actor.organisation).in_bulk(set(ids.values()))
        return {job_id: describe(found[row_id]) for job_id, row_id in ids.items() if row_id in found}

    return resolve


def page_of(label: Text, url_name: str) -> Resolver:
    """Resolves jobs about all of something to the page that lists it, and to what people call it."""
    return lambda _actor, asked: {each.job_id: Subject(str(label), reverse(url_name)) for each in asked}


def subjects_of(actor: Actor, jobs: Iterable[Job]) -> dict[UUID, Subject]:
    """Subjects by the job's id. A subject that nobody explains is shown as it is, unless it is an id."""
    by_id = {job.pk: job for job in jobs}
    by_resolver = defaultdict(list)
    for job_id, inputs in Job.objects.filter(pk__in=by_id).values_list("pk", "inputs"):
        by_resolver[_resolvers.get(by_id[job_id].kind)].append(
            JobRequest(job_id, by_id[job_id].subject, inputs)
        )
    subjects = {}
    for job in by_id.values():
        prefix, colon, key = job.subject.partition(":")
        is_id = bool(colon) and len(key) == len(str(job.pk)) and prefix.isidentifier()
        subjects[job.pk] = Subject("" if is_id else job.subject)
    for resolver, group in by_resolver.items():
        if resolver:
            subjects.update(resolver(actor, group))
    return subjects


def attach(actor: Actor, jobs: Iterable[Job]) -> None:
    """Sets `about` of each, for templates."""
    rows = list(jobs)
    subjects = subjects_of(actor, rows)
    for job in rows:
        job.about = subjects[job.pk]  # type: ignore[attr-defined]
