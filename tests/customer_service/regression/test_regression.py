"""Regression sets: judging, runs, comparing, going live."""

import pytest

from apps.accounts import alerts
from apps.audit.models import AuditEntry
from apps.core import tables as core_tables
from apps.core.errors import InvalidInput
from apps.customer_service import tasks
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations.models import Conversation, Turn
from apps.customer_service.regression import diff, questions, runs, tables
from apps.customer_service.regression.grading import Given, facts_of, holds, judge, problem_texts
from apps.customer_service.regression.models import RegressionAnswer, RegressionQuestion, RegressionRun
from apps.customer_service.regression.questions import Expected
from apps.inference.models import Endpoint, Purpose
from apps.jobs import lifecycle
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.knowledge.models import Collection
from tests.customer_service.answering.test_answer_message import streamed

pytestmark = pytest.mark.django_db
DELIVERY = "How long does delivery take?"
GOOD = "Delivery inside the city takes two to four working days [1]."


@pytest.fixture
def delivery(alice_actor, channel, handbook):
    expected = Expected([handbook], ["4 days | four days"], ["free of charge"])
    return questions.save_question(alice_actor, channel=channel, text=DELIVERY, expected=expected)


@pytest.fixture
def nonsense(alice_actor, channel):
    expected = Expected(is_unanswerable=True)
    return questions.save_question(
        alice_actor, channel=channel, text="Do submarines dream of wolves?", expected=expected
    )


def work(run):
    tasks.run_regression(str(run.job_id))
    run.refresh_from_db()
    return run


def started(actor, channel, **fields):
    return runs.start_run(actor, channel=channel, **fields)


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
def test_facts_are_found_in_other_spellings(said, fact):
    assert holds(facts_of(said), fact)


@pytest.mark.parametrize(
    ("said", "fact"),
    [("130 days", "30 days"), ("30 hours", "30 days"), ("21.5 yuan", "1.5 yuan"), ("anything", " | ")],
)
def test_other_facts_are_not_taken_for_them(said, fact):
    assert not holds(facts_of(said), fact)


def test_an_answer_is_judged_by_facts_and_sources(delivery, handbook):
    own = frozenset({(str(handbook.collection_id), handbook.file_name)})

    assert judge(delivery, Given("Two to four days.", is_refusal=False, documents=own)) == []
    found = judge(delivery, Given("It is free of charge.", is_refusal=False))
    assert [each.code for each in found] == ["forbidden_fact", "missing_fact", "wrong_source"]
    assert [each.code for each in judge(delivery, Given("I do not know.", is_refusal=True))] == ["refused"]
    assert "free of charge" in problem_texts([each.body() for each in found])[0]


def test_what_has_no_answer_must_be_refused(nonsense):
    assert judge(nonsense, Given("I could not find that.", is_refusal=True)) == []
    assert [each.code for each in judge(nonsense, Given("Yes.", is_refusal=False))] == ["not_refused"]


def test_a_run_asks_every_question_on_the_products_own_path(
    alice_actor, channel, delivery, nonsense, says, engine
):
    says(GOOD)

    run = work(started(alice_actor, channel))

    assert (run.passed, run.total, run.model) == (2, 2, "scripted")
    assert run.prompt_hash
    answer = RegressionAnswer.objects.get(run=run, question=delivery)
    assert answer.text == GOOD
    assert answer.citations[0]["document_title"] == "Handbook"
    assert RegressionAnswer.objects.get(run=run, question=nonsense).is_unanswered


def test_a_run_stores_no_conversation_and_streams_no_text(alice_actor, channel, delivery, says):
    says(GOOD)

    run = work(started(alice_actor, channel))

    assert not Conversation.objects.exists()
    assert not Turn.objects.exists()
    kinds = {kind for kind, _body in streamed(run.job)}
    assert kinds <= {"stage", "progress", "done"}


def test_a_wrong_answer_fails_with_its_reasons(alice_actor, channel, delivery, says):
    says("Delivery inside the city costs 12 yuan [1].")

    run = work(started(alice_actor, channel))

    answer = run.answers.get()
    assert not answer.is_passed
    assert {"code": "missing_fact", "detail": "4 days | four days"} in answer.problems


def test_questions_that_are_answered_are_not_asked_again(alice_actor, channel, delivery, engine):
    """What a killed worker leaves behind: the lease runs out, the next attempt goes on."""
    other = questions.save_question(
        alice_actor, channel=channel, text="Can I return delivery boxes?", expected=Expected()
    )
    run = started(alice_actor, channel)
    RegressionAnswer.objects.create(
        organisation=run.organisation, run=run, question=delivery, question_text=DELIVERY, is_passed=True
    )
    RegressionRun.objects.filter(pk=run.pk).update(passed=1)
    job = lifecycle.claim(run.job_id)
    lifecycle.release(job, delay_seconds=0, code="worker_lost", message="lost")
    engine.script({"text": "Unopened tea can be returned within 30 days [1]."})

    work(run)

    assert set(run.answers.values_list("question", flat=True)) == {delivery.pk, other.pk}
    assert len(engine.requests()) == 1
    assert run.total == 2


def test_a_cancelled_run_keeps_what_it_has_and_goes_on_when_asked(alice_actor, channel, delivery, says):
    run = started(alice_actor, channel)
    jobs.cancel_job(run.job)
    tasks.run_regression(str(run.job_id))
    assert run.answers.count() == 0

    jobs.retry_job(Job.objects.get(pk=run.job_id))
    says(GOOD)
    work(run)

    assert run.passed == 1


def test_draft_instructions_endpoint_and_documents_are_tried_alone(
    alice_actor, channel, delivery, engine, scripted_engine
):
    empty = Collection.objects.create(organisation=alice_actor.organisation, name="Empty", language="en")
    tried = Endpoint.objects.create(
        organisation=alice_actor.organisation,
        name="tried",
        purpose=Purpose.CHAT,
        url=scripted_engine.url,
        model="another",
        is_enabled=False,
    )
    engine.script({"text": GOOD})
    other_model = work(started(alice_actor, channel, endpoint=tried))
    other_documents = work(started(alice_actor, channel, collections=[empty]))

    assert (other_model.is_draft, other_model.model) == (True, "another")
    assert engine.requests()[-1]["body"]["model"] == "another"
    assert other_documents.answers.get().is_unanswered
    assert list(channel.collections.all()) != [empty]


def test_what_is_tried_is_not_remembered_for_visitors(alice_actor, channel, delivery, desk, says):
    """Passages are kept for seconds: those of a draft must not reach a visitor who asks the same."""
    empty = Collection.objects.create(organisation=alice_actor.organisation, name="Empty", language="en")
    work(started(alice_actor, channel, collections=[empty]))
    says(GOOD)

    asked = desk.open(DELIVERY)
    desk.work(asked.job)

    assert not desk.turns(asked.conversation)[-1].is_unanswered


def test_a_repeated_run_is_a_run_of_its_own_with_what_is_live_then(alice_actor, channel, delivery, says):
    first = started(alice_actor, channel, label="nightly")
    says(GOOD)
    work(first)
    Channel.objects.filter(pk=channel.pk).update(instructions="Be brief.")
    again = jobs.create_job(
        alice_actor, kind=runs.job_types.RUN_REGRESSION, inputs=first.job.inputs, subject="schedule:1"
    )
    says(GOOD)

    tasks.run_regression(str(again.pk))

    second = RegressionRun.objects.get(job=again)
    assert (second.label, second.instructions, second.passed) == ("nightly", "Be brief.", 1)
    assert not second.is_draft


def test_two_runs_are_compared_question_by_question(alice_actor, channel, delivery, nonsense, says):
    says(GOOD)
    before = work(started(alice_actor, channel))
    says("Gift wrapping is free of charge.")
    after = work(started(alice_actor, channel))

    found = diff.comparison(before, after)

    assert found.counts == {"better": 0, "worse": 1, "changed": 0, "same": 1, "new": 0, "gone": 0}
    assert found.pairs[0].question == DELIVERY
    assert diff.earlier_live_run(after) == before


def test_changed_words_are_marked():
    pieces = diff.word_changes("三天内发货", "五天内发货")

    assert [(each.kind, each.text) for each in pieces] == [
        ("removed", "三"),
        ("added", "五"),
        ("same", "天内发货"),
    ]


def test_a_drop_of_what_is_live_asks_for_attention(alice_actor, channel, delivery, says):
    says(GOOD)
    work(started(alice_actor, channel))
    assert not [matter for matter in alerts.alerts(alice_actor) if "worse" in str(matter.text)]

    says("Gift wrapping is free of charge.")
    dropped = work(started(alice_actor, channel))
    says("Nothing.")
    work(started(alice_actor, channel, instructions="A bad draft"))

    urls = [matter.url for matter in alerts.alerts(alice_actor)]
    assert f"/conversations/regression/runs/{dropped.pk}/compare/" in urls


def test_tried_instructions_go_live_by_one_call_and_leave_a_trace(alice_actor, channel, delivery, says):
    says(GOOD)
    run = work(started(alice_actor, channel, instructions="Name the postage too."))
    channel.refresh_from_db()
    assert channel.instructions == ""

    runs.apply_instructions(alice_actor, run_id=run.pk)

    channel.refresh_from_db()
    assert channel.instructions == "Name the postage too."
    entry = AuditEntry.objects.get(action="channel.instructions_applied")
    assert entry.details["after"] == "Name the postage too."


def test_a_channel_without_questions_has_nothing_to_ask(alice_actor, channel):
    with pytest.raises(InvalidInput) as refused:
        started(alice_actor, channel)

    assert "channel" in refused.value.fields


def test_a_question_is_not_kept_twice(alice_actor, channel, delivery):
    with pytest.raises(InvalidInput) as refused:
        questions.save_question(alice_actor, channel=channel, text=DELIVERY, expected=Expected())

    assert "text" in refused.value.fields


def test_the_unanswerable_cannot_have_expected_facts(alice_actor, channel):
    expected = Expected(expected_facts=["x"], is_unanswerable=True)

    with pytest.raises(InvalidInput) as refused:
        questions.save_question(alice_actor, channel=channel, text="?", expected=expected)

    assert "is_unanswerable" in refused.value.fields


def exported(actor):
    rows = tables.rows(questions.question_list(actor.organisation))
    return b"".join(core_tables.response(rows, name="questions", file_type="csv"))


def test_questions_survive_the_way_out_and_in_again(alice_actor, channel, delivery, nonsense):
    content = exported(alice_actor)
    delivery.delete()
    nonsense.delete()

    assert tables.import_questions(alice_actor, channel=channel, content=content) == 2

    again = RegressionQuestion.objects.get(text=DELIVERY)
    assert again.expected_facts == ["4 days | four days"]
    assert [document.title for document in again.expected_documents.all()] == ["Handbook"]


def test_a_wrong_line_is_named_and_nothing_is_imported(alice_actor, channel):
    content = b"question,expected_documents\nFine?,\nWrong?,No such book\n,\n"

    with pytest.raises(InvalidInput) as refused:
        tables.import_questions(alice_actor, channel=channel, content=content)

    assert str(refused.value.fields["file"][0]) == "Row 3: There is no document “No such book”."
    assert not RegressionQuestion.objects.exists()


def test_a_file_that_is_no_table_is_explained(alice_actor, channel):
    for content in (b"\xff\xfe\x00", b"a,b\n1,2\n"):
        with pytest.raises(InvalidInput):
            tables.import_questions(alice_actor, channel=channel, content=content)


def test_a_question_in_a_spreadsheet_is_no_formula(alice_actor, channel):
    questions.save_question(alice_actor, channel=channel, text="=1+1?", expected=Expected())

    content = exported(alice_actor)

    assert b"'=1+1?" in content
    tables.import_questions(alice_actor, channel=channel, content=content)
    assert RegressionQuestion.objects.get().text == "=1+1?"
