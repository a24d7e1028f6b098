"""Curated answers as a table: taken out, changed elsewhere, brought in."""

import csv
import io
from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from apps.accounts.actors import Actor
from apps.core import languages
from apps.core.errors import InvalidInput, Text
from apps.customer_service.saved_answers import embedding, matching, selectors, services
from apps.customer_service.saved_answers.models import CuratedAnswer
from apps.customer_service.saved_answers.services import Content
from apps.knowledge.reading import text as reading
from apps.knowledge.reading.errors import Unreadable
from llm_backend import patterns

COLUMNS = ("questions", "answer", "language", "expires")
MOST_ROWS = 1000
MOST_BYTES = 4 * 1024 * 1024
MOST_ERRORS = 20
_NAMES = {
    "questions": {"questions", "question", "问题", "问法", "常见问题"},
    "answer": {"answer", "answers", "答案", "回答", "回复"},
    "language": {"language", "语言"},
    "expires": {"expires", "expires_at", "有效期", "有效期至"},
}
_LANGUAGES = {
    "zh": "zh-hans",
    "zh-cn": "zh-hans",
    "中文": "zh-hans",
    "简体中文": "zh-hans",
    "english": "en",
    "英文": "en",
}
# A spreadsheet takes these for formulas; it shows what stands behind an apostrophe as text.
_FORMULA = patterns.compile(r"^[=+\-@\t\r]")


def exported(actor: Actor) -> str:
    """All of them. The byte order mark tells spreadsheets that it is UTF-8."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for answer in selectors.curated_answer_list(actor.organisation):
        writer.writerow([_safe(cell) for cell in _cells(answer)])
    return "\ufeff" + file.getvalue()


@transaction.atomic
def import_curated_answers(actor: Actor, *, content: bytes) -> int:
    """How many were made. All rows or none: raises InvalidInput that names every wrong row."""
    errors: list[Text] = []
    rows = _rows(content)
    for number, row in rows:
        try:
            with transaction.atomic():
                services.store(actor, _content(row))
        except InvalidInput as refusal:
            reasons = [str(line) for lines in refusal.fields.values() for line in lines] or [str(refusal)]
            errors.append(_("Row %(number)d: %(reason)s") % {"number": number, "reason": " ".join(reasons)})
    if errors:
        raise _unusable(_shown(errors))
    embedding.request_embedding(actor)
    transaction.on_commit(matching.forget_entries)
    return len(rows)


def _shown(errors: list[Text]) -> list[Text]:
    rest = len(errors) - MOST_ERRORS
    more: list[Text] = [_("… and %(count)d more rows.") % {"count": rest}] if rest > 0 else []
    return errors[:MOST_ERRORS] + more


def _cells(answer: CuratedAnswer) -> list[str]:
    expires = timezone.localtime(answer.expires_at).isoformat() if answer.expires_at else ""
    questions = "\n".join(question.text for question in answer.questions.all())
    return [questions, answer.answer, answer.language, expires]


def _safe(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _plain(cell: str) -> str:
    cell = cell.strip()
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell[1:]) else cell


def _rows(content: bytes) -> list[tuple[int, dict[str, str]]]:
    """Each with its number as a spreadsheet counts it; empty ones are left out."""
    table = _table(content)
    header = [_column(cell) for cell in table[0]] if table else []
    missing = [name for name in ("questions", "answer", "language") if name not in header]
    if missing:
        reason = _(
            "The first line must name the columns questions, answer, language and expires. Missing: %(names)s."
        )
        raise _unusable([reason % {"names": ", ".join(missing)}])
    rows = [
        (number, {name: _plain(cell) for name, cell in zip(header, row, strict=False) if name})
        for number, row in enumerate(table[1:], start=2)
        if any(cell.strip() for cell in row)
    ]
    if not rows:
        raise _unusable([_("The table has no rows.")])
    if len(rows) > MOST_ROWS:
        raise _unusable([_("The table has more than 1000 rows. Split it.")])
    return rows


def _table(content: bytes) -> list[list[str]]:
    if len(content) > MOST_BYTES:
        raise _unusable([_("The file is larger than 4 MB. Split it.")])
    try:
        text = reading.decode(content)
        return list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (Unreadable, csv.Error) as error:
        raise _unusable(
            [_("This is not a CSV file that can be read. Save the table as CSV in UTF-8.")]
        ) from error


def _column(cell: str) -> str:
    name = cell.strip().lower().lstrip("\ufeff")
    return next((column for column, names in _NAMES.items() if name in names), "")


def _content(row: Mapping[str, str]) -> Content:
    language = row.get("language", "").lower()
    fields: dict[str, Any] = {
        "questions": row.get("questions", "").splitlines(),
        "answer": row.get("answer", ""),
        "language": _LANGUAGES.get(language, language),
        "expires_at": _moment(row.get("expires", "")),
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
            fields={"expires": [_("“%(text)s” is not a day such as 2027-01-31.") % {"text": text}]}
        )
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


def _unusable(reasons: list[Text]) -> InvalidInput:
    return InvalidInput(reasons[0], code="curated_answers_unusable", fields={"file": reasons})
