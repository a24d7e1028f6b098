"""The answer that the model writes: one call decides and writes, lookups come in between, every sentence is checked. Where a
question can mean several things in the documents it is asked which, instead of answering one at random."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path

from django.utils import translation
from django.utils.translation import pgettext

from apps.accounts.models import Organisation
from apps.answering import citation_check, messages, quotation
from apps.answering.citation_check import CheckedAnswer
from apps.answering.own_sentences import say
from apps.answering.passages import NumberedPassage
from apps.core.languages import NAMES_FOR_MODELS
from apps.customer_service.answering import responses, schemas, summaries
from apps.customer_service.answering.responses import Answer, Trigger
from apps.customer_service.answering.schemas import Reply, ToolReply
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations.models import Message
from apps.customer_service.conversations.selectors import Exchange
from apps.customer_service.handoff.models import Handoff
from apps.customer_service.tools import calls
from apps.customer_service.tools.calls import ToolAnswer
from apps.customer_service.tools.models import LookupTool
from apps.inference import prompts
from apps.inference import services as inference
from apps.inference.models import Purpose
from apps.jobs.runs import JobRun
from apps.knowledge import lexical
from llm_backend.prompts import RenderedPrompt
from llm_backend.tokens import fit

PROMPTS = Path(__file__).parent / "prompts"
PROMPT, EXAMPLES = PROMPTS / "answer_message.md", PROMPTS / "answer_examples.md"
# Each is a request to the shop's own system and one more pass of the model, while the visitor waits.
MAX_TOOL_CALLS = 2
# Of one such call. Each is a request of its own.
MAX_ORDERS = 5
# It stands in the prompt beside the passages.
LOOKED_UP_TOKENS = 300
# A longer question says enough to be searched for.
MAX_TERMS = 2
# The visitor reads all of them before choosing one.
MAX_OPTIONS = 3
# Of the best passage's score.
NEARLY_AS_GOOD = 0.92
TONES = {
    Channel.Tone.WARM: "warm and friendly",
    Channel.Tone.FORMAL: "formal and polite",
    Channel.Tone.BRIEF: "short and matter-of-fact",
}


def generate_answer(
    run: JobRun, exchange: Exchange, passages: Sequence[NumberedPassage], tools: Sequence[LookupTool]
) -> Answer:
    """The model answers from the passages, or asks a tool first; every sentence of it is checked."""
    run.stage("writing")
    read, left_out = list(passages), list[str]()
    # In the last round it gets no tools, so it has to answer.
    for lookups_left in range(MAX_TOOL_CALLS, -1, -1):
        reply = _ask_model(run, exchange, read, tools if lookups_left else [])
        run.check()
        if reply.action != schemas.LOOKUP or not isinstance(reply, ToolReply):
            break
        looked_up = _call_tool(run, exchange, reply, tools)
        if isinstance(looked_up, Answer):
            return looked_up
        read += _as_passages(looked_up.answers, after=len(read))
        left_out = looked_up.left_out
    return _with_left_out(exchange, _answer(run, exchange, read, reply), left_out)


def answer_of_tool(run: JobRun, exchange: Exchange, tools: Sequence[LookupTool]) -> Answer | None:
    """What another system says, as it says it: the model only chooses what to look up. None where it chooses nothing.

    Raises ModelError where no model can be asked.
    """
    may_clarify = may_ask_back(exchange)
    prompt = answer_prompt(run.job.organisation, exchange, [], tools, may_clarify=may_clarify)
    schema = schemas.reply_schema(may_clarify=False, tools=tools)
    reply = inference.extract(run, prompt, schema, purpose=Purpose.CHAT)
    run.check()
    if reply.action != schemas.LOOKUP or not isinstance(reply, ToolReply):
        return None
    looked_up = _call_tool(run, exchange, reply, tools)
    if isinstance(looked_up, Answer):
        return looked_up
    said = quotation.whole(exchange.conversation.language, _as_passages(looked_up.answers))
    answer = replace(responses.quoted(said.checked, said.cited), action=Message.Action.LOOKUP)
    return _with_left_out(exchange, answer, looked_up.left_out)


def _ask_model(
    run: JobRun, exchange: Exchange, read: Sequence[NumberedPassage], tools: Sequence[LookupTool]
) -> Reply | ToolReply:
    may_clarify = may_ask_back(exchange)
    schema = schemas.reply_schema(may_clarify=may_clarify, tools=tools)
    prompt = answer_prompt(run.job.organisation, exchange, read, tools, may_clarify=may_clarify)
    shown = schemas.streamed_text(exchange.question, has_examples=not tools)
    answer: Reply | ToolReply = inference.stream_structured(run, prompt, schema, shown).value
    return answer


def answer_prompt(
    organisation: Organisation,
    exchange: Exchange,
    read: Sequence[NumberedPassage],
    tools: Sequence[LookupTool],
    *,
    may_clarify: bool,
) -> RenderedPrompt:
    """The examples teach a small model to tell what is stated from what is merely about the same thing.

    They know no tools: where there are some, they would teach it not to look anything up.
    """
    conversation = exchange.conversation
    prompt = prompts.load(organisation, PROMPT).render(
        shop=organisation.name,
        tone=TONES[Channel.Tone(conversation.channel.tone)],
        language=NAMES_FOR_MODELS[conversation.language],
        instructions=conversation.channel.instructions,
        may_clarify=may_clarify,
        tools=tools,
        passages=read,
        earlier=summaries.earlier(exchange),
        question=exchange.question,
    )
    return prompt if tools else prompt.with_examples(prompts.load(organisation, EXAMPLES).render())


@dataclass(frozen=True)
class _LookedUp:
    """`left_out`: orders that were asked for beside those that were looked up."""

    answers: dict[str, ToolAnswer]
    left_out: list[str]


def _call_tool(
    run: JobRun, exchange: Exchange, reply: ToolReply, tools: Sequence[LookupTool]
) -> _LookedUp | Answer:
    """What the tool says of each order; or an answer, where the visitor has to say more first or the tool failed."""
    tool = next((tool for tool in tools if tool.name == reply.tool), None)
    if tool is None:
        return responses.not_found(exchange.conversation.language)
    run.stage("looking_up", tool=tool.label)
    answers, orders = {}, calls.for_each_order(tool, reply.given, exchange.question)
    for order in list(orders)[:MAX_ORDERS]:
        answers[order] = calls.call_tool(run, exchange, tool, orders[order])
        run.check()
        if answers[order].is_failed:
            return _without_answer(exchange, answers[order])
    return _LookedUp(answers, list(orders)[MAX_ORDERS:])


def _with_left_out(exchange: Exchange, answer: Answer, orders: Sequence[str]) -> Answer:
    """Nobody shall take what was not looked up for what was not found."""
    if not orders or answer.is_unanswered or answer.handoff:
        return answer
    language = exchange.conversation.language
    with translation.override(language):
        names = pgettext("list", ", ").join(orders)
    note = say(language, responses.LEFT_OUT, orders=names, count=str(MAX_ORDERS))
    return replace(answer, checked=answer.checked.followed_by(CheckedAnswer(note), {}))


def _without_answer(exchange: Exchange, looked_up: ToolAnswer) -> Answer:
    language, tool = exchange.conversation.language, looked_up.tool
    if looked_up.missing:
        # In the words of whoever described the tool: the visitor has never heard of its parameters.
        descriptions = {each["name"]: each.get("description") or each["name"] for each in tool.parameters}
        missing = descriptions.get(looked_up.missing, looked_up.missing)
        question = say(language, responses.TELL_ME, wanted=missing)
        return (
            responses.not_found(language)
            if _was_asked(exchange, question)
            else responses.question_back(question)
        )
    trigger = Trigger(Handoff.Reason.TOOL_FAILED, tool.label)
    return responses.handed_over(language, trigger, responses.LOOKUP_FAILED)


def _was_asked(exchange: Exchange, question: str) -> bool:
    """Since the last answer: whoever was asked has it not, or not in the form that it has to have."""
    said = (message for message in reversed(exchange.before) if message.author == Message.Author.BOT)
    since = takewhile(lambda message: message.is_unanswered or message.text == question, said)
    return any(message.text == question for message in since)


def _as_passages(looked_up: Mapping[str, ToolAnswer], *, after: int = 0) -> list[NumberedPassage]:
    """`looked_up`: by the order, which is their heading where there are several."""
    return [
        NumberedPassage(
            number,
            None,
            each.tool.label,
            order if len(looked_up) > 1 else "",
            fit(each.text, LOOKED_UP_TOKENS),
        )
        for number, (order, each) in enumerate(looked_up.items(), start=after + 1)
    ]


def _answer(
    run: JobRun, exchange: Exchange, read: Sequence[NumberedPassage], reply: Reply | ToolReply
) -> Answer:
    language = exchange.conversation.language
    if reply.action == schemas.HANDOFF:
        return responses.handed_over(language, Trigger(Handoff.Reason.ASKED))
    # Followers saw no text of such a reply, so there is none to take back.
    if not schemas.is_shown({"answer": reply.answer, "action": reply.action}):
        return responses.not_found(language)
    text = citation_check.without_sentence(reply.text, say(language, responses.NOT_FOUND))
    # It said that it did not find it, and perhaps answered all the same: then the check decides.
    was_refused = text != reply.text.strip()
    if not any(character.isalnum() for character in text):
        # A small model may copy the dots of the example.
        return responses.not_found(language, takes_back=True)
    checked_text = citation_check.check_in_child(
        text, read, question=exchange.question, similarity=inference.similarity(run)
    )
    if reply.action == schemas.CLARIFY:
        # A question claims nothing; what else the model put around it must be true, and shows where it stands.
        checked_text = citation_check.without_unsupported(checked_text)
        if not checked_text.text:
            return responses.not_found(language, takes_back=True)
        return replace(_from_passages(read, checked_text), action=Message.Action.CLARIFY)
    if exchange.conversation.channel.unsupported_sentences == Channel.Unsupported.DROP:
        checked_text = citation_check.without_unsupported(checked_text)
        was_refused = was_refused or not checked_text.has_support
    if not checked_text.text or checked_text.is_false or (was_refused and not checked_text.has_support):
        return responses.not_found(language, takes_back=True)
    return _from_passages(read, checked_text)


def _from_passages(read: Sequence[NumberedPassage], checked_text: CheckedAnswer) -> Answer:
    cited_passages = [passage for passage in read if passage.number in checked_text.cited_numbers]
    # What a tool said is read like a passage and has no id.
    has_looked_up = any(passage.id is None for passage in read)
    action = Message.Action.LOOKUP if has_looked_up else Message.Action.ANSWER
    return Answer(checked_text, cited_passages, action=action, source=Message.Source.MODEL)


def may_ask_back(exchange: Exchange) -> bool:
    """Only what is short can be that open, and nobody is asked back twice in a row."""
    last = exchange.previous_answer
    has_asked = last is not None and last.action == Message.Action.CLARIFY
    return not has_asked and 0 < len(_topic_terms(exchange.question)) <= MAX_TERMS


def question_back(exchange: Exchange, passages: Sequence[NumberedPassage]) -> Answer | None:
    """Judges by the retrieval alone: several topics fit equally well, and the question names none of them. Else None."""
    leans_on_earlier = bool(exchange.previous_question) and exchange.leans_on_earlier
    if leans_on_earlier or not may_ask_back(exchange):
        return None
    topics = _topics(exchange.question, passages)
    if len(topics) < 2:
        return None
    language = exchange.conversation.language
    alternatives = say(language, responses.OR).join(f"“{topic}”" for topic in topics)
    question = say(language, responses.WHICH, options=alternatives)
    return responses.question_back(question, options=topics)


def _topics(question: str, passages: Sequence[NumberedPassage]) -> list[str]:
    """The topics of the passages in the question's language that are about as good as the best of them. None of them
    where the question means one.
    """
    language, question_terms = _language_of(question), _topic_terms(question)
    same = [passage for passage in passages if _language_of(passage.text) == language]
    best = max((passage.score for passage in same), default=0.0)
    near = [passage for passage in same if best > 0 and passage.score >= best * NEARLY_AS_GOOD]
    topics = list(dict.fromkeys(passage.topic for passage in near))
    if any(question_terms & _topic_terms(topic) for topic in topics) or "" in topics:
        return []
    return list(_different(topics))[:MAX_OPTIONS]


def _different(topics: Sequence[str]) -> Iterator[str]:
    """“Delivery” and “Delivery abroad” are one thing to somebody who asks so little."""
    seen: set[str] = set()
    for topic in topics:
        words = _topic_terms(topic)
        if not words & seen:
            yield topic
        seen |= words


def _topic_terms(text: str) -> set[str]:
    # Pairs of neighbours would count again what the single terms count.
    return {term for term in lexical.terms_of(text) if not term.startswith(lexical.PAIR_MARK)}


def _language_of(text: str) -> str:
    return messages.language_of(text, otherwise=messages.ENGLISH)
