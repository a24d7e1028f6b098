"""Whose a question is, and what it can name: services, hosts and sources, words of templates, the last change."""

import logging
import time
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from apps.accounts.actors import Actor, own_rows
from apps.accounts.models import Organisation
from apps.core.errors import ApplicationError
from apps.core.models import OrganisationQuerySet
from apps.log_analysis.incidents.models import ChangeMarker
from apps.log_analysis.questions.models import RecordQuestion
from apps.log_analysis.records import selectors as records
from apps.log_analysis.records.storage import log_reader
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.templates import selectors as templates
from apps.log_analysis.templates.models import LogTemplate
from domain.logs.questions.log_terms import Term, find_phrase

logger = logging.getLogger(__name__)

MAX_NAMES = 500
MIN_WORD_CHARACTERS = 2
# Somebody waits: what is not known by then is not looked for among names.
MAX_NAMES_SECONDS = 1.0
MAX_HOLDING = 200


def own_questions(actor: Actor) -> OrganisationQuerySet[RecordQuestion]:
    """What the member, or the key, asked: what somebody looks for is nobody else's business."""
    rows = RecordQuestion.objects.within(actor.organisation).select_related("job")
    return rows.filter(own_rows(actor))


@dataclass(frozen=True)
class Vocabulary:
    """Names in the records of an organisation, the most frequent first. `sources`: their keys by name."""

    organisation: Organisation
    services: list[str] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    span: tuple[datetime, datetime] | None = None

    def holding(self, phrase: str) -> dict[UUID, tuple[LogTemplate, str]]:
        """Templates with this phrase in whole words, each with how it writes it; the most frequent first."""
        stem = phrase.removeprefix("*")
        if stem.isascii() and len(stem) > 4:
            stem = stem.removesuffix("s")
        if len(stem) < MIN_WORD_CHARACTERS:
            return {}
        rows = templates.template_list(self.organisation).filter(text__icontains=stem)[:MAX_HOLDING]
        mark = "*" if phrase.startswith("*") else ""
        spellings = ((row, find_phrase(mark + stem, row.text)) for row in rows)
        return {row.pk: (row, spelling) for row, spelling in spellings if spelling}

    def templates_of(self, term: Term, source: str | None) -> dict[UUID, tuple[LogTemplate, str]]:
        """Those that say what the term means, in one source or in all."""
        held: dict[UUID, tuple[LogTemplate, str]] = {}
        for phrase in term.phrases:
            done = {row.source_id for row, _spelling in held.values()} if term.is_first else set()
            for key, (row, spelling) in self.holding(phrase).items():
                if row.source_id not in done and source in (None, str(row.source_id)):
                    held.setdefault(key, (row, spelling))
        return held

    def is_only_in(self, spelling: str, rows: list[LogTemplate]) -> bool:
        """Whether these templates hold it, letter by letter, and no other does: “ip” stands in “receipt”, too."""
        if not all(spelling in row.text for row in rows):
            return False
        others = templates.template_list(self.organisation).filter(text__contains=spelling)
        return not others.exclude(pk__in=[row.pk for row in rows]).exists()

    def recorded_days(self, now: datetime) -> tuple[date | None, date | None]:
        """Of the first and the last record, on the clocks of `now`."""
        if not self.span:
            return None, None
        first, last = (moment.astimezone(now.tzinfo).date() for moment in self.span)
        return first, last

    def last_change(self, services: list[str], *, until: datetime) -> datetime | None:
        """When one of these services was changed last, or anything where none of them ever was."""
        rows = ChangeMarker.objects.within(self.organisation).filter(happened_at__lte=until)
        own = rows.filter(service__in=services).order_by("-happened_at").first() if services else None
        row = own or rows.order_by("-happened_at").first()
        return row.happened_at if row else None


def vocabulary(organisation: Organisation) -> Vocabulary:
    """Without the names in records where the store does not answer in time."""
    filters = records.filters_within(organisation, {})
    sources = {source.name: source for source in LogSource.objects.within(organisation)}
    services, hosts = [], []
    deadline = time.monotonic() + MAX_NAMES_SECONDS
    try:
        with records.query_errors():
            services = log_reader().values(filters, "service", MAX_NAMES, deadline=deadline)
            hosts = log_reader().values(filters, "host", MAX_NAMES, deadline=deadline)
    except ApplicationError as error:
        logger.warning("names in records are not known: %s", error.code)
    services += sorted({source.service for source in sources.values()} - {"", *services})
    keys = {name: str(each.pk) for name, each in sources.items()}
    return Vocabulary(organisation, services, hosts, keys, records.time_span(filters))
