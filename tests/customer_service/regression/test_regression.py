"""Regression sets: what makes an answer good, what a run tries, letting it go live. `tests/evaluation` tests the rest."""

import pytest

from apps.accounts.actors import Actor
from apps.audit.models import AuditEntry
from apps.core import tables
from apps.core.errors import Conflict, InvalidInput, NotFound
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations.models import Conversation, Message
from apps.customer_service.regression.evaluation_adapter import ADAPTER
from apps.customer_service.regression.grading import PROBLEMS, GivenAnswer, facts_of, grade, holds
from apps.evaluation import selectors, services
from apps.evaluation.models import EvaluationAnswer, EvaluationQuestion, EvaluationRun
from apps.inference.models import Endpoint, Purpose
from apps.knowledge.models import Collection, Document
from tests.customer_service.answering.test_answer_message import streamed
from tests.customer_service.conftest import Desk, Say
from tests.customer_service.regression.conftest import DELIVERY, GOOD, Start, Write, work
from tests.scripted_engine_fixture import ScriptedEngine, trust

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("said", "fact"),
    [
        ("Returns within 三天。", "3 天"),
        ("It takes three working days.", "3 days"),
        ("运费１２元", "12 yuan | 12 元"),
        ("Free   Shipping, always", "free shipping"),
        ("You get 15% off [2]", "百分之十五"),
        ("We open at 9:00.", "早上9点"),
    ],
)
def test_facts_are_found_in_other_spellings(said: str, fact: str) -> None:
    assert holds(facts_of(said), fact)


@pytest.mark.parametrize(
    ("said", "fact"),
    [("130 days", "30 days"), ("30 hours", "30 days"), ("21.5 yuan", "1.5 yuan"), ("anything", " | ")],
)
def test_other_facts_are_not_taken_for_them(said: str, fact: str) -> None:
    assert not holds(facts_of(said), fact)


def test_an_answer_is_judged_by_facts_and_sources(delivery: EvaluationQuestion, handbook: Document) -> None:
    def codes(text: str, *, is_refusal: bool = False, **sources: frozenset[tuple[str, str]]) -> list[str]:
        given = GivenAnswer(text, is_refusal, **sources)
        return [each.code for each in grade(delivery.expected, [handbook], given)]

    own = frozenset({(str(handbook.collection_id), handbook.file_name)})

    assert codes("Two to four days.", sources=own) == []
    assert codes("It is free of charge.") == ["forbidden_fact", "missing_fact", "wrong_source"]
    assert codes("I do not know.", is_refusal=True) == ["refused"]
    assert {"forbidden_fact", "missing_fact", "wrong_source", "refused", "not_refused"} == set(PROBLEMS)


def test_what_has_no_answer_must_be_refused(nonsense: EvaluationQuestion) -> None:
    assert grade(nonsense.expected, [], GivenAnswer("I could not find that.", is_refusal=True)) == []
    (problem,) = grade(nonsense.expected, [], GivenAnswer("Yes.", is_refusal=False))
    assert problem.code == "not_refused"


def test_a_run_asks_every_question_on_the_products_own_path(
    start: Start, delivery: EvaluationQuestion, nonsense: EvaluationQuestion, says: Say
) -> None:
    says(GOOD)

    run = work(start())

    assert (run.passed, run.total, run.model) == (2, 2, "scripted")
    assert run.prompt_hash
    answer = EvaluationAnswer.objects.get(run=run, question=delivery)
    assert answer.text == GOOD
    assert answer.details["citations"][0]["document_title"] == "Handbook"
    assert answer.notes == ["[1] Handbook, Delivery"]
    assert EvaluationAnswer.objects.get(run=run, question=nonsense).details["is_unanswered"]


def test_a_run_stores_no_conversation_and_streams_no_text(
    start: Start, delivery: EvaluationQuestion, says: Say
) -> None:
    says(GOOD)

    run = work(start())

    assert not Conversation.objects.exists()
    assert not Message.objects.exists()
    kinds = {kind for kind, _body in streamed(run.job)}
    assert kinds <= {"stage", "progress", "done"}


def test_a_wrong_answer_fails_with_its_reasons(start: Start, delivery: EvaluationQuestion, says: Say) -> None:
    says("Delivery inside the city costs 12 yuan [1].")

    answer = work(start()).answers.get()

    assert not answer.is_passed
    assert {"code": "missing_fact", "detail": "4 days | four days"} in answer.problems
    assert "Missing: 4 days | four days" in answer.problem_texts


def test_draft_endpoint_and_documents_are_tried_alone(
    start: Start,
    channel: Channel,
    delivery: EvaluationQuestion,
    engine: ScriptedEngine,
    scripted_engine: ScriptedEngine,
    alice_actor: Actor,
) -> None:
    empty = Collection.objects.create(organisation=channel.organisation, name="Empty", language="en")
    tried = Endpoint.objects.create(
        organisation=channel.organisation,
        name="tried",
        purpose=Purpose.CHAT,
        url=scripted_engine.url,
        model="another",
        is_enabled=False,
    )
    trust(tried, alice_actor)
    engine.script({"text": GOOD})
    other_model = work(start(endpoint=tried))
    other_documents = work(start(options={"collections": [str(empty.pk)]}))

    assert (other_model.is_draft, other_model.model) == (True, "another")
    assert engine.requests()[-1]["body"]["model"] == "another"
    assert other_documents.answers.get().details["is_unanswered"]
    assert ADAPTER.run_facts(other_documents) == [("Documents", "Empty")]
    assert list(channel.collections.all()) != [empty]


def test_a_run_whose_documents_were_deleted_does_not_answer_from_others(
    start: Start, channel: Channel, delivery: EvaluationQuestion, engine: ScriptedEngine
) -> None:
    empty = Collection.objects.create(organisation=channel.organisation, name="Empty", language="en")
    run = start(options={"collections": [str(empty.pk)]})
    empty.delete()

    work(run)

    assert run.job
    run.job.refresh_from_db()
    assert (run.job.state, run.answers.count()) == ("failed", 0)


def test_what_is_tried_is_not_remembered_for_visitors(
    start: Start, channel: Channel, delivery: EvaluationQuestion, desk: Desk, says: Say
) -> None:
    """Passages are kept for seconds: those of a draft must not reach a visitor who asks the same."""
    empty = Collection.objects.create(organisation=channel.organisation, name="Empty", language="en")
    work(start(options={"collections": [str(empty.pk)]}))
    says(GOOD)

    asked = desk.open(DELIVERY)
    desk.work(asked.job)

    assert not desk.messages(asked.conversation)[-1].is_unanswered


def test_tried_instructions_go_live_by_one_call_and_leave_a_trace(
    alice_actor: Actor, start: Start, channel: Channel, delivery: EvaluationQuestion
) -> None:
    run = start(options={"instructions": "Name the postage too."})
    (option,) = selectors.text_options(run)
    assert (run.is_draft, [piece.kind for piece in option.pieces]) == (True, ["added"])
    channel.refresh_from_db()
    assert channel.instructions == ""

    ADAPTER.apply(alice_actor, run)

    channel.refresh_from_db()
    assert channel.instructions == "Name the postage too."
    entry = AuditEntry.objects.get(action="channel.instructions_applied")
    assert entry.details["after"] == "Name the postage too."
    with pytest.raises(Conflict):
        ADAPTER.apply(alice_actor, run)


def test_the_unanswerable_cannot_have_expected_facts(write: Write) -> None:
    with pytest.raises(InvalidInput) as refused:
        write("?", expected_facts=["x"], is_unanswerable=True)

    assert "is_unanswerable" in refused.value.fields


def test_facts_have_limits(write: Write) -> None:
    with pytest.raises(InvalidInput) as refused:
        write(
            "?", expected_facts=["x"] * 2 + [str(number) for number in range(20)], forbidden_facts=["x" * 201]
        )

    assert set(refused.value.fields) == {"expected_facts", "forbidden_facts"}


def test_a_document_of_another_organisation_is_not_found(write: Write, bob_actor: Actor) -> None:
    foreign = Collection.objects.create(organisation=bob_actor.organisation, name="Rival", language="en")
    document = Document.objects.create(
        organisation=bob_actor.organisation, collection=foreign, title="Secret", file_name="s.md"
    )

    with pytest.raises(NotFound):
        write("?", expected_documents=[document.pk])


def exported(actor: Actor) -> bytes:
    questions = list(selectors.questions(ADAPTER, actor.organisation))
    rows = [
        {"question": question.text, **cells}
        for question, cells in zip(questions, ADAPTER.cells(questions), strict=True)
    ]
    return b"".join(tables.response(rows, name="questions", file_type="csv"))


def test_questions_survive_the_way_out_and_in_again(
    alice_actor: Actor,
    channel: Channel,
    handbook: Document,
    delivery: EvaluationQuestion,
    nonsense: EvaluationQuestion,
) -> None:
    content, before = exported(alice_actor), delivery.expected
    delivery.delete()
    nonsense.delete()

    key = str(channel.pk)
    imported = services.import_questions(alice_actor, adapter=ADAPTER, question_set=key, content=content)

    assert imported.count == 2
    assert EvaluationQuestion.objects.get(text=DELIVERY).expected == before
    assert before["expected_documents"] == [str(handbook.pk)]


def test_a_document_that_is_not_there_is_named_and_nothing_is_imported(
    alice_actor: Actor, channel: Channel
) -> None:
    content = b"question,expected_documents\nFine?,\nWrong?,No such book\n,\n"

    with pytest.raises(InvalidInput) as refused:
        services.import_questions(alice_actor, adapter=ADAPTER, question_set=str(channel.pk), content=content)

    assert str(refused.value.fields["file"][0]) == "Row 3: Document “No such book” not found."
    assert not EvaluationQuestion.objects.exists()


def test_questions_and_runs_go_with_their_channel(
    channel: Channel, start: Start, delivery: EvaluationQuestion
) -> None:
    start()

    channel.delete()

    assert not EvaluationQuestion.objects.exists()
    assert not EvaluationRun.objects.exists()
