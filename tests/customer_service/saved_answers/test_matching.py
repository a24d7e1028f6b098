"""Which questions get a saved answer, and which must not."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from apps.answering import passages
from apps.core import ttl_cache
from apps.core.errors import InvalidInput, NotFound
from apps.customer_service.answering import services as answering
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations import selectors, services
from apps.customer_service.saved_answers import matching
from apps.customer_service.saved_answers import services as saved_answers
from apps.customer_service.saved_answers.matching import Candidate
from apps.customer_service.saved_answers.models import SavedAnswer, SavedAnswerQuestion
from apps.inference import selectors as inference
from apps.inference.models import Endpoint
from apps.jobs.models import Job
from tests.customer_service.saved_answer_fixtures import answer_to, curate, embed_all, run_of

pytestmark = pytest.mark.django_db

QUESTION = "How long can I return unopened tea?"
LONG_QUESTION = "How long after the delivery of my parcel can I still return unopened tea to you?"
CLOSE_QUESTION = "How long after the delivery of my parcel can I still return the unopened tea to you?"


def test_the_same_question_gets_the_answer_without_any_model(desk, alice_actor):
    answer = curate(alice_actor, QUESTION)

    assert answer_to(desk.open("hello, how long can i return unopened tea")) == answer
    assert answer_to(desk.open("Do you sell coffee mugs in blue?")) is None


def test_a_close_question_gets_it_once_its_vector_is_there(desk, alice_actor, embedding):
    answer = curate(alice_actor, LONG_QUESTION)

    job = embed_all(alice_actor)

    assert job.state == Job.State.SUCCEEDED, job.error_message
    assert SavedAnswerQuestion.objects.get().embedding_model == "scripted"
    found = matching.candidates(matching.AskedQuestion(alice_actor, CLOSE_QUESTION, "en"))
    assert not found[0].is_by_words
    assert answer_to(desk.open(CLOSE_QUESTION)) == answer
    assert answer_to(desk.open("Where can I buy a teapot made of clay?")) is None


@pytest.mark.parametrize(
    "question",
    [
        "How long can I return unopened tea 2 months after?",
        "How long can I return unopened tea of order A-1029?",
        "How long can I not return unopened tea?",
        "How much can I return unopened tea?",
    ],
)
def test_a_number_a_not_or_another_kind_of_question_is_a_doubt(desk, alice_actor, embedding, question):
    curate(alice_actor, QUESTION)
    embed_all(alice_actor)

    assert answer_to(desk.open(question)) is None


def test_an_order_number_in_the_saved_question_must_be_the_same(desk, alice_actor):
    answer = curate(alice_actor, "What is wrong with batch LT-20261 of the tea?")

    assert answer_to(desk.open("What is wrong with batch LT-20261 of the tea?")) == answer
    assert answer_to(desk.open("What is wrong with batch LT-20262 of the tea?")) is None


def test_only_usable_answers_are_given(desk, alice_actor):
    answer = curate(alice_actor, QUESTION)
    asked = desk.open(QUESTION)
    assert answer_to(asked) == answer

    SavedAnswer.objects.update(is_enabled=False)
    # What the process remembers is not trusted for what is given.
    assert answer_to(desk.open(QUESTION)) is None

    SavedAnswer.objects.update(is_enabled=True, expires_at=timezone.now() - timedelta(minutes=1))
    ttl_cache.clear_all()
    assert answer_to(desk.open(QUESTION)) is None


def test_an_answer_stays_in_its_channels_and_language(desk, alice_actor):
    other = Channel.objects.create(organisation=alice_actor.organisation, name="Other", language="en")
    answer = curate(alice_actor, QUESTION, channels=[other.pk])
    assert answer_to(desk.open(QUESTION)) is None

    saved_answers.save_saved_answer(
        alice_actor,
        saved_answers.Content([QUESTION], "30 天。", "zh-hans"),
        saved_answer_id=answer.pk,
    )
    assert answer_to(desk.open(QUESTION)) is None

    answer.refresh_from_db()
    saved_answers.save_saved_answer(
        alice_actor,
        saved_answers.Content([QUESTION], "30 days.", "en", channels=[desk.channel.pk]),
        saved_answer_id=answer.pk,
    )
    assert answer_to(desk.open(QUESTION)) == answer


def test_another_shops_answer_is_never_given(desk, bob_actor):
    curate(bob_actor, QUESTION)

    assert answer_to(desk.open(QUESTION)) is None


def test_a_follow_up_that_leans_back_must_be_the_very_question(desk, alice_actor, embedding):
    answer = curate(alice_actor, "And how long can I return it then?", "Is it free?")
    embed_all(alice_actor)
    conversation = desk.open("Tell me about the oolong tea from Fujian province").conversation
    desk.messages(conversation)
    from_bot(desk, conversation)

    assert answer_to(desk.ask(conversation, "And how long can I return it then now?")) is None
    from_bot(desk, conversation)
    assert answer_to(desk.ask(conversation, "is it free")) == answer


def from_bot(desk, conversation):
    """An answer in between, so that the next message is a follow-up."""
    services.reply(desk.actor, conversation_id=conversation.pk, text="Gladly.")
    services.hand_back(desk.actor, conversation_id=conversation.pk)


def test_two_answers_that_come_equally_close_are_a_doubt():
    one, other = new_candidate(0.97), new_candidate(0.96)

    assert matching.pick_candidate([one, other]) is None
    assert matching.pick_candidate([one, new_candidate(0.94)]) is one
    assert matching.pick_candidate([new_candidate(0.955)]) is None


def new_candidate(closeness):
    return Candidate(uuid4(), "?", closeness)


def test_while_the_embedding_model_is_away_words_decide(desk, alice_actor, embedding, scripted_engine):
    answer = curate(alice_actor, LONG_QUESTION)
    embed_all(alice_actor)
    Endpoint.objects.update(url="http://127.0.0.1:9")

    assert answer_to(desk.open(CLOSE_QUESTION)) == answer
    assert answer_to(desk.open("How long can I keep my tea fresh at home?")) is None


def test_the_question_is_embedded_once_for_answer_and_passages(desk, alice_actor, engine, embedding):
    curate(alice_actor, "What does the tea house charge for gift wrapping?")
    embed_all(alice_actor)
    question = "How long does the delivery inside the city take?"
    asked = desk.open(question)
    run, exchange = run_of(asked), selectors.exchange(asked.conversation.pk)

    assert matching.matching_answer(run, exchange) is None
    assert passages.hits_for(run, answering.inquiry_of(exchange))

    embedded = [text for request in engine.requests("embeddings") for text in request["body"]["input"]]
    assert embedded.count(question) == 1


def test_another_embedding_model_asks_for_new_vectors(desk, alice_actor, embedding):
    curate(alice_actor, QUESTION)
    embed_all(alice_actor)
    Endpoint.objects.update(model="another")
    inference.clear_candidates()

    answer_to(desk.open("Do you have a shop in the old town of Suzhou?"))

    asked = Job.objects.filter(kind="customer_service.embed_curated_answers", state=Job.State.QUEUED)
    assert asked.count() == 1


def test_a_change_keeps_the_vectors_of_questions_that_stay(alice_actor, embedding):
    answer = curate(alice_actor, QUESTION, "May I send tea back?")
    embed_all(alice_actor)
    kept = SavedAnswerQuestion.objects.get(text=QUESTION)

    content = saved_answers.Content([QUESTION, "Returns?"], "31 days.", "en")
    saved_answers.save_saved_answer(alice_actor, content, saved_answer_id=answer.pk)

    stored = {question.text: question for question in SavedAnswerQuestion.objects.all()}
    assert set(stored) == {QUESTION, "Returns?"}
    assert (stored[QUESTION].pk, bytes(stored[QUESTION].embedding)) == (kept.pk, bytes(kept.embedding))
    assert stored["Returns?"].embedding is None


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"questions": ["  "]}, "questions"),
        ({"questions": ["x" * 501]}, "questions"),
        ({"questions": [f"question {number}" for number in range(51)]}, "questions"),
        ({"answer": " "}, "answer"),
        ({"language": "fr"}, "language"),
        ({"expires_at": timezone.now() - timedelta(days=2)}, "expires_at"),
    ],
)
def test_what_cannot_be_stored_is_refused_beside_its_field(alice_actor, fields, field):
    content = saved_answers.Content(**{"questions": ["q"], "answer": "a", "language": "en", **fields})

    with pytest.raises(InvalidInput) as refusal:
        saved_answers.save_saved_answer(alice_actor, content)

    assert list(refusal.value.fields) == [field]
    assert not SavedAnswer.objects.exists()


def test_a_question_has_one_answer_in_one_place(alice_actor, channel):
    other = Channel.objects.create(organisation=alice_actor.organisation, name="Other", language="en")
    curate(alice_actor, QUESTION, channels=[channel.pk])

    curate(alice_actor, QUESTION, channels=[other.pk])
    with pytest.raises(InvalidInput, match="already"):
        curate(alice_actor, QUESTION)


def test_a_strangers_answer_cannot_be_changed_or_deleted(alice_actor, bob_actor):
    answer = curate(alice_actor, QUESTION)
    content = saved_answers.Content(["q"], "a", "en")

    with pytest.raises(NotFound):
        saved_answers.save_saved_answer(bob_actor, content, saved_answer_id=answer.pk)
    with pytest.raises(NotFound):
        saved_answers.delete_saved_answer(bob_actor, saved_answer_id=answer.pk)
