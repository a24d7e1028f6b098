"""Models that were not measured to read reliably write nothing that a visitor sees: the documents are quoted."""

import pytest

from apps.answering import quotes
from apps.customer_service.conversations.models import Citation, Message
from apps.customer_service.tools.models import LookupTool
from apps.inference import selectors as inference
from apps.inference.models import Endpoint
from apps.jobs.models import Job
from apps.knowledge.models import Passage
from tests.customer_service.chat.test_visitors import Visitor, vera  # noqa: F401  (fixture)
from tests.customer_service.conftest import Desk
from tests.customer_service.conversations.test_api import streamed_data
from tests.customer_service.tools.test_answers import lookup, says, shop, tool  # noqa: F401  (fixtures)
from tests.scripted_engine_fixture import ScriptedEngine

pytestmark = pytest.mark.django_db
QUESTION = "Can I return unopened tea?"


def answered(desk: Desk, question: str = QUESTION) -> tuple[Job, Message]:
    received = desk.open(question)
    job = desk.work(received.job)
    return job, desk.messages(received.conversation)[-1]


def test_the_sentences_that_answer_are_the_answer_word_for_word(
    desk: Desk, unmeasured: ScriptedEngine
) -> None:
    job, message = answered(desk)

    assert job.state == Job.State.SUCCEEDED
    assert not unmeasured.requests(), "no model is asked"
    assert message.source == Message.Source.QUOTE
    assert "“Unopened tea can be returned within 30 days.” [1]" in message.text
    assert message.text.startswith("Returns: ")
    citation = Citation.objects.get(message=message)
    assert citation.text[citation.start : citation.end] == "Unopened tea can be returned within 30 days."
    assert all(sentence["is_supported"] for sentence in message.sentences)


@pytest.mark.parametrize(
    ("question", "told"), [("Are you a robot?", "I am an AI assistant"), ("你是真人吗？", "我是 AI 助手")]
)
def test_whoever_asks_is_told_that_an_ai_answers(
    desk: Desk, unmeasured: ScriptedEngine, question: str, told: str
) -> None:
    _, message = answered(desk, question)

    assert told in message.text
    assert not message.is_unanswered
    assert not unmeasured.requests()


def test_a_sentence_that_is_cut_shows_it(desk: Desk, unmeasured: ScriptedEngine) -> None:
    Passage.objects.filter(heading="Returns").update(
        text="Yes, you can return unopened tea within 30 days of the day on which it came, whether you bought it in our "
        "shop or on our site, and whether it was a present or not," + " in its own box with the receipt," * 15
    )
    _, message = answered(desk)

    assert "…” [1]" in message.text
    citation = Citation.objects.get(message=message)
    assert citation.end - citation.start == quotes.MAX_QUOTED_CHARACTERS


@pytest.mark.parametrize(
    ("sentence", "quoted"),
    [
        ("-18℃以下保存。", "-18℃以下保存。"),
        ("- -18 °C or below.", "-18 °C or below."),
        ("#12 is oolong.", "#12 is oolong."),
        ("- • **Unopened** tea.", "Unopened** tea."),
        ("--- ## Hours", "Hours"),
    ],
)
def test_a_quote_loses_the_mark_of_its_list_and_no_sign(sentence: str, quoted: str) -> None:
    assert quotes.without_list_mark(sentence) == quoted


def test_nothing_is_quoted_where_the_documents_say_nothing(desk: Desk, unmeasured: ScriptedEngine) -> None:
    _, message = answered(desk, "Do you have a car park for coaches?")

    assert message.is_unanswered
    assert message.text == (
        "I could not find that in our documents. You can ask in other words, or talk to our staff."
    )
    assert not Citation.objects.filter(message=message).exists()


def test_no_second_sentence_pads_a_full_answer(desk: Desk, unmeasured: ScriptedEngine) -> None:
    _, message = answered(desk, "Who pays the return postage?")

    assert "“We pay the return postage.” [1]" in message.text
    assert message.text.count("“") == 1


def test_of_two_questions_asked_together_each_is_answered(desk: Desk, unmeasured: ScriptedEngine) -> None:
    _, message = answered(desk, "What does delivery inside the city cost? Is gift wrapping free?")

    assert "12 yuan.” [1]" in message.text
    assert "above 200 yuan.” [2]" in message.text
    assert not message.is_unanswered
    assert Citation.objects.filter(message=message).count() == 2


def test_of_two_questions_the_one_that_is_not_answered_is_named(
    desk: Desk, unmeasured: ScriptedEngine
) -> None:
    _, message = answered(
        desk, "What does delivery inside the city cost? Do you have a car park for coaches?"
    )

    assert "12 yuan.” [1]" in message.text
    assert "I could not find this in our documents: Do you have a car park for coaches?" in message.text


def test_the_first_of_two_questions_leans_on_the_message_before(
    desk: Desk, unmeasured: ScriptedEngine
) -> None:
    asked = desk.open("What does delivery inside the city cost?")
    desk.work(asked.job)

    desk.work(desk.ask(asked.conversation, "And how long? Is gift wrapping free?").job)

    assert "takes two to four working days" in desk.messages(asked.conversation)[-1].text


def test_a_question_that_names_no_case_is_answered_for_each(desk: Desk, unmeasured: ScriptedEngine) -> None:
    Passage.objects.filter(heading="Delivery").update(
        text="Inside the city delivery takes one day. To other provinces it takes three days. Abroad it takes twelve days."
    )

    _, message = answered(desk, "How long does delivery take?")

    for days in ("one day.” [1]", "three days.” [1]", "twelve days.” [1]"):
        assert days in message.text


def test_what_limits_the_answer_is_quoted_with_it(desk: Desk, unmeasured: ScriptedEngine) -> None:
    Passage.objects.filter(heading="Returns").update(
        text="Unopened tea can be returned within 30 days. However, sale items cannot be returned."
    )

    _, message = answered(desk)

    assert "“Unopened tea can be returned within 30 days.” [1]" in message.text
    assert "“However, sale items cannot be returned.” [1]" in message.text


@pytest.mark.parametrize(
    ("following", "is_quoted"), [("除促销商品外，退货免邮费。", True), ("除夕当天门店照常营业。", False)]
)
def test_an_exception_is_told_from_words_that_begin_alike(
    desk: Desk, unmeasured: ScriptedEngine, following: str, is_quoted: bool
) -> None:
    Passage.objects.filter(heading="Returns").update(
        text=f"Unopened tea can be returned within 30 days. {following}"
    )

    _, message = answered(desk)

    assert "“Unopened tea can be returned within 30 days.” [1]" in message.text
    assert (following in message.text) is is_quoted


def test_a_model_that_passed_the_reading_check_may_write(desk: Desk, engine: ScriptedEngine) -> None:
    text = "Unopened tea can be returned within 30 days [1]."
    engine.script({"text": text})

    assert answered(desk)[1].source == Message.Source.MODEL


def test_what_passed_counts_for_the_model_that_was_measured_alone(desk: Desk, engine: ScriptedEngine) -> None:
    Endpoint.objects.update(model="scripted-another")
    inference.clear_candidates()

    assert answered(desk)[1].source == Message.Source.QUOTE


def test_followers_see_what_is_read_before_anything_is_written(
    vera: Visitor,  # noqa: F811  (fixture)
    desk: Desk,
    unmeasured: ScriptedEngine,
) -> None:
    desk.work(vera.job)

    lines = streamed_data(vera.get("events/"))

    evidence = next(
        place for place, line in enumerate(lines) if '"passage":' in line and '"number":' not in line
    )
    written = next(place for place, line in enumerate(lines) if "“Delivery inside the city" in line)
    assert evidence < written
    assert '"document_title":"Handbook"' in lines[evidence]


def test_with_tools_nothing_that_the_model_wrote_is_shown_either(
    desk: Desk,
    unmeasured: ScriptedEngine,
    tool: LookupTool,  # noqa: F811
) -> None:
    unmeasured.script(lookup(), says("Tea may always be returned."))

    _, looked_up = answered(desk, "Where is my order A-1029 right now?")
    _, quoted = answered(desk)

    assert looked_up.action == Message.Action.LOOKUP
    assert looked_up.source == quoted.source == Message.Source.QUOTE
    assert looked_up.text.startswith("Order system:")
    assert "on its way" in looked_up.text
    assert "“Unopened tea can be returned within 30 days.” [1]" in quoted.text


def test_of_several_orders_each_is_told_under_its_number(
    desk: Desk,
    unmeasured: ScriptedEngine,
    tool: LookupTool,  # noqa: F811
) -> None:
    unmeasured.script(lookup("A-1030"))

    job, message = answered(desk, "订单号 A-1029 A-1030 到哪了")

    assert job.state == Job.State.SUCCEEDED
    assert message.text.index("Order system A-1030：") < message.text.index("Order system A-1029：")
    assert "delayed [1]" in message.text
    assert message.text.endswith("carrier: SF Express [2]")
