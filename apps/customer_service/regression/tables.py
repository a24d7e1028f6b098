"""Regression questions as a table, out and in. Several documents or facts stand on lines of their own inside a cell."""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from apps.accounts.actors import Actor
from apps.core import tables
from apps.core.errors import InvalidInput
from apps.core.tables import Column, Row
from apps.customer_service.channels.models import Channel
from apps.customer_service.regression import questions
from apps.customer_service.regression.models import RegressionQuestion
from apps.knowledge.models import Document

COLUMNS = (
    Column("question", is_required=True),
    Column("expected_documents"),
    Column("expected_facts"),
    Column("forbidden_facts"),
    Column("unanswerable"),
)
UNUSABLE = "questions_unusable"
YES = {"1", "yes", "true", "y", "是", "x"}


def rows(found: Iterable[RegressionQuestion]) -> Iterator[Row]:
    for question in found:
        yield {
            "question": question.text,
            "expected_documents": "\n".join(document.title for document in question.expected_documents.all()),
            "expected_facts": "\n".join(question.expected_facts),
            "forbidden_facts": "\n".join(question.forbidden_facts),
            "unanswerable": "yes" if question.is_unanswerable else "",
        }


def import_questions(actor: Actor, *, channel: Channel, content: bytes) -> int:
    """How many were saved; a question that the channel has is changed. Raises InvalidInput with each wrong row."""
    # By title in small letters; of several versions the newest.
    documents = {
        document.title.lower(): document
        for document in Document.objects.within(actor.organisation).order_by("is_live", "id")
    }
    known = dict(RegressionQuestion.objects.filter(channel=channel).values_list("text", "pk"))

    def save(cells: dict[str, str]) -> None:
        titles = _lines(cells["expected_documents"])
        if missing := [title for title in titles if title.lower() not in documents]:
            reason = _("There is no document “%(title)s”.") % {"title": missing[0]}
            raise InvalidInput(fields={"expected_documents": [reason]})
        expected = questions.Expected(
            expected_documents=[documents[title.lower()] for title in titles],
            expected_facts=_lines(cells["expected_facts"]),
            forbidden_facts=_lines(cells["forbidden_facts"]),
            is_unanswerable=cells["unanswerable"].lower() in YES,
        )
        text = cells["question"]
        questions.save_question(
            actor, channel=channel, text=text, expected=expected, question_id=known.get(text)
        )

    return tables.save_all(tables.read(content, COLUMNS, code=UNUSABLE), save, code=UNUSABLE)


def _lines(cell: str) -> list[str]:
    return [line.strip() for line in cell.splitlines() if line.strip()]
