"""Answers from what another system says: the model asks for it, a real server answers, the answer cites it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from apps.customer_service.conversations.models import Citation, Conversation, Message
from apps.customer_service.handoff.models import Handoff
from apps.customer_service.tools.models import LookupCall, LookupTool
from tests.customer_service.answering.test_answer_message import streamed
from tests.customer_service.conftest import Desk
from tests.loopback_server import LoopbackServer, Reply, serving
from tests.scripted_engine_fixture import ScriptedEngine

pytestmark = pytest.mark.django_db

QUESTION = "Where is my order A-1029 right now?"
FOUND = "Your order A-1029 is on its way with SF Express"


@pytest.fixture
def shop() -> Iterator[LoopbackServer]:
    body = json.dumps({"order": "A-1029", "state": "on its way", "carrier": "SF Express"}).encode()
    order, broken = Reply(body, content_type="application/json"), Reply(b"{}", 500, "application/json")
    late = Reply(
        json.dumps({"order": "A-1030", "state": "delayed"}).encode(), content_type="application/json"
    )
    with serving({"/orders/A-1029": order, "/orders/A-1030": late, "/orders/A-5000": broken}) as server:
        yield server


@pytest.fixture
def tool(desk: Desk, shop: LoopbackServer) -> LookupTool:
    parameter = {
        "name": "order_number",
        "description": "the order number, such as A-1029",
        "pattern": r"A-\d{4}",
        "is_required": True,
    }
    return LookupTool.objects.create(
        organisation=desk.actor.organisation,
        name="order_status",
        label="Order system",
        description="Where an order is.",
        url=f"{shop.url}/orders/{{order_number}}",
        parameters=[parameter],
    )


def lookup(order_number: str = "A-1029") -> dict[str, str]:
    reply = {
        "answer": "missing",
        "action": "lookup",
        "tool": "order_status",
        "arguments": {"order_number": order_number},
        "text": "",
    }
    return {"text": json.dumps(reply)}


def says(text: str) -> dict[str, str]:
    return {"text": json.dumps({"answer": "found", "action": "answer", "text": text})}


def last(desk: Desk, conversation: Conversation) -> Message:
    return [message for message in desk.messages(conversation) if message.author == Message.Author.BOT][-1]


def schema_of(request: dict[str, Any]) -> dict[str, Any]:
    return request["body"]["response_format"]["json_schema"]["schema"]["properties"]


def test_the_result_is_read_like_a_passage_and_cited(
    desk: Desk, engine: ScriptedEngine, tool: LookupTool
) -> None:
    engine.script(lookup(), says(f"{FOUND} [1]."))
    asked = desk.open(QUESTION)

    job = desk.work(asked.job)

    answer = last(desk, asked.conversation)
    citation = Citation.objects.get(message=answer)
    assert (answer.action, answer.source, answer.unsupported_count) == ("lookup", "model", 0)
    assert (citation.passage, citation.document_title) == (None, "Order system")
    assert "SF Express" in citation.text
    assert job.result["citations"][0]["passage"] is None
    assert {"stage": "looking_up", "tool": "Order system"} in [body for _, body in streamed(job)]


def test_the_model_learns_what_it_may_look_up(desk: Desk, engine: ScriptedEngine, tool: LookupTool) -> None:
    engine.script(lookup(), says(f"{FOUND} [1]."))
    desk.work(desk.open(QUESTION).job)

    first, second = engine.requests()
    assert "Where an order is." in first["body"]["messages"][0]["content"]
    assert list(schema_of(first)) == ["answer", "action", "tool", "arguments", "text"]
    assert "SF Express" in second["body"]["messages"][1]["content"]


def test_examples_that_know_no_tools_are_left_out(
    desk: Desk, engine: ScriptedEngine, tool: LookupTool
) -> None:
    engine.script(says(f"{FOUND} [1]."))
    desk.work(desk.open(QUESTION).job)

    assert [each["role"] for each in engine.requests()[0]["body"]["messages"]] == ["system", "user"]


def test_at_most_two_lookups_are_made(desk: Desk, engine: ScriptedEngine, tool: LookupTool) -> None:
    engine.script(lookup(), lookup(), says(f"{FOUND} [1]."))
    asked = desk.open(QUESTION)

    desk.work(asked.job)

    assert LookupCall.objects.count() == 2
    assert "tool" not in schema_of(engine.requests()[2])
    assert last(desk, asked.conversation).action == "lookup"


def test_of_several_orders_each_is_looked_up(desk: Desk, engine: ScriptedEngine, tool: LookupTool) -> None:
    engine.script(lookup(), says(f"{FOUND} [1]."))
    asked = desk.open("Where are my orders A-1029 and A-1030, and order 4711?")

    desk.work(asked.job)

    calls = LookupCall.objects.order_by("created_at")
    assert [call.arguments["order_number"] for call in calls] == ["A-1029", "A-1030"]
    _, second = engine.requests()
    read = second["body"]["messages"][1]["content"]
    assert 'about="A-1029"' in read
    assert 'about="A-1030">\norder: A-1030\nstate: delayed' in read


@pytest.mark.parametrize(
    ("question", "note"),
    [
        (
            "Where are my orders A-1029, A-1030, A-1031, A-1032, A-1033, A-1034 and A-1035?",
            "I look up 5 orders at a time, and have not looked up A-1034, A-1035. Please ask for them again.",
        ),
        (
            "订单 A-1029、A-1030、A-1031、A-1032、A-1033、A-1034、A-1035 都到哪了？",
            "一次最多查询 5 个订单，A-1034、A-1035 这次还没有查，请再问一次。",
        ),
    ],
)
def test_orders_that_were_not_looked_up_are_named(
    desk: Desk, engine: ScriptedEngine, tool: LookupTool, question: str, note: str
) -> None:
    more = {
        f"/orders/A-{number}": Reply(b"{}", content_type="application/json") for number in range(1031, 1036)
    }
    engine.script(lookup(), says(f"{FOUND} [1]."))
    first = json.dumps({"order": "A-1029", "state": "on its way", "carrier": "SF Express"}).encode()
    known = {f"/orders/A-{number}": Reply(first, content_type="application/json") for number in (1029, 1030)}
    with serving(known | more) as shop:
        LookupTool.objects.filter(pk=tool.pk).update(url=f"{shop.url}/orders/{{order_number}}")
        asked = desk.open(question)
        desk.work(asked.job)

    assert LookupCall.objects.count() == 5
    assert last(desk, asked.conversation).text.endswith(note)


def test_a_number_that_nobody_wrote_is_asked_for(
    desk: Desk, engine: ScriptedEngine, tool: LookupTool, shop: LoopbackServer
) -> None:
    engine.script(lookup("A-1029"))
    asked = desk.open("Where is the parcel that I ordered last week?")

    desk.work(asked.job)

    answer = last(desk, asked.conversation)
    assert answer.action == "clarify"
    assert answer.text == "To look that up, I need: the order number, such as A-1029"
    assert not Handoff.objects.exists()


def test_nobody_is_asked_again_for_what_they_do_not_have(
    desk: Desk, engine: ScriptedEngine, tool: LookupTool
) -> None:
    engine.script(lookup("A-9999"), lookup("A-9999"), lookup("A-9999"))
    conversation = desk.open("Where is my order?").conversation
    desk.work(conversation.answer_job)

    desk.work(desk.ask(conversation, "I have no number").job)
    desk.work(desk.ask(conversation, "Really, there is none").job)

    answers = [message for message in desk.messages(conversation) if message.author == Message.Author.BOT]
    assert [answer.action for answer in answers] == ["clarify", "answer", "handoff"]
    assert [answer.is_unanswered for answer in answers] == [False, True, True]


def test_a_lookup_that_fails_calls_a_person(desk: Desk, engine: ScriptedEngine, tool: LookupTool) -> None:
    engine.script(lookup("A-5000"))
    asked = desk.open("Where is my order A-5000 right now?")

    desk.work(asked.job)

    answer = last(desk, asked.conversation)
    assert answer.action == "handoff"
    assert "cannot look that up" in answer.text
    assert "500" not in answer.text
    assert Handoff.objects.get().reason == "tool_failed"
