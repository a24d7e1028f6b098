"""Whose a question is, and what it can name: services, hosts and sources, words of templates, the last change."""

import logging
from dataclasses import dataclass, field
from datetime import datetime

from apps.accounts.actors import Actor
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

logger = logging.getLogger(__name__)

MAX_NAMES = 500
MIN_WORD_CHARACTERS = 2


def own_questions(actor: Actor) -> OrganisationQuerySet[RecordQuestion]:
    """What the member, or the key, asked: what somebody looks for is nobody else's business."""
    rows = RecordQuestion.objects.within(actor.organisation).select_related("job")
    if actor.member:
        return rows.filter(member=actor.member)
    return rows.filter(api_key=actor.api_key) if actor.api_key else rows.none()


@dataclass(frozen=True)
class Vocabulary:
    """Names in the records of an organisation, the most frequent first. `sources`: their keys by name."""

    organisation: Organisation
    services: list[str] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)

    def spelling(self, word: str) -> str | None:
        """A word of the question as the most frequent template that holds it writes it; records tell capitals apart."""
        stem = _singular(word)
        for row in self._holding(stem):
            place = row.text.casefold().find(stem.casefold())
            if place >= 0:
                return row.text[place : place + len(stem)]
        return None

    def only_template(self, word: str) -> LogTemplate | None:
        """The template that holds the word, where one alone does."""
        rows = self._holding(_singular(word))
        return rows[0] if len(rows) == 1 else None

    def last_change(self, services: list[str], *, until: datetime) -> datetime | None:
        """When one of these services was changed last, or anything where none of them ever was."""
        rows = ChangeMarker.objects.within(self.organisation).filter(happened_at__lte=until)
        own = rows.filter(service__in=services).order_by("-happened_at").first() if services else None
        row = own or rows.order_by("-happened_at").first()
        return row.happened_at if row else None

    def _holding(self, word: str) -> list[LogTemplate]:
        """The two most frequent, which is enough to know whether there are several."""
        if len(word) < MIN_WORD_CHARACTERS:
            return []
        return list(templates.template_list(self.organisation).filter(text__icontains=word)[:2])


def vocabulary(organisation: Organisation) -> Vocabulary:
    """Without the names in records where the store does not answer in time."""
    filters = records.filters_within(organisation, {})
    sources = {source.name: source for source in LogSource.objects.within(organisation)}
    services, hosts = [], []
    try:
        with records.query_errors():
            services = log_reader().values(filters, "service", MAX_NAMES)
            hosts = log_reader().values(filters, "host", MAX_NAMES)
    except ApplicationError as error:
        logger.warning("names in records are not known: %s", error.code)
    services += sorted({source.service for source in sources.values()} - {"", *services})
    return Vocabulary(organisation, services, hosts, {name: str(each.pk) for name, each in sources.items()})


def _singular(word: str) -> str:
    return word[:-1] if word.isascii() and len(word) > 4 and word.endswith("s") else word
