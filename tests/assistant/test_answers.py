"""What the assistant says, and that each sentence shows what it rests on."""

import json
from io import BytesIO
from typing import Any, cast
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from apps.accounts.actors import Actor
from apps.accounts.models import User
from apps.answering.citation_check import CheckedAnswer, CheckedSentence
from apps.answering.passages import NumberedPassage
from apps.answering.quotation import Quotation
from apps.assistant import files, selectors, services
from apps.assistant.models import ChatFile, ChatMessage
from apps.assistant.services import NewQuestion
from apps.core.errors import Conflict, NotFound
from apps.inference.models import InferenceCall, Purpose
from apps.jobs import runs
from apps.jobs.models import Job
from apps.jobs.runs import JobRun
from apps.knowledge import reader
from apps.knowledge import selectors as knowledge
from apps.knowledge.retrieval import Question
from tests.assistant.conftest import Ask, Says, answered
from tests.conftest import browser_of
from tests.customer_service.conversations.test_api import streamed_data
from tests.scripted_engine_fixture import ScriptedEngine, endpoint_of

pytestmark = pytest.mark.django_db
RETURNS = "Can I return unopened tea?"
Origin = ChatMessage.Origin


def origins(answer: ChatMessage) -> list[tuple[str, str]]:
    return [(answer.text[each["start"] : each["end"]], each["origin"]) for each in answer.sentences]


def test_a_sentence_shows_whether_a_document_or_the_model_says_it(
    ask: Ask, says: Says, documents: list[Any]
) -> None:
    says("Unopened tea can be returned within 30 days [1]. Our customers love the jasmine from Fuzhou most.")

    answer = ask(RETURNS, collections=documents)

    assert [origin for _text, origin in origins(answer)] == [Origin.DOCUMENT, Origin.OWN]
    assert answer.source == ChatMessage.Source.MODEL
    assert answer.is_reliable
    [citation] = answer.citations
    assert citation["document_title"] == "Handbook"
    quoted = citation["text"][citation["start"] : citation["end"]]
    assert quoted == "Unopened tea can be returned within 30 days"


def test_what_the_cited_document_does_not_say_is_marked_as_such(
    ask: Ask, says: Says, documents: list[Any]
) -> None:
    says("Unopened tea can be returned within 90 days [1].")

    answer = ask(RETURNS, collections=documents)

    assert origins(answer)[0][1] == Origin.DIFFERS


def test_a_model_that_nobody_measured_leaves_the_word_to_the_documents(
    ask: Ask, unmeasured: ScriptedEngine, documents: list[Any]
) -> None:
    answer = ask(RETURNS, collections=documents)

    assert answer.source == ChatMessage.Source.QUOTE
    assert "“Unopened tea can be returned within 30 days.” [1]" in answer.text
    assert not unmeasured.requests()


def test_own_words_of_a_model_that_nobody_measured_are_shown_and_told(
    ask: Ask, unmeasured: ScriptedEngine, says: Says
) -> None:
    says("Dear Lin, the jasmine harvest begins in May.")

    answer = ask("Write a line to Lin about the jasmine harvest.")

    assert answer.text == "Dear Lin, the jasmine harvest begins in May."
    assert not answer.is_reliable
    assert origins(answer)[-1][1] == Origin.OWN


def test_it_says_that_the_documents_do_not_say_it_before_it_speaks_for_itself(
    ask: Ask, says: Says, documents: list[Any]
) -> None:
    says("The moon is 384,400 kilometres away from the earth.")

    answer = ask("How far away is the moon?", collections=documents)

    assert answer.text.startswith("The documents that were searched do not say this.\n\nThe moon is")
    assert answer.sentences[0]["start"] > 0, "the first sentence is the platform's own"
    assert origins(answer) == [("The moon is 384,400 kilometres away from the earth.", Origin.OWN)]
    assert not answer.citations


def test_a_question_without_documents_is_searched_for_nowhere(
    ask: Ask, says: Says, engine: ScriptedEngine, documents: list[Any]
) -> None:
    says("Tea has been drunk for a long time.")

    answer = ask(RETURNS)

    assert "documents" not in answer.text
    assert "passage" not in str(engine.requests()[-1]["body"]["messages"][-1])


def test_calls_stand_in_the_ledger_under_a_purpose_of_their_own(ask: Ask, says: Says) -> None:
    says("Good morning.")

    answer = ask("Good morning")

    call = InferenceCall.objects.get(job=answer.job)
    assert (call.purpose, call.prompt_name) == (Purpose.ASSISTANT, "answer_staff")
    assert answer.model == "scripted"


def test_what_was_said_before_goes_along(ask: Ask, says: Says, engine: ScriptedEngine) -> None:
    says("One. Two. Three.", "Shorter.")
    first = ask("List three numbers.")

    ask("Shorter, please.", first.chat)

    sent = engine.requests()[-1]["body"]["messages"]
    assert [each["content"] for each in sent if each["role"] == "assistant"] == ["One. Two. Three."]


def test_the_title_is_the_first_sentence_of_the_first_question(ask: Ask, says: Says) -> None:
    says("Yes.")

    assert (
        ask("Plan the tasting in Hangzhou. It is for 40 people.").chat.title
        == "Plan the tasting in Hangzhou."
    )


def test_an_edited_question_is_another_branch(alice_actor: Actor, ask: Ask, says: Says) -> None:
    says("Green.", "Black.", "Oolong.")
    first = ask("Which tea?")
    ask("And another?", first.chat)

    edited = ask("Which tea is fermented?", first.chat, parent=None)

    messages = list(selectors.message_list(first.chat))
    assert [each.text for each in selectors.branch(messages)] == ["Which tea is fermented?", "Oolong."]
    old = selectors.branch(messages, first.pk)
    assert [each.text for each in old] == ["Which tea?", "Green.", "And another?", "Black."]
    assert [each.pk for each in selectors.siblings(messages)[None]] == [old[0].pk, edited.parent_id]


def test_another_answer_stands_beside_the_first_one_by_the_model_that_was_chosen(
    alice_actor: Actor, ask: Ask, says: Says, engine: ScriptedEngine
) -> None:
    other = endpoint_of(engine, alice_actor, Purpose.CHAT, name="other", model="other", priority=200)
    says("Green.", "Black.")
    first = ask("Which tea?")

    again = answered(services.repeat_answer(alice_actor, first, endpoint=other.pk))

    assert (again.parent_id, again.text, again.model) == (first.parent_id, "Black.", "other")
    shown = selectors.branch(list(selectors.message_list(first.chat)))
    assert [each.text for each in shown] == ["Which tea?", "Black."]
    gone = other.pk
    other.delete()
    with pytest.raises(NotFound):
        services.repeat_answer(alice_actor, first, endpoint=gone)


def test_no_question_is_asked_below_an_answer_that_is_being_written(alice_actor: Actor, engine: Any) -> None:
    chat = services.start_chat(alice_actor, NewQuestion("Which tea?"))
    answer = selectors.message_list(chat).latest("id")

    with pytest.raises(Conflict):
        services.send_message(alice_actor, chat, NewQuestion("And?", parent=answer.pk))
    with pytest.raises(Conflict):
        services.repeat_answer(alice_actor, answer)


def test_an_answer_whose_job_is_gone_is_over(ask: Ask, says: Says, alice_actor: Actor) -> None:
    says("Green.", "Black.")
    first = ask("Which tea?")
    Job.objects.filter(pk=first.job_id).delete()

    again = answered(services.repeat_answer(alice_actor, selectors.own_message(alice_actor, first.pk)))

    assert again.parent_id == first.parent_id


@pytest.mark.slow
def test_a_file_answers_in_its_chat_alone(alice_actor: Actor, ask: Ask, says: Says) -> None:
    text = b"# Tasting\n\nThe tasting in Hangzhou begins at 14:30 in the east pavilion.\n"
    says("The tasting begins at 14:30 in the east pavilion [1].", "Nobody told me.")

    answer = ask("When does the tasting in Hangzhou begin?", files=[SimpleUploadedFile("plan.md", text)])

    assert origins(answer)[0][1] == Origin.DOCUMENT
    assert answer.citations[0]["document_title"] == "plan.md"
    file = ChatFile.objects.get()
    assert (file.content, bool(file.passages), file.error_code) == (b"", True, "")
    elsewhere = ask("When does the tasting in Hangzhou begin?")
    assert not elsewhere.citations


@pytest.mark.slow
def test_a_file_that_cannot_be_read_holds_nothing_up_and_says_why(ask: Ask, says: Says) -> None:
    says("I cannot see it.")

    answer = ask("Sum this up", files=[SimpleUploadedFile("plan.pdf", b"%PDF-1.7 broken")])

    assert answer.text == "I cannot see it."
    assert ChatFile.objects.get().error_code == "broken_file"


def scan(pages: int) -> SimpleUploadedFile:
    """Blank pages, of which no text is recognised."""
    first, *others = [Image.new("L", (120, 160), 255) for _ in range(pages)]
    first.save(written := BytesIO(), "TIFF", save_all=True, append_images=others)
    return SimpleUploadedFile("contract.tiff", written.getvalue())


@pytest.mark.slow
def test_a_long_scan_is_read_in_the_background_and_its_answers_wait_for_it(ask: Ask, says: Says) -> None:
    says("It is blank.", "As I said.")

    first = ask("Sum this up", files=[scan(5)])
    second = ask("Sum it up, please", first.chat, parent=None)

    waiting = Job.objects.filter(pk__in=[first.job_id, second.job_id])
    assert set(waiting.values_list("queue", "state")) == {("ingest", Job.State.QUEUED)}
    assert not ChatFile.objects.get().read_at
    assert {answered(each).text for each in (first, second)} == {"It is blank.", "As I said."}
    assert ChatFile.objects.get().error_code == "no_text_found"


@pytest.mark.slow
def test_a_scan_is_read_for_the_next_question_where_its_answer_was_stopped(
    alice_actor: Actor, ask: Ask, says: Says
) -> None:
    says("I cannot see it.")
    stopped = ask("Sum this up", files=[scan(5)])
    services.stop_answer(alice_actor, stopped)

    answer = ask("Sum this up", stopped.chat)

    assert answered(answer).text == "I cannot see it."
    assert ChatFile.objects.get().read_at


@pytest.mark.slow
def test_a_scan_is_read_no_further_once_its_file_or_chat_is_deleted(
    alice_actor: Actor, ask: Ask, says: Says, monkeypatch: pytest.MonkeyPatch
) -> None:
    says("I cannot see it.")
    answer, other = (ask("Sum this up", files=[scan(5)]) for _chat in range(2))
    pages: list[int] = []

    def delete_file(_run: JobRun, _stage: str, number: int, _total: int) -> None:
        pages.append(number)
        services.delete_file(alice_actor, selectors.file_list(answer.chat).get())

    monkeypatch.setattr(JobRun, "part", delete_file)
    services.delete_chat(alice_actor, other.chat)

    assert answered(answer).text == "I cannot see it."
    assert pages == [1]
    assert not ChatFile.objects.exists()
    assert Job.objects.get(pk=other.job_id).state == Job.State.CANCELLED


def test_a_wish_that_names_no_word_of_a_file_gets_its_beginning(
    ask: Ask, says: Says, engine: ScriptedEngine
) -> None:
    says("A tasting takes place.")

    ask("Sum this up", files=[SimpleUploadedFile("plan.txt", b"The pavilion opens at noon.")])

    assert "The pavilion opens at noon." in str(engine.requests()[-1]["body"]["messages"])


def test_a_question_that_names_a_file_is_about_that_one(ask: Ask, says: Says, engine: ScriptedEngine) -> None:
    plan, menu = (
        SimpleUploadedFile(f"{name}.md", f"# {name}\n\nOf {name}.".encode()) for name in ("plan", "menu")
    )
    says("Done.", "Done.")

    first = ask("Sum up plan.md", files=[plan, menu])
    assert "Of menu" not in str(engine.requests()[-1]["body"]["messages"])
    ask("And menu.md?", first.chat)
    assert "Of plan" not in str(engine.requests()[-1]["body"]["messages"])


def test_a_wish_about_no_file_by_name_gets_those_that_came_with_it(
    ask: Ask, says: Says, engine: ScriptedEngine
) -> None:
    def about(word: str) -> SimpleUploadedFile:
        return SimpleUploadedFile(f"{word}.txt", "\n\n".join([f"The {word} is open. " * 30] * 9).encode())

    def shown() -> list[bool]:
        prompt = str(engine.requests()[-1]["body"]["messages"])
        return [f"The {word} is open" in prompt for word in ("shop", "bath", "park")]

    says("Done.", "Done.")

    first = ask("总结一下", files=[about("shop"), about("bath")])
    assert shown() == [True, True, False]
    ask("总结一下", first.chat, files=[about("park")])
    assert shown() == [False, False, True]


def long_file() -> SimpleUploadedFile:
    sections = {
        "Rain": "It rains.",
        "Arbitration": "The place is Zanzibar.",
        "Sun": "It shines.",
        "End": "42.",
    }
    text = "\n\n".join(f"# {name}\n\n{said}" for name, said in sections.items())
    return SimpleUploadedFile("deal.md", text.encode())


def test_a_long_file_is_found_by_its_words_behind_what_is_embedded(
    alice_actor: Actor, ask: Ask, says: Says, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint_of(engine, alice_actor, Purpose.EMBEDDING, model="scripted-embedding")
    monkeypatch.setattr(files, "MAX_EMBEDDED", 1)
    says("It is Zanzibar [1].")

    answer = ask("Which place is named for arbitration?", files=[long_file()])

    assert [bool(each["vector"]) for each in ChatFile.objects.get().passages] == [True, False, False, False]
    assert answer.citations[0]["heading"] == "Arbitration"


def test_what_was_not_found_in_a_file_that_was_not_read_to_its_end_is_told_so(
    ask: Ask, says: Says, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_PASSAGES", 3)
    says("Nobody knows.")

    told = ask("Who wins the lottery?", files=[long_file()]).text

    assert told.startswith(
        "The documents that were searched do not say this. Only the beginning of “deal.md” was read."
    )


@pytest.mark.slow
def test_a_file_that_another_branch_reads_at_the_same_time_keeps_its_passages(
    alice_actor: Actor, ask: Ask, says: Says, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody edits their question while its files are still being read."""
    read = reader.read

    def read_slowly(*args: Any, **options: Any) -> Any:
        monkeypatch.setattr(reader, "read", read)
        ask("When, again?", ChatFile.objects.all()[0].chat, parent=None)
        return read(*args, **options)

    monkeypatch.setattr(reader, "read", read_slowly)
    says("Noon.", "Noon.")
    named = [SimpleUploadedFile(f"{name}.txt", b"It opens at noon.") for name in ("plan", "menu")]

    ask("When does it open?", files=named)

    assert [(file.error_code, len(file.passages)) for file in ChatFile.objects.all()] == [("", 1)] * 2


def test_passages_cited_by_documents_and_model_have_numbers_of_their_own() -> None:
    quoted, own = (NumberedPassage(1, uuid4(), "Handbook", "", "Tea.") for _ in range(2))
    lead = Quotation(CheckedAnswer("Tea [1].", [CheckedSentence(0, 8, True, 1)]), [quoted])

    answer = lead.followed_by(CheckedAnswer("Tea [1].", [CheckedSentence(0, 8, True, 1)]), [own])

    assert answer.checked.text == "Tea [1].\n\nTea [2]."
    assert [(each.number, each.id) for each in answer.cited] == [(1, quoted.id), (2, own.id)]


@pytest.mark.slow
def test_passages_of_files_keep_their_ids(alice_actor: Actor, ask: Ask, says: Says) -> None:
    says("Noon.")
    ask("Sum this up", files=[SimpleUploadedFile("plan.txt", b"The pavilion opens at noon.")])
    file = ChatFile.objects.get()

    first, again = (next(iter(files.beginnings([file]))) for _ in range(2))

    assert first.passage_id == again.passage_id


def test_what_names_share_counts_less_in_a_file_of_another_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in documents: the passage that can be read comes first."""
    texts = [
        "客服请看：AirPods 2024 在仓库，AirPods 2024 在门店。",
        "AirPods 2024 may be returned to any shop of ours.",
    ]
    file = ChatFile(passages=[{"heading": "", "text": text, "vector": None} for text in texts])
    monkeypatch.setattr(knowledge, "embedded_question", lambda run, text: Question(text))

    hits = files.search(cast("Any", None), [file], "Where is the AirPods 2024?", limit=2)

    assert [hit.text for hit in hits] == texts[::-1]
    assert hits[0].lexical_score < hits[1].lexical_score


def test_without_any_model_the_documents_answer(ask: Ask, documents: list[Any]) -> None:
    assert ask(RETURNS, collections=documents).source == ChatMessage.Source.QUOTE

    alone = ask("Good morning")
    assert (alone.text, alone.job and alone.job.error_code) == ("", "models_away")


def test_only_collections_that_one_may_read_are_searched(
    alice_actor: Actor, bob_actor: Actor, documents: list[Any]
) -> None:
    with pytest.raises(NotFound):
        services.start_chat(bob_actor, NewQuestion(RETURNS, collections=documents))


def test_what_was_written_before_a_stop_stays(alice_actor: Actor, engine: ScriptedEngine) -> None:
    chat = services.start_chat(alice_actor, NewQuestion("Tell me a story."))
    answer = selectors.message_list(chat).latest("id")
    assert answer.job
    services.stop_answer(alice_actor, answer)
    runs.execute(answer.job.pk)

    assert Job.objects.get(pk=answer.job.pk).state == Job.State.CANCELLED
    with pytest.raises(Conflict):
        services.stop_answer(alice_actor, selectors.own_message(alice_actor, answer.pk))


@pytest.mark.django_db(transaction=True)
def test_an_answer_is_streamed_and_replayed_from_its_beginning(
    ask: Ask, says: Says, alice_browser: Client
) -> None:
    says("The jasmine harvest begins in May.")

    answer = ask("When does the harvest begin?")

    for _tab in range(2):
        told = streamed_data(alice_browser.get(f"/api/v1/jobs/{answer.job_id}/events/"))
        assert "".join(json.loads(each).get("text", "") for each in told) == answer.text
        assert "jasmine" not in told[-1], "what is sealed stands in no result"


def test_who_reads_a_shared_chat_is_told_of_an_answer_that_is_being_written(
    alice_actor: Actor, charlie: User, engine: Any
) -> None:
    """They may not follow its job."""
    chat = services.start_chat(alice_actor, NewQuestion("Which tea?"))
    services.share_chat(alice_actor, chat)

    page = browser_of(charlie).get(f"/assistant/shared/{chat.pk}/").content.decode()

    assert "This answer is still being written." in page
    assert "data-answer" not in page


def test_whoever_lost_the_right_meanwhile_is_not_answered(alice_actor: Actor, engine: ScriptedEngine) -> None:
    chat = services.start_chat(alice_actor, NewQuestion("Which tea?"))
    assert alice_actor.member
    alice_actor.member.is_active = False
    alice_actor.member.save()

    answer = answered(selectors.message_list(chat).latest("id"))

    assert answer.job
    assert (answer.text, answer.job.error_code) == ("", "permission_denied")
    assert not engine.requests()


def test_passages_of_a_file_are_found_by_their_meaning_too(
    alice_actor: Actor, ask: Ask, says: Says, engine: ScriptedEngine
) -> None:
    endpoint_of(engine, alice_actor, Purpose.EMBEDDING, model="scripted-embedding")
    says("Noon.")

    ask("Sum this up", files=[SimpleUploadedFile("plan.txt", b"The pavilion opens at noon.")])

    file = ChatFile.objects.get()
    assert file.embedding_model == "scripted-embedding"
    assert all(each["vector"] for each in file.passages)
