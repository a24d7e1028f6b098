"""The bot's answer to a message: who may answer it best, and storing what came of it, once."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, Q
from django.utils import timezone

from apps.answering import messages, passages, quotation, quotes
from apps.answering.citation_check import CheckedAnswer
from apps.answering.messages import asks_whether_ai, is_courtesy, is_greeting, is_objection
from apps.answering.own_sentences import say
from apps.answering.passages import Inquiry, NumberedPassage
from apps.answering.quotes import Finding
from apps.core import bounded_calls
from apps.core.bounded_calls import TookTooLong
from apps.customer_service.answering import fallback, generation, responses, summaries
from apps.customer_service.answering.responses import Answer, Trigger
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations import activity, contacts, selectors
from apps.customer_service.conversations.models import Citation, Conversation, Message
from apps.customer_service.conversations.selectors import Exchange
from apps.customer_service.conversations.services import ANSWER_MESSAGE
from apps.customer_service.handoff import selectors as handoffs
from apps.customer_service.handoff import services as handoff
from apps.customer_service.handoff.models import Handoff
from apps.customer_service.saved_answers import matching
from apps.customer_service.staff.models import DeskSettings
from apps.customer_service.staff.selectors import desk_settings
from apps.customer_service.tools import calls
from apps.customer_service.tools.models import LookupTool
from apps.inference import services as inference
from apps.jobs.runs import JobCancelled, JobRun
from apps.knowledge.models import Collection
from domain.text.answer_sentences.decision import Verdict
from domain.text.understanding import phrases
from domain.text.understanding.sentiment import NEGATIVE_TREND
from llm_backend.errors import ModelError, ModelOverloaded
from llm_backend.unicode_forms import nfkc

logger = logging.getLogger(__name__)

# One angry message may be a bad day; two are about us.
MESSAGES_OF_A_TREND = 2
# Of somebody who only calls for a person.
MAX_LINES_OF_A_CALL = 3


@ANSWER_MESSAGE.service
def answer_message(run: JobRun, *, conversation_id: UUID, message_id: UUID) -> dict[str, Any]:
    """Answers the message. An answer that nobody waits for any more is not stored: JobCancelled."""
    run.stage("searching")
    # Files that came after it without a word ask nothing.
    exchange = selectors.exchange(conversation_id, asked=message_id)
    # A newer question has a job of its own, which answers both.
    if exchange is None or exchange.conversation.answer_job_id != run.job.pk:
        raise JobCancelled
    return _store_answer(run, exchange, compose(run, exchange))


def compose(run: JobRun, exchange: Exchange) -> Answer:
    """What the first of these says: a rule, a person's own words, the documents. Stores nothing.

    A message that the rules cannot be held against in time is not passed on: it says nothing that anybody understands.
    """
    try:
        answer = _without_documents(run, exchange)
    except TookTooLong:
        logger.warning("a message took too long to read and counts as one that nothing is known about")
        answer = _not_found(exchange)
    if answer:
        return _speak(run, answer)
    inquiry = inquiry_of(exchange)
    hits = passages.hits_for(run, inquiry)
    findings = quotes.find(run, inquiry, hits)
    if quoted := quotes.worth_showing(findings):
        # Seen long before anything is written.
        run.event("evidence", **quoted[0].body())
    answer = _from_documents(run, exchange, passages.worth_reading(inquiry, hits), findings)
    for passage in answer.cited:
        run.event("citation", **answer.checked.citation_of(passage))
    return answer


def inquiry_of(exchange: Exchange) -> Inquiry:
    """The question, looked up in what a preview tries, else in what the channel names; one that names no collection may
    answer from all that are open to everybody.
    """
    channel = exchange.conversation.channel
    named = Channel.collections.through.objects.filter(channel=channel)
    of_channel = Collection.objects.within(channel.organisation_id).filter(
        Q(pk__in=named.values("collection")) | ~Exists(named) & Q(is_restricted=False)
    )
    preview_ids = tuple(collection.pk for collection in exchange.collections)
    return Inquiry(
        exchange.question,
        exchange.previous_question,
        scope=(channel.pk, preview_ids),
        collections=exchange.collections or of_channel,
    )


def _without_documents(run: JobRun, exchange: Exchange) -> Answer | None:
    """Asks no model to write."""
    language = exchange.conversation.language
    if bounded_calls.call_on_text(is_greeting, exchange.question):
        return responses.greeting(language)
    if _is_courtesy(exchange):
        return responses.courtesy(language)
    if answer := _while_waiting(exchange):
        return answer
    if bounded_calls.call_on_text(asks_whether_ai, exchange.question):
        return responses.whether_ai(language)
    if trigger := trigger_of(exchange):
        return responses.handed_over(language, trigger)
    if _is_objection(exchange):
        return _not_found(exchange, sentence=responses.MISSED)
    if saved_answer := matching.matching_answer(run, exchange):
        return responses.saved_answer(saved_answer)
    return None


def _is_courtesy(exchange: Exchange) -> bool:
    """“OK” behind a question of the assistant's is an answer to it."""
    name = exchange.conversation.visitor_name
    return not _is_reply(exchange) and bounded_calls.call_on_text(is_courtesy, exchange.question, name)


def _is_objection(exchange: Exchange) -> bool:
    """So is “no, not that one”; and nobody objects to what no one has said."""
    has_answer = exchange.previous_answer is not None and not _is_reply(exchange)
    return has_answer and bounded_calls.call_on_text(is_objection, exchange.question)


def _is_reply(exchange: Exchange) -> bool:
    last = exchange.previous_answer
    is_asked = last is not None and last.text.rstrip().endswith(("?", "？"))
    # Of its fixed sentences the one that greets asks, too, and waits for no reply.
    is_greeted = last is not None and (last.source, last.action) == (
        Message.Source.FIXED,
        Message.Action.ANSWER,
    )
    return is_asked and not is_greeted


def _while_waiting(exchange: Exchange) -> Answer | None:
    """To somebody for whom a person was called: that their address is noted, or that they need not call again."""
    conversation = exchange.conversation
    if conversation.answered_by != Conversation.AnsweredBy.QUEUE:
        return None
    if _leaves_address(exchange):
        return responses.address_noted(conversation.language)
    return responses.still_waiting(conversation.language) if _asks_again(exchange) else None


def _leaves_address(exchange: Exchange) -> bool:
    """Who waits in a chat was asked for one. What asks something beside it is answered as a question."""
    if exchange.conversation.channel.kind != Channel.Kind.CHAT or "?" in nfkc(exchange.question):
        return False
    return bool(bounded_calls.call_on_text(contacts.address_in, exchange.question))


def _asks_again(exchange: Exchange) -> bool:
    """Whether each message asks for a person, as those do who wait for one."""
    lines = exchange.question.splitlines()
    return len(lines) <= MAX_LINES_OF_A_CALL and all(
        bounded_calls.call_on_text(phrases.match_phrases, line, ()).handoff_request for line in lines
    )


def trigger_of(exchange: Exchange) -> Trigger | None:
    """What in the message calls for a person: a matter of life or law first. What was handed over once does not count a
    second time.
    """
    earlier = Handoff.objects.filter(conversation=exchange.conversation).order_by("-created_at").first()
    if earlier and earlier.state != Handoff.State.ENDED:
        return None
    question = _question_since(exchange, earlier)
    if not question:
        return None
    settings = desk_settings(exchange.conversation.organisation_id)
    return _trigger_in(question, settings) or (
        _growing_anger(exchange, earlier) if settings.hands_off_negative else None
    )


def _question_since(exchange: Exchange, earlier: Handoff | None) -> str:
    """What the visitor asks now, without what an earlier handoff was about."""
    if earlier is None or earlier.ended_at is None:
        return exchange.question
    last_answered = max((message.ordinal for message in exchange.before), default=0)
    newer = Message.objects.filter(
        conversation=exchange.conversation,
        author=Message.Author.VISITOR,
        ordinal__gt=last_answered,
        ordinal__lte=exchange.asked.ordinal,
        created_at__gt=earlier.ended_at,
    )
    return messages.join_messages(list(newer.order_by("ordinal").values_list("text", flat=True)))


def _trigger_in(text: str, settings: DeskSettings) -> Trigger | None:
    matches = bounded_calls.call_on_text(phrases.match_phrases, text, tuple(settings.handoff_keywords))
    if matches.sensitive and settings.hands_off_sensitive:
        return Trigger(Handoff.Reason.SENSITIVE, matches.sensitive)
    if matches.handoff_request:
        return Trigger(Handoff.Reason.ASKED, matches.handoff_request)
    return Trigger(Handoff.Reason.KEYWORD, matches.keyword) if matches.keyword else None


def _growing_anger(exchange: Exchange, earlier: Handoff | None) -> Trigger | None:
    """From what is understood by now; the latest message may not be, and nobody waits for it."""
    # The conversation has the last trend, which tells of nearly all that there is nothing to look up.
    if exchange.conversation.trend > NEGATIVE_TREND:
        return None
    trends = handoffs.trends_since(exchange.conversation, earlier)
    if len(trends) < MESSAGES_OF_A_TREND or trends[-1] > NEGATIVE_TREND:
        return None
    return Trigger(Handoff.Reason.NEGATIVE, f"{trends[-1]:.2f}")


def _from_documents(
    run: JobRun, exchange: Exchange, passages: Sequence[NumberedPassage], findings: Sequence[Finding]
) -> Answer:
    """With nothing to read and nothing to look up there is nothing to ask a model: it could only make things up."""
    # What is only tried out must not reach into other systems.
    tools = [] if exchange.is_trial else calls.tools_of(exchange.conversation.channel)
    # What is answered needs no question back, and what stands nowhere is not found by one.
    is_unsure = any(finding.verdict is Verdict.ABOUT for finding in findings)
    if is_unsure and not tools and (question := generation.question_back(exchange, passages)):
        return _speak(run, question)
    try:
        if (any(finding.quote for finding in findings) or tools) and not inference.may_write(run):
            return _speak(run, _word_for_word(run, exchange, findings, tools))
        if not passages and not tools:
            return _speak(run, _not_found(exchange))
        answer = generation.generate_answer(run, exchange, passages, tools)
    except ModelError as error:
        # A busy model is tried again first; whatever else it is, the visitor gets the passages at once.
        if isinstance(error, ModelOverloaded) and run.job.attempt < run.job.max_attempts:
            raise
        logger.warning("answered without a model: %s", error)
        return _in_place_of_text(run, fallback.answer(exchange, passages, why=error.code))
    is_doubted = _is_doubted(answer, findings)
    if answer.is_unanswered or is_doubted:
        say = _in_place_of_text if answer.takes_back or is_doubted else _speak
        return say(run, _unanswered(exchange, findings))
    return answer if answer.source == Message.Source.MODEL else _speak(run, answer)


def _is_doubted(answer: Answer, findings: Sequence[Finding]) -> bool:
    """Two agree: no passage holds a sentence that was written, and the reader says that those cited do not answer. Alone
    it would take back every seventh right answer.
    """
    return (
        answer.action == Message.Action.ANSWER
        and not answer.checked.is_supported
        and quotes.stand_beside_the_point(findings, answer.cited)
    )


def _word_for_word(
    run: JobRun, exchange: Exchange, findings: Sequence[Finding], tools: Sequence[LookupTool]
) -> Answer:
    """What another system or the documents say, for models that were not measured to read reliably."""
    answer = generation.answer_of_tool(run, exchange, tools) if tools else None
    if answer and not answer.is_unanswered:
        return answer
    if any(finding.verdict is Verdict.ANSWER for finding in findings):
        quoted = quotation.answer(exchange.conversation.language, findings)
        return responses.quoted(quoted.checked, quoted.cited)
    return _unanswered(exchange, findings)


def _unanswered(exchange: Exchange, findings: Sequence[Finding]) -> Answer:
    """Where the documents may say it all the same, their words stand there instead of “not found”."""
    answer = _not_found(exchange)
    if not quotes.worth_showing(findings):
        return answer
    conversation = exchange.conversation
    closing = responses.NOT_FOUND_HELP
    if answer.handoff:
        closing = responses.HANDED_OVER
    elif conversation.answered_by == Conversation.AnsweredBy.QUEUE:
        closing = responses.NOT_FOUND_HANDED_OVER
    quoted = quotation.about(conversation.language, findings, closing=say(conversation.language, closing))
    return replace(answer, checked=quoted.checked, cited=quoted.cited)


def _not_found(exchange: Exchange, *, sentence: str = responses.NOT_FOUND) -> Answer:
    """After so many in a row the visitor is better off with a person."""
    language = exchange.conversation.language
    if exchange.conversation.answered_by == Conversation.AnsweredBy.QUEUE:
        return responses.not_found_while_waiting(language, sentence=sentence)
    limit = desk_settings(exchange.conversation.organisation).unanswered_before_handoff
    in_a_row = 1 + selectors.unanswered_in_a_row(exchange.conversation, most=limit)
    if in_a_row < limit:
        return responses.not_found(language, sentence=sentence)
    trigger = Trigger(Handoff.Reason.LOW_CONFIDENCE, exchange.question[:300])
    return responses.not_found_again(language, trigger, sentence=sentence)


def _speak(run: JobRun, answer: Answer) -> Answer:
    run.text(answer.checked.text)
    return answer


def _in_place_of_text(run: JobRun, answer: Answer) -> Answer:
    """Followers throw away what a model wrote before it died, or what turned out to be false."""
    run.event("restart", attempt=run.job.attempt)
    return _speak(run, answer)


def _store_answer(run: JobRun, exchange: Exchange, answer: Answer) -> dict[str, Any]:
    """The message, its citations and the job's success become true together, or not at all."""
    message = Message(
        organisation_id=exchange.conversation.organisation_id,
        conversation=exchange.conversation,
        ordinal=exchange.asked.ordinal + 1,
        author=Message.Author.BOT,
        text=answer.checked.text,
        answers=exchange.asked,
        job=run.job,
        sentences=[sentence.body() for sentence in answer.checked.sentences],
        is_unanswered=answer.is_unanswered,
        action=answer.action,
        source=answer.source,
        saved_answer=answer.saved_answer,
        options=answer.options,
    )
    result = result_body(message, answer)
    with run.finishing(result):
        if not _may_answer(run, message):
            raise JobCancelled
        if message.ordinal != result["ordinal"]:
            result["ordinal"] = message.ordinal
            run.job.save(update_fields=["result"])
        activity.store(message)
        Citation.objects.bulk_create(_citation(message, passage, answer.checked) for passage in answer.cited)
        if answer.handoff:
            # Read anew: the update that ended the bot's turn has locked the row, but not this object.
            rows = Conversation.objects.select_related("channel", "organisation")
            handoff.hand_off_locked(
                rows.get(pk=message.conversation_id),
                reason=answer.handoff.reason,
                detail=answer.handoff.detail,
            )
        if summaries.is_due(exchange):
            summaries.order(run.actor, exchange.conversation)
    return result


def _may_answer(run: JobRun, message: Message) -> bool:
    """Ends the bot's turn if it still is the bot's turn; the update locks the conversation.

    Whoever asks something takes `answer_job` away. What asks nothing does not, a file without a word or a notice: it has
    the place behind the question, and the answer gets the one behind it.
    """
    waiting = Conversation.objects.filter(
        pk=message.conversation_id,
        answer_job=run.job.pk,
        answered_by__in=[Conversation.AnsweredBy.BOT, Conversation.AnsweredBy.QUEUE],
        state=Conversation.State.OPEN,
    )
    changes = {"answer_job": None, "last_activity_at": timezone.now()}
    if waiting.filter(message_count__lt=message.ordinal).update(**changes, message_count=message.ordinal):
        return True
    if not waiting.update(**changes, message_count=F("message_count") + 1):
        return False
    counts = Conversation.objects.values_list("message_count", flat=True)
    message.ordinal = counts.get(pk=message.conversation_id)
    return True


def result_body(message: Message, answer: Answer) -> dict[str, Any]:
    """The result of the job and so the `done` event: all that a page needs to show the finished answer."""
    return {
        "turn": str(message.pk),
        "ordinal": message.ordinal,
        "text": message.text,
        "is_unanswered": message.is_unanswered,
        "action": message.action,
        "source": message.source,
        "options": message.options,
        "sentences": message.sentences,
        "citations": [answer.checked.citation_of(passage) for passage in answer.cited],
    }


def _citation(message: Message, passage: NumberedPassage, answer: CheckedAnswer) -> Citation:
    start, end = answer.quote_of(passage.number)
    return Citation(
        message=message,
        number=passage.number,
        passage_id=passage.id,
        document_title=passage.document_title[:300],
        heading=passage.heading[:300],
        text=passage.text,
        start=start,
        end=end,
        is_edited=passage.is_edited,
    )
