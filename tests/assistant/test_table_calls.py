"""A sum over a table among the documents is computed by a query that a model writes and DuckDB checks."""

import io
import json
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.accounts.actors import Actor
from apps.assistant import tool_calls
from apps.assistant.models import ChatMessage
from apps.knowledge import services as knowledge
from apps.knowledge.models import Document
from domain.documents.content import Kind
from tests.assistant.conftest import Ask, Says
from tests.assistant.test_tool_calls import State, call_of, choice, chooser, states
from tests.scripted_engine_fixture import ScriptedEngine

pytestmark = pytest.mark.django_db
__all__ = ["chooser"]  # a fixture


@pytest.fixture
def sales(alice_actor: Actor) -> Document:
    """Two sheets, with a total that is no row of its table."""
    return stored(
        alice_actor,
        {
            "Notes": [["Note", "Who"], ["checked", "Li"]],
            "2026": [["Month", "Amount"], ["March", 120.5], ["March", 79.5], ["April", 7], ["Total", 207]],
        },
    )


def stored(actor: Actor, sheets: dict[str, list[list[Any]]]) -> Document:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    collection = knowledge.create_collection(actor, name="Sales")
    upload = SimpleUploadedFile("sales.xlsx", file.getvalue())
    document = knowledge.upload_document(actor, collection=collection, file=upload, name="sales.xlsx")
    Document.objects.filter(pk=document.document.pk).update(
        is_live=True, media_type=Kind.SHEETS, is_restricted=True
    )
    return document.document


SUM = "What is the sum of column amount in sales.xlsx for March?"
COMPUTE = choice(call_of(tool_calls.COMPUTE, question=SUM))


def test_a_sum_over_a_table_of_a_document_is_computed_by_a_checked_query_and_cites_it(
    ask: Ask,
    says: Says,
    chooser: ScriptedEngine,
    sales: Document,
    alice_browser: Client,
    colleague_actor: Actor,
) -> None:
    wrong, right = (
        json.dumps({"table": 2, "sql": f"SELECT sum({column}) AS total FROM data WHERE \"Month\" = 'March'"})
        for column in ("turnover", "amount")
    )
    says(COMPUTE, wrong, right)

    answer = ask(SUM)

    [call] = answer.calls
    assert (call["state"], answer.source) == (State.DONE, ChatMessage.Source.TOOL)
    assert call["text"].startswith("| total |\n| --- |\n| 200 |\n")
    assert (call["documents"], call["url"]) == ([str(sales.pk)], f"/knowledge/documents/{sales.pk}/")
    assert "turnover" in str(chooser.requests()[-1]["body"]["messages"]), (
        "the query was checked, and repaired"
    )
    page = alice_browser.get(f"/assistant/{answer.chat_id}/").content.decode()
    assert "<td>200</td>" in page
    assert "sales · Sales · 2026" in page
    assert tool_calls.COMPUTE not in {tool.name for tool in tool_calls.offered_tools(colleague_actor)}


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ({"table": 2, "sql": "DROP TABLE data"}, "No query could be written"),
        ({"table": 1, "sql": "SELECT content FROM read_text('/etc/passwd')"}, "No query could be written"),
        (
            {"table": 2, "sql": 'SELECT sum(TRY_CAST("Month" AS DOUBLE)) FROM data'},
            "No query could be written",
        ),
        ({"table": 0, "sql": ""}, "No table among the documents"),
    ],
)
def test_a_query_that_is_refused_is_told(
    ask: Ask, says: Says, chooser: ScriptedEngine, sales: Document, written: Any, told: str
) -> None:
    queries = [json.dumps(written)] * (2 if written["table"] else 1)
    says(COMPUTE, *queries, "I do not know.")

    answer = ask(SUM)

    assert (states(answer), answer.text) == ([State.FAILED], "I do not know.")
    assert told in answer.calls[0]["text"]


def test_sheets_of_several_months_are_one_table(
    ask: Ask, says: Says, chooser: ScriptedEngine, alice_actor: Actor
) -> None:
    names = ["品名", "金额", "备注"]
    stored(
        alice_actor,
        {"3月": [names, ["茶", 5, ""], ["壶", 7, ""]], "4月": [names, ["茶", "—", "缺货"], ["壶", 9, ""]]},
    )
    sql = 'SELECT _sheet AS 月份, sum("金额") AS 合计 FROM data GROUP BY 1 ORDER BY 1'
    says(COMPUTE, json.dumps({"table": 1, "sql": sql}))

    [call] = ask(SUM).calls

    assert call["text"].splitlines()[2:4] == ["| 3月 | 12 |", "| 4月 | 9 |"]
