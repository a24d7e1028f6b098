"""What a job is about, for people: words, and the page where it is. Each kind of job tells it of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.shortcuts import resolve_url
from django.urls import reverse

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.core.errors import Text

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
