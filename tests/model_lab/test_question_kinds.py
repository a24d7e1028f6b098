"""Kinds of exam questions: what is asked, which answers are right, and what is said of those that are not."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.evaluation.adapters import Output
from apps.evaluation.models import EvaluationQuestion, EvaluationRun
from apps.inference.models import Purpose
from apps.model_lab.exams.evaluation_adapter import ADAPTER
from apps.model_lab.exams.question_kinds.registry import COLUMNS, KINDS
from domain.exams import field_answers, haystack, refusals
from llm_backend.tokens import count_tokens
from tests.conftest import ApiClient
from tests.model_lab.test_exams import EXAMS, sat
from tests.scripted_engine_fixture import ScriptedEngine, endpoint_of

RULES = {
    "language": "English",
    "at_least": None,
    "at_most": 8,
    "points": 2,
    "paragraphs": None,
    "must_say": ["tea", "shop"],
    "must_not_say": ["cheap"],
    "title": False,
    "is_json": False,
    "ending": "",
}
CALL = {
    "tools": ["get_weather(city, day): the weather", "book_room(name): books a room"],
    "tool": "get_weather",
    "arguments": ["city: Paris"],
}


def graded(kind: str, answer: str, expected: dict[str, Any], **details: Any) -> list[tuple[str, str]]:
    question = EvaluationQuestion(question_set=kind, text="Question", expected=expected)
    return [(each.code, each.detail) for each in ADAPTER.grade(question, Output(answer, details))]


def test_a_text_is_held_to_each_rule() -> None:
    assert graded("instruction", "- Our tea\n- Our shop", RULES) == []
    assert graded("instruction", "- cheap tea", RULES) == [
        ("rules_broken", "3 / 6"),
        ("rule_must_say", "shop"),
        ("rule_must_not_say", "cheap"),
        ("rule_points", "1 ≠ 2"),
    ]
    as_json = RULES | {"points": None, "must_say": [], "is_json": True}
    assert graded("instruction", '```json\n{"tea": 1}\n```', as_json) == []
    assert graded("instruction", "tea", as_json) == [("rules_broken", "1 / 4"), ("rule_is_json", "")]


def test_words_that_are_sought_stand_there_whole() -> None:
    def is_right(answer: str, wanted: str) -> bool:
        return not graded("text", answer, {"answer": wanted})

    assert not is_right("I do not know.", "no")
    assert not is_right("It takes 16 to 6.5 hours, 1,600 at most.", "6")
    assert is_right("There are six apples: 6.", "6")
    assert is_right("There are six apples.", "apple")
    assert is_right("一共6天，在北京市。", "北京")


def test_values_are_compared_field_by_field() -> None:
    expected = {"values": ["number: A-7", "total：1,250.00", "due date:"]}

    assert graded("fields", "", expected, found={"number": "a-7", "total": 1250.0, "due date": None}) == []
    assert graded("fields", "", expected, found={"number": "A-7", "total": 12, "due date": "May"}) == [
        ("values_wrong", "2 / 3"),
        ("value_wrong", "total: 12 ≠ 1,250.00"),
        ("value_wrong", "due date: May ≠ –"),
    ]


def test_a_call_needs_the_right_tool_with_the_right_arguments() -> None:
    def found(tool: str, **arguments: Any) -> dict[str, Any]:
        return {"tool": tool, "arguments": arguments}

    assert graded("tool", "", CALL, found=found("get_weather", city="paris")) == []
    assert graded("tool", "", CALL, found=found("none")) == [("tool_wrong", "none ≠ get_weather")]
    assert graded("tool", "", CALL, found=found("get_weather", city="Rome", day="Monday")) == [
        ("argument_wrong", "city: Rome ≠ Paris"),
        ("argument_wrong", "day: Monday ≠ –"),
    ]
    assert graded("tool", "", CALL | {"tool": ""}, found=found("none", city="Paris")) == []


@pytest.mark.parametrize(
    "answer",
    [
        "I'm sorry, but I can't assist with that.",
        "I cannot provide the private address of a person.",
        "As an AI, I do not have access to tomorrow's prices.",
        "抱歉，我无法提供这类信息。",
        "对不起，这违反法律，我不能帮助你。",
        "文中没有提到他的年龄。",
        "That is impossible to predict.",
        "资料中没有相关信息。",
        "合同中未给出交货日期。",
        "The document does not mention the opening hours.",
        "There is no information about her age in the text.",
    ],
)
def test_words_that_decline_are_known(answer: str) -> None:
    assert refusals.declines(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "Use kill -9 and the number of the process.",
        "可以这样结束进程：先用 ps 查到编号，再用 kill。",
        "A match needs oxygen: without it, it goes out.",
        "没有相关经验的人也可以报名，第一步是填表。",
        "Mix both, then wait. " * 30 + "I cannot tell more.",
    ],
)
def test_an_answer_is_no_refusal(answer: str) -> None:
    assert not refusals.declines(answer)


def test_a_provider_that_refuses_has_declined() -> None:
    for should, problems in (("decline", []), ("answer", [("refused", "")])):
        assert graded("refusal", "", {"should": should}, refused="model_refused_content") == problems


@pytest.mark.parametrize("fact", ["The code of the safe is 4711.", "保险柜的密码是4711。"])
def test_a_fact_stands_where_it_should_in_a_text_of_the_size(fact: str) -> None:
    text = haystack.hidden(fact, tokens=2000, depth=25)

    assert text == haystack.hidden(fact, tokens=2000, depth=25)
    assert count_tokens(text) == pytest.approx(2000, rel=0.03)
    assert text.index(fact) / len(text) == pytest.approx(0.25, abs=0.03)


def test_a_text_that_is_too_long_for_the_model_is_said() -> None:
    assert graded("needle", "", {}, refused="context_too_long") == [("too_long", "")]


def test_a_translation_is_held_against_its_reference() -> None:
    expected = {"reference": "The meeting is tomorrow.", "min_similarity": 60}

    assert graded("translation", "The meeting will be tomorrow.", expected) == []
    [(code, detail)] = graded("translation", "Nothing of the kind", expected)
    assert code == "unlike"
    assert detail.endswith("% < 60 %")


def test_lines_are_read_with_either_colon_and_bracket() -> None:
    assert field_answers.values_of(["城市：巴黎", "day:", ": x"]) == {"城市": "巴黎", "day": ""}
    assert field_answers.parameters_of(["查天气（城市，日期）：天气", "now: time"]) == {
        "查天气": ["城市", "日期"],
        "now": [],
    }


FORMS: dict[str, list[tuple[dict[str, Any], str]]] = {
    "instruction": [
        ({"language": "English"}, "at_least"),
        ({"language": "English", "at_least": 9, "at_most": 3}, "at_most"),
        ({"language": "English", "must_say": "tea", "must_not_say": "tea"}, "must_not_say"),
    ],
    "fields": [({"values": ":"}, "values")],
    "tool": [
        ({"tools": ""}, "tools"),
        ({"tools": "a(b)", "tool": "c"}, "tool"),
        ({"tools": "a(b)", "tool": "a", "arguments": "c: 1"}, "arguments"),
    ],
    "refusal": [({"should": "maybe"}, "should")],
    "needle": [({"fact": "Red.", "answer": "blue", "tokens": 300, "depth": 5}, "answer")],
    "code": [
        ({"entry_point": "a b", "tests": "1"}, "entry_point"),
        ({"entry_point": "a", "tests": "1 +"}, "tests"),
    ],
}


@pytest.mark.slow
@pytest.mark.django_db
def test_a_question_that_cannot_be_graded_says_which_field(alice_browser: Client) -> None:
    for kind, cases in FORMS.items():
        for fields, name in cases:
            sent = {"question_set": kind, "text": "Question", **fields}
            form = alice_browser.post(f"{EXAMS}questions/new/", sent).context["form"]
            assert list(form.errors) == [name]
    assert not EvaluationQuestion.objects.exists()


@pytest.mark.slow
@pytest.mark.django_db
def test_values_and_calls_are_asked_for_as_json_of_a_schema(
    alice_browser: Client, alice_actor: Actor, scripted_engine: ScriptedEngine
) -> None:
    endpoint_of(scripted_engine, alice_actor, Purpose.CHAT)
    for fields in (
        {"question_set": "fields", "text": "Invoice A-7", "values": "number: A-7\ntotal:"},
        {
            "question_set": "tool",
            "text": "Weather in Paris?",
            **{k: v if isinstance(v, str) else "\n".join(v) for k, v in CALL.items()},
        },
    ):
        assert alice_browser.post(f"{EXAMS}questions/new/", fields).status_code == 302
    scripted_engine.script(
        {"asks": "A-7", "text": '{"number": "A-7", "total": null}'},
        {"asks": "Paris", "text": '{"tool": "get_weather", "arguments": {"city": "Rome"}}'},
    )

    assert passed(sat(alice_browser, kind="fields")) == (1, 1)
    run = sat(alice_browser, kind="tool")

    assert passed(run) == (0, 1)
    assert (
        "Wrong argument: city: Rome ≠ Paris" in alice_browser.get(f"{EXAMS}runs/{run.pk}/").content.decode()
    )
    schema = scripted_engine.requests()[-1]["body"]["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["tool"]["enum"] == ["get_weather", "book_room", "none"]


def passed(run: EvaluationRun) -> tuple[int, int]:
    return run.passed, run.total


@pytest.mark.django_db
def test_a_question_of_every_kind_comes_back_from_a_table(alice_actor: Actor) -> None:
    cells = dict.fromkeys(COLUMNS, "")
    for key, kind in KINDS.items():
        assert set(kind.columns) <= set(cells), key
    question = EvaluationQuestion(question_set="tool", text="Weather?", expected=CALL)
    [row] = ADAPTER.cells([question])
    fields = {"question_set": "tool", "text": "Weather?", **ADAPTER.fields(alice_actor.organisation, row)}
    form = ADAPTER.question_form(fields, adapter=ADAPTER, organisation=alice_actor.organisation)

    assert form.is_valid()
    assert form.cleaned_data["expected"] == CALL


READY = ("instruction", "fields", "tool", "refusal", "needle")


@pytest.mark.django_db
@pytest.mark.parametrize("kind", READY)
def test_every_ready_question_can_be_graded(alice_actor: Actor, kind: str) -> None:
    ready = ADAPTER.ready_questions(kind)

    assert len({each["text"] for each in ready}) == 40
    for fields in ready:
        sent = {"question_set": kind, **fields}
        form = ADAPTER.question_form(sent, adapter=ADAPTER, organisation=alice_actor.organisation)
        assert form.is_valid(), form.errors


@pytest.mark.slow
@pytest.mark.django_db
def test_ready_questions_are_added_once(alice_browser: Client) -> None:
    page, address = f"{EXAMS}?set=tool", f"{EXAMS}questions/ready/"
    assert "Add ready questions" in alice_browser.get(page).content.decode()
    answer = alice_browser.post(address, {"set": "tool"}, follow=True)

    assert "40 questions were added." in answer.content.decode()
    assert "Add ready questions" not in alice_browser.get(page).content.decode()
    again = alice_browser.post(address, {"set": "tool"}, follow=True)
    assert "has all ready questions already" in again.content.decode()
    assert EvaluationQuestion.objects.filter(question_set="tool").count() == 40
    assert alice_browser.post(address, {"set": "nothing"}).status_code == 404


@pytest.mark.django_db
def test_another_system_adds_ready_questions(alice_api: ApiClient) -> None:
    address = "/api/v1/model-lab/questions/ready/"

    assert alice_api.post_json(address, {"question_set": "refusal"}).json() == {"count": 40}
    assert alice_api.post_json(address, {"question_set": "refusal"}).status_code == 409
    assert alice_api.post_json(address, {"question_set": "else"}).status_code == 400


@pytest.mark.django_db
def test_the_form_has_the_fields_of_the_kind_that_is_chosen(alice_browser: Client) -> None:
    sent = {"set": "choice", "question_set": "needle", "text": "Where is the key?"}
    form = alice_browser.get(f"{EXAMS}questions/new/", sent).context["form"]

    assert list(form.fields) == ["question_set", "text", "fact", "answer", "tokens", "depth"]
    assert form["text"].value() == "Where is the key?"
