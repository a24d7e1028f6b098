"""Regression questions as a CSV file, out and in. A file with a wrong row changes nothing."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.actors import Actor
from apps.core.errors import InvalidInput
from apps.customer_service.channels.models import Channel
from apps.customer_service.regression import questions
from apps.customer_service.regression.models import RegressionQuestion
from apps.knowledge.models import Document

COLUMNS = ("question", "expected_documents", "expected_facts", "forbidden_facts", "unanswerable")
SEPARATOR = "\n"
LARGEST = 1_000_000
MOST_ERRORS = 20
YES = {"1", "yes", "true", "y", "是", "x"}
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class _Row:
    number: int
    cells: dict[str, str]


class _Echo:
    def write(self, text: str) -> str:
        return text


def export_lines(found: Iterable[RegressionQuestion]) -> Iterator[str]:
    """Documents by their title, several facts on lines of their own inside the cell."""
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(COLUMNS)
    for question in found:
        documents = SEPARATOR.join(document.title for document in question.expected_documents.all())
        facts = [SEPARATOR.join(question.expected_facts), SEPARATOR.join(question.forbidden_facts)]
        unanswerable = "yes" if question.is_unanswerable else ""
        cells = [question.text, documents, *facts, unanswerable]
        yield writer.writerow([_cell(cell) for cell in cells])


def import_questions(actor: Actor, *, channel: Channel, content: bytes) -> int:
    """How many were saved; a question that the channel has is changed. Raises InvalidInput with each wrong row."""
    rows = _rows(content)
    titles = _documents(actor)
    known = dict(RegressionQuestion.objects.filter(channel=channel).values_list("text", "pk"))
    problems: list[str] = []
    with transaction.atomic():
        for row in rows:
            try:
                _save(actor, channel, row, titles, known)
            except InvalidInput as error:
                reasons = " ".join(str(line) for lines in error.fields.values() for line in lines)
                problems.append(_("Line %(number)d: %(reason)s") % {"number": row.number, "reason": reasons})
        if problems:
            raise InvalidInput(_("Nothing was imported."), fields={"file": list(problems[:MOST_ERRORS])})
    return len(rows)


def _save(
    actor: Actor, channel: Channel, row: _Row, titles: dict[str, Document], known: dict[str, UUID]
) -> None:
    wanted = _split(row.cells["expected_documents"])
    missing = [title for title in wanted if title.lower() not in titles]
    if missing:
        reason = _("There is no document “%(title)s”.") % {"title": missing[0]}
        raise InvalidInput(fields={"expected_documents": [reason]})
    expected = questions.Expected(
        expected_documents=[titles[title.lower()] for title in wanted],
        expected_facts=_split(row.cells["expected_facts"]),
        forbidden_facts=_split(row.cells["forbidden_facts"]),
        is_unanswerable=row.cells["unanswerable"].strip().lower() in YES,
    )
    questions.save_question(
        actor,
        channel=channel,
        text=row.cells["question"],
        expected=expected,
        question_id=known.get(row.cells["question"].strip()),
    )


def _rows(content: bytes) -> list[_Row]:
    if len(content) > LARGEST:
        raise InvalidInput(fields={"file": [_("The file is larger than 1 MB. Split it.")]})
    try:
        text = content.decode("utf-8-sig")
        table = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        lines = [(table.line_num, line) for line in table]
    except (UnicodeDecodeError, csv.Error) as error:
        advice = _("This is not a CSV file in UTF-8. Save it as “CSV UTF-8”.")
        raise InvalidInput(fields={"file": [advice]}) from error
    if "question" not in (table.fieldnames or ()):
        advice = _("The first line must name the columns: %(columns)s.") % {"columns": ", ".join(COLUMNS)}
        raise InvalidInput(fields={"file": [advice]})
    rows = [_Row(number, {name: _text(line.get(name)) for name in COLUMNS}) for number, line in lines]
    return [row for row in rows if any(row.cells.values())]


def _documents(actor: Actor) -> dict[str, Document]:
    """By title in small letters; of several versions the newest."""
    documents = Document.objects.within(actor.organisation).order_by("is_live", "id")
    return {document.title.lower(): document for document in documents}


def _split(cell: str) -> list[str]:
    return [line.strip() for line in cell.splitlines() if line.strip()]


def _text(cell: str | None) -> str:
    """The quote that keeps spreadsheets from running a cell goes again."""
    text = cell or ""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_STARTS) else text


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
