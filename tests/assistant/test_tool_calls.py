"""A model that was measured to choose well calls tools by what the member wrote; what acts waits for the member's yes."""

import json
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.assistant import selectors, services, tool_calls
from apps.assistant.models import ChatMessage
from apps.assistant.replies import ANSWER_MESSAGE
from apps.assistant.services import NewQuestion
from apps.audit.models import AuditEntry
from apps.core.errors import Conflict
from apps.customer_service.tools import receivers
from apps.inference import selectors as inference
from apps.inference.models import ContractResult
from apps.jobs import services as jobs
from apps.jobs import tools
from apps.jobs.models import Job
from apps.jobs.tools import Tool
from apps.workbench.models import AppRun
from domain.workflows.types import Flag, List, Number, Record, Text
from llm_backend.contract.results import CheckResult, Outcome
from tests.assistant.conftest import Ask, Says, answered
from tests.assistant.test_chats import ECHO
from tests.scripted_engine_fixture import ScriptedEngine
from tests.workbench.conftest import package, published

pytestmark = pytest.mark.django_db
__all__ = ["package"]  # a fixture
WISH = "Polish this: Good tea from box 4711."
VALUES = {"text": "Good tea from box 4711.", "tone": "brief"}
State = ChatMessage.CallState


def call_of(tool: str, **arguments: Any) -> dict[str, Any]:
    return {"tool": tool, "arguments": arguments}


def choice(*calls: dict[str, Any]) -> str:
    return json.dumps({"calls": calls})


def states(answer: ChatMessage) -> list[str]:
    return [call["state"] for call in answer.calls]


@pytest.fixture
def chooser(engine: ScriptedEngine) -> ScriptedEngine:
    """Its capability check found that it chooses tools well."""
    passed = CheckResult(name=inference.CHOOSING, outcome=Outcome.PASSED, note="").model_dump(mode="json")
    for result in ContractResult.objects.all():
        result.checks.append(passed)
        result.save()
    inference.clear_candidates()
    return engine


@pytest.fixture
def polish(chooser: ScriptedEngine, alice_actor: Actor) -> str:
    published(alice_actor, ECHO)
    return "workbench.polish"


def test_an_app_is_called_with_the_values_that_the_member_wrote(
    ask: Ask, says: Says, polish: str, alice_browser: Client, chooser: ScriptedEngine
) -> None:
    says(choice(call_of(polish, **VALUES)))

    answer = ask(WISH)

    assert states(answer) == [State.DONE]
    assert answer.source == ChatMessage.Source.TOOL
    [sentence] = answer.sentences
    assert sentence["origin"] == ChatMessage.Origin.TOOL
    assert "Good tea from box 4711., brief" in answer.text[sentence["start"] : sentence["end"]]
    run = AppRun.objects.get()
    assert (run.job, run.inputs, run.state) == (answer.job, VALUES, Job.State.SUCCEEDED)
    assert len(chooser.requests()) == 1, "no model writes what a tool has said"
    page = alice_browser.get(f"/assistant/{answer.chat_id}/").content.decode()
    assert "Called with" in page
    assert "<dd>Brief</dd>" in page
    assert f"/apps/runs/{run.pk}/" in page


def test_what_a_tool_says_is_told_in_the_language_of_the_question(
    ask: Ask, says: Says, polish: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    several = Record(fields={"text": Text(), "count": Number()})
    look, count = (
        Tool(name, {"gift": Flag()}, result, lambda *_, told=told: told, description="Looks")
        for name, result, told in (
            ("look", receivers.RESULT, {"text": "没有找到。", "found": False}),
            ("count", several, {"text": "三盒", "count": 1}),
        )
    )
    monkeypatch.setattr(tools, "_installed", lambda: {"look": look, "count": count})
    calls = [call_of(f"tool.{name}", gift=True) for name in ("look", "count")]
    says(choice(call_of(polish, **VALUES), *calls))

    polished, looked, counted = ask(f"请润色并查询：{WISH}").calls

    assert polished["label"] == "润色"
    assert (looked["told"], looked["text"]) == ([["Gift", "是"]], "没有找到。\n找到：否")
    assert counted["text"] == "Text：三盒\nCount：1"


def test_a_model_that_was_not_measured_to_choose_is_not_asked(
    ask: Ask, says: Says, polish: str, chooser: ScriptedEngine
) -> None:
    ContractResult.objects.update(checks=[{"name": inference.READING, "outcome": "passed"}])
    inference.clear_candidates()
    says("Good tea.")

    answer = ask(WISH)

    assert (answer.text, answer.calls) == ("Good tea.", None)
    assert "workbench.polish" not in str(chooser.requests())


@pytest.mark.parametrize(
    "written",
    [
        "I would polish it.",
        choice(call_of("workbench.erase", text="all")),
        choice(call_of("workbench.polish", text="Good tea")),
        choice(call_of("workbench.polish", text="Good tea", tone="rude")),
        choice(call_of("workbench.polish", **VALUES, to="bob@tea.example")),
        choice(*[call_of("workbench.polish", **VALUES)] * (tool_calls.MAX_CALLS + 1)),
    ],
)
def test_what_is_no_call_of_an_offered_tool_calls_nothing(
    ask: Ask, says: Says, polish: str, written: str
) -> None:
    says(written, written, "Here it is.")

    answer = ask(WISH)

    assert (answer.text, answer.calls, AppRun.objects.count()) == ("Here it is.", None, 0)


def test_a_quotation_names_no_model_although_one_was_asked_for_tools(
    ask: Ask, says: Says, polish: str, documents: list[Any]
) -> None:
    """It chose none, and is not known to read."""
    passed = CheckResult(name=inference.CHOOSING, outcome=Outcome.PASSED, note="").model_dump(mode="json")
    ContractResult.objects.update(checks=[passed])
    inference.clear_candidates()
    says(choice())

    answer = ask("Can I return unopened tea?", collections=documents)

    assert (answer.source, answer.model) == (ChatMessage.Source.QUOTE, "")


def test_a_number_that_the_member_never_wrote_is_called_with_by_nobody(
    ask: Ask, says: Says, polish: str
) -> None:
    says(choice(call_of(polish, text="Good tea from box 4712.", tone="brief")), "Here it is.")

    assert ask(WISH).calls is None


@pytest.mark.parametrize(
    ("wish", "text", "is_called"),
    [
        ("Polish: call 138 0013 8000", "Call 13800138000.", True),
        ("Polish: call 13800138000", "Call 138-0013-8000.", True),
        ("Polish: call 138 0013 8000", "Call 13800138001.", False),
        ("Polish: box 4711", "Box 4711, room 901.", False),
    ],
)
def test_a_number_is_the_members_however_it_is_grouped(
    ask: Ask, says: Says, polish: str, wish: str, text: str, is_called: bool
) -> None:
    says(choice(call_of(polish, text=text, tone="brief")), "Here it is.")

    assert bool(ask(wish).calls) == is_called


@pytest.mark.parametrize(
    ("wish", "boxes", "is_asked"),
    [
        ("Order tea", 300, False),
        ("Order tea for 200 people", 300, False),
        ("Order 1,200 boxes", 1200, True),
        ("订两百盒茶", 200, True),
    ],
)
def test_an_amount_that_the_member_never_wrote_is_ordered_by_nobody(
    ask: Ask, says: Says, package: Any, chooser: ScriptedEngine, wish: str, boxes: int, is_asked: bool
) -> None:
    says(choice(call_of("tool.order_tea", boxes=boxes)), "How many?")

    assert bool(ask(wish).calls) == is_asked


def test_lists_and_records_are_told_as_people_read_them(
    ask: Ask, says: Says, chooser: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    flight = Record(fields={"number": Text(), "seats": Number(), "direct": Flag()})
    flights = [
        {"number": "MU 5137", "seats": 3, "direct": True},
        {"number": "CA 1501", "seats": 1, "direct": False},
    ]
    look = Tool(
        "look",
        {"cities": List(of=Text())},
        Record(fields={"flights": List(of=flight), "days": List(of=Text())}),
        lambda *_: {"flights": flights, "days": ["Monday", "Friday"]},
        description="Looks",
    )
    monkeypatch.setattr(tools, "_installed", lambda: {"look": look})
    says(choice(call_of("tool.look", cities=["Suzhou", "Hangzhou"])))

    [call] = ask("Flights to Suzhou and Hangzhou").calls

    assert call["told"] == [["Cities", "Suzhou, Hangzhou"]]
    assert call["text"].split("\n") == [
        "Flights:",
        "- Number: MU 5137; Seats: 3; Direct: yes",
        "- Number: CA 1501; Seats: 1; Direct: no",
        "Days: Monday, Friday",
    ]


def test_a_number_in_a_list_that_the_member_never_wrote_is_called_with_by_nobody(
    ask: Ask, says: Says, chooser: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = Tool(
        "send", {"to": List(of=Text())}, receivers.RESULT, lambda *_: {}, description="Sends", acts=True
    )
    monkeypatch.setattr(tools, "_installed", lambda: {"send": send})
    says(choice(call_of("tool.send", to=["13800138000", "13900139000"])), "To whom?")

    assert ask("Send it to 13800138000").calls is None


@pytest.mark.parametrize(("acts", "told"), [(False, "cannot be read. Ask"), (True, "may have been done")])
def test_an_answer_of_a_tool_that_does_not_fit_is_told(
    ask: Ask, says: Says, chooser: ScriptedEngine, alice_actor: Actor, monkeypatch: Any, acts: bool, told: str
) -> None:
    look = Tool(
        "look", {"gift": Flag()}, receivers.RESULT, lambda *_: {"text": 5}, description="Looks", acts=acts
    )
    monkeypatch.setattr(tools, "_installed", lambda: {"look": look})
    says(choice(call_of("tool.look", gift=True)), "I do not know.")

    answer = ask("Look for it")
    answer = answered(services.confirm_call(alice_actor, answer)) if acts else answer

    assert (states(answer), answer.text) == ([State.FAILED], "I do not know.")
    assert told in answer.calls[0]["text"]


def test_no_document_stands_before_the_model_that_chooses(
    ask: Ask, says: Says, polish: str, documents: list[Any], chooser: ScriptedEngine
) -> None:
    says(choice(), "Unopened tea can be returned within 30 days [1].")

    answer = ask("Can I return unopened tea?", collections=documents)

    chosen, written = (str(each["body"]["messages"]) for each in chooser.requests())
    assert "30 days" not in chosen
    assert "30 days" in written
    assert "polish" not in written
    assert answer.source == ChatMessage.Source.MODEL


def test_what_acts_waits_for_the_members_yes_and_is_then_done_once(
    ask: Ask, says: Says, package: Any, chooser: ScriptedEngine, alice_actor: Actor, alice_browser: Client
) -> None:
    says(choice(call_of("tool.order_tea", boxes=3)))

    answer = ask("Order three boxes of tea")

    assert (states(answer), package.ORDERS) == ([State.ASKED], {})
    assert "Nothing has been done yet" in answer.text
    page = alice_browser.get(f"/assistant/{answer.chat_id}/").content.decode()
    assert "Do not do it" in page
    assert "<dd>3</dd>" in page

    alice_browser.post(f"/assistant/messages/{answer.pk}/confirm-call/")
    confirmed = selectors.own_message(alice_actor, answer.pk)
    assert confirmed.text == "", "it no longer says that nothing has been done"
    with pytest.raises(Conflict):
        services.confirm_call(alice_actor, confirmed)
    done = answered(selectors.own_message(alice_actor, answer.pk))

    assert (states(done), list(package.ORDERS.values())) == ([State.DONE], ["3 boxes"])
    assert "3 boxes" in done.text
    assert len(chooser.requests()) == 1
    assert AuditEntry.objects.filter(action="chat_call.confirmed").count() == 1


def test_whoever_decides_on_an_older_branch_stays_there(
    ask: Ask, says: Says, package: Any, chooser: ScriptedEngine, alice_browser: Client
) -> None:
    says(choice(call_of("tool.order_tea", boxes=3)), choice(), "Green.")
    asked = ask("Order three boxes of tea")
    ask("Which tea?", asked.chat, parent=None)

    decided = alice_browser.post(f"/assistant/messages/{asked.pk}/decline-call/", follow=True)

    assert f'id="message-{asked.pk}"' in decided.content.decode()


def test_what_an_app_gives_as_records_is_told_under_their_titles(
    ask: Ask, says: Says, chooser: ScriptedEngine, alice_actor: Actor
) -> None:
    record = "{type: record, fields: {party: {type: text}, amount: {type: number, optional: true}}}"
    step = f"  - {{id: facts, kind: extract, prompt: x, fields: {{rows: {{type: list, of: {record}}}}}}}\n"
    text = ECHO[: ECHO.index("  - {id: again")] + step + "outputs: {rows: {value: '{{ facts.rows }}'}}\n"
    published(alice_actor, text)
    rows = [{"party": "Lin", "amount": 500}, {"party": "Wu", "amount": None}]
    says(choice(call_of("workbench.polish", **VALUES)), json.dumps({"rows": rows}))

    answer = ask(WISH)

    assert answer.text.endswith("Rows\nParty: Lin; Amount: 500\nParty: Wu")


def test_a_decision_waits_for_the_answer_that_asks_for_it(
    ask: Ask, says: Says, package: Any, chooser: ScriptedEngine, alice_actor: Actor
) -> None:
    """Its worker may be gone, and another one come to it."""
    says(choice(call_of("tool.order_tea", boxes=3)))
    asked = ask("Order three boxes of tea")
    asked.job = jobs.create_row_job(alice_actor, ANSWER_MESSAGE, asked)
    asked.save(update_fields=["job"])

    for decide in (services.confirm_call, services.decline_call):
        with pytest.raises(Conflict, match="Wait for the answer"):
            decide(alice_actor, asked)

    assert (states(answered(asked)), package.ORDERS) == ([State.ASKED], {})
    assert states(answered(services.confirm_call(alice_actor, asked))) == [State.DONE]


def test_what_the_member_declines_is_not_done(
    ask: Ask,
    says: Says,
    package: Any,
    chooser: ScriptedEngine,
    alice_actor: Actor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    says(choice(call_of("tool.order_tea", boxes=3)))
    asked = ask("Order three boxes of tea")
    monkeypatch.setattr(services, "MAX_MESSAGES", 2)  # also in a chat that is full

    answer = answered(services.decline_call(alice_actor, asked))

    assert (states(answer), package.ORDERS) == ([State.DECLINED], {})
    assert "was not done, as you decided" in answer.text


def test_an_act_that_was_interrupted_is_not_repeated_where_it_could_be_done_twice(
    ask: Ask, says: Says, package: Any, chooser: ScriptedEngine, alice_actor: Actor, monkeypatch: Any
) -> None:
    says(choice(call_of("tool.order_tea", boxes=3)), "I do not know.")
    asked = services.confirm_call(alice_actor, ask("Order three boxes of tea"))
    asked.calls[0]["state"] = State.BEGUN.value
    asked.save()
    offered = tool_calls.offered_tools
    forgetful = [replace(tool, is_once=False) for tool in offered(alice_actor)]
    monkeypatch.setattr(tool_calls, "offered_tools", lambda actor: forgetful)

    answer = answered(asked)

    assert (states(answer), package.ORDERS) == ([State.FAILED], {})
    assert "may have been done already" in answer.calls[0]["text"]


def test_whoever_may_not_use_a_tool_is_not_offered_it(
    package: Any, chooser: ScriptedEngine, polish: str, alice_actor: Actor, colleague_actor: Actor
) -> None:
    assert {tool.name for tool in tool_calls.offered_tools(alice_actor)} == {"tool.order_tea", polish}
    # A viewer, who may use apps and edit none.
    assert "tool.order_tea" not in {tool.name for tool in tool_calls.offered_tools(colleague_actor)}


def test_an_app_that_acts_is_left_to_people(chooser: ScriptedEngine, alice_actor: Actor) -> None:
    waits = "  - {id: yes, kind: wait, message: Really?, fields: {}}\noutputs:"
    published(alice_actor, ECHO.replace("outputs:", waits))

    assert tool_calls.offered_tools(alice_actor) == []


def test_an_app_that_fails_is_told_and_the_question_answered_all_the_same(
    ask: Ask, says: Says, chooser: ScriptedEngine, alice_actor: Actor, alice_browser: Client
) -> None:
    step = "  - {id: again, kind: extract, prompt: x, fields: {a: {type: number}}}\n"
    text = ECHO[: ECHO.index("  - {id: again")] + step + "outputs: {a: {value: '{{ again.a }}'}}\n"
    published(alice_actor, text)
    says(choice(call_of("workbench.polish", **VALUES)), "no number", "no number", "Good tea.")

    answer = ask(WISH)

    assert (states(answer), answer.text, AppRun.objects.count()) == ([State.FAILED], "Good tea.", 0)
    assert "failed" in alice_browser.get(f"/assistant/{answer.chat_id}/").content.decode()


def test_a_later_attempt_calls_nothing_again(
    ask: Ask, says: Says, polish: str, alice_actor: Actor, chooser: ScriptedEngine
) -> None:
    says(choice(call_of(polish, **VALUES)))
    chat = services.start_chat(alice_actor, NewQuestion(WISH))
    answer = selectors.message_list(chat).latest("id")
    done = answered(answer)
    answer.job = jobs.create_row_job(alice_actor, ANSWER_MESSAGE, answer)
    answer.save(update_fields=["job"])

    again = answered(answer)

    assert again.calls == done.calls
    assert AppRun.objects.count() == 1
    assert len(chooser.requests()) == 1
