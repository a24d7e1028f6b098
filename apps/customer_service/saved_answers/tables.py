"""Saved answers as a table: taken out, changed elsewhere, brought in."""

from collections.abc import Iterator, Mapping
from datetime import datetime, time
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from apps.accounts.actors import Actor, requires_permission
from apps.core import languages, tables
from apps.core.errors import InvalidInput
from apps.core.tables import Column, Row
from apps.customer_service.saved_answers import embedding, matching, selectors, services
from apps.customer_service.saved_answers.services import Content

COLUMNS = (
    Column("questions", frozenset({"question", "问题", "问法", "常见问题"}), is_required=True),
    Column("answer", frozenset({"answers", "答案", "回答", "回复"}), is_required=True),
    Column("language", frozenset({"语言"}), is_required=True),
    Column("expires", frozenset({"expires_at", "有效期", "有效期至"})),
)
UNUSABLE = "curated_answers_unusable"
_LANGUAGES = {
    "zh": "zh-hans",
    "zh-cn": "zh-hans",
    "中文": "zh-hans",
    "简体中文": "zh-hans",
    "english": "en",
    "英文": "en",
}


def is_question_table(text: str, _media_type: str) -> bool:
    """Whether the first line of a text names columns of questions and answers."""
    headings = tables.headings_of(text)
    return all(headings & {column.name, *column.headings} for column in COLUMNS[:2])


def rows(actor: Actor) -> Iterator[Row]:
    for answer in selectors.saved_answer_list(actor.organisation):
        expires = timezone.localtime(answer.expires_at).isoformat() if answer.expires_at else ""
        questions = "\n".join(question.text for question in answer.questions.all())
        cells = (questions, answer.answer, answer.language, expires)
        yield {column.name: cell for column, cell in zip(COLUMNS, cells, strict=True)}


@requires_permission("conversations.manage")
@transaction.atomic
def import_saved_answers(actor: Actor, *, content: bytes) -> tables.TableImport:
    """How many were made. All rows or none: raises InvalidInput that names every wrong row."""
    table = tables.read(content, COLUMNS, code=UNUSABLE)
    imported = tables.save_all(
        table,
        lambda cells: services.store(actor, _content(cells)),
        code=UNUSABLE,
        organisation_id=actor.organisation.pk,
    )
    embedding.request_embedding(actor)
    transaction.on_commit(matching.catalogue_cache.clear)
    return imported


def _content(cells: Mapping[str, str]) -> Content:
    language = cells["language"].lower()
    fields: dict[str, Any] = {
        "questions": cells["questions"].splitlines(),
        "answer": cells["answer"],
        "language": _LANGUAGES.get(language, language),
        "expires_at": _moment(cells["expires"]),
    }
    if fields["language"] not in dict(languages.CHOICES):
        raise InvalidInput(fields={"language": [_("The language must be zh-hans or en.")]})
    return Content(**fields)


def _moment(text: str) -> datetime | None:
    """The end of the day where only a day is given."""
    if not text:
        return None
    try:
        day = parse_date(text.replace("/", "-"))
        moment = datetime.combine(day, time(23, 59, 59)) if day else parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise InvalidInput(
            fields={"expires": [_("“%(text)s” is not a date such as 2027-01-31.") % {"text": text}]}
        )
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
