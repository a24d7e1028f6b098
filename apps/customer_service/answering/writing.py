"""The answer that the model writes: one call decides and writes, lookups come in between, every sentence is checked."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from apps.core.languages import NAMES_FOR_MODELS
from apps.customer_service.answering import (
    checking,
    clarifying,
    context,
    lookups,
    outcomes,
    quoting,
    replies,
    support,
)
from apps.customer_service.answering.lookups import LookedUp
from apps.customer_service.answering.meaning import similarity
from apps.customer_service.answering.outcomes import Answer
from apps.customer_service.answering.passages import NumberedPassage
from apps.customer_service.answering.replies import LookupReply, Reply
from apps.customer_service.answering.support import CheckedAnswer
from apps.customer_service.conversations.selectors import Exchange
from apps.customer_service.handoff.triggers import Trigger
from apps.customer_service.models import Channel, Handoff, LookupTool, Turn
from apps.inference import services as inference
from apps.inference.models import Purpose
from apps.jobs.runs import JobRun
from llm_backend import prompts
from llm_backend.prompts import RenderedPrompt
from llm_backend.tokens import fit

PROMPTS = Path(__file__).parent / "prompts"
PROMPT, EXAMPLES = PROMPTS / "answer_message.md", PROMPTS / "answer_examples.md"
MOST_LOOKUPS = 2
LOOKED_UP_TOKENS = 300
TONES = {
    Channel.Tone.WARM: "warm and friendly",
    Channel.Tone.FORMAL: "formal and polite",
    Channel.Tone.BRIEF: "short and matter-of-fact",
}


def written(
    run: JobRun, exchange: Exchange, found: Sequence[NumberedPassage], tools: Sequence[LookupTool]
) -> Answer:
    run.stage("writing")
    read = list(found)
    for lookups_left in range(MOST_LOOKUPS, -1, -1):
        reply = _asked(run, exchange, read, tools if lookups_left else [])
        run.check()
        if reply.action != replies.LOOKUP or not isinstance(reply, LookupReply):
            break
        looked_up = _looked_up(run, exchange, reply, tools)
        if isinstance(looked_up, Answer):
            return looked_up
        read.append(_as_passage(looked_up, number=len(read) + 1))
    return _answer(run, exchange, read, reply)


def answer_of_tool(run: JobRun, exchange: Exchange, tools: Sequence[LookupTool]) -> Answer | None:
    """What another system says, as it says it: the model only chooses what to look up. None where it chooses nothing.

    Raises ModelError where no model can be asked.
    """
    prompt = answer_prompt(run.job.organisation.name, exchange, [], tools)
    schema = replies.reply_schema(may_clarify=False, tools=tools)
    reply = inference.extract(run, prompt, schema, purpose=Purpose.CHAT)
    run.check()
    if reply.action != replies.LOOKUP or not isinstance(reply, LookupReply):
        return None
    looked_up = _looked_up(run, exchange, reply, tools)
    if isinstance(looked_up, Answer):
        return looked_up
    return quoting.whole(exchange, _as_passage(looked_up, number=1))


def _asked(
    run: JobRun, exchange: Exchange, read: Sequence[NumberedPassage], tools: Sequence[LookupTool]
) -> Reply | LookupReply:
    schema = replies.reply_schema(may_clarify=clarifying.may_ask(exchange), tools=tools)
    prompt = answer_prompt(run.job.organisation.name, exchange, read, tools)
    shown = replies.shown_text(exchange.question, has_examples=not tools)
    answer: Reply | LookupReply = inference.stream_structured(run, prompt, schema, shown).value
    return answer


def answer_prompt(
    shop: str, exchange: Exchange, read: Sequence[NumberedPassage], tools: Sequence[LookupTool] = ()
) -> RenderedPrompt:
    """The examples teach a small model to tell what is stated from what is merely about the same thing.

    They know no tools: where there are some, they would teach it not to look anything up.
    """
    conversation = exchange.conversation
    prompt = prompts.load(PROMPT).render(
        shop=shop,
        tone=TONES[Channel.Tone(conversation.channel.tone)],
        language=NAMES_FOR_MODELS[conversation.language],
        instructions=conversation.channel.instructions,
        may_clarify=clarifying.may_ask(exchange),
        tools=tools,
        passages=read,
        earlier=context.earlier(exchange),
        question=exchange.question,
    )
    return prompt if tools else prompt.with_examples(prompts.load(EXAMPLES).render())


def _looked_up(
    run: JobRun, exchange: Exchange, reply: LookupReply, tools: Sequence[LookupTool]
) -> LookedUp | Answer:
    """What the tool says; or an answer, where the visitor has to say more first or the tool failed."""
    language = exchange.conversation.language
    tool = next((tool for tool in tools if tool.name == reply.tool), None)
    if tool is None:
        return outcomes.not_found(language)
    run.stage("looking_up", tool=tool.label)
    looked_up = lookups.look_up(run, exchange, tool, reply.given)
    run.check()
    if looked_up.missing:
        return _asked_for(language, tool, looked_up.missing)
    if looked_up.is_failed:
        trigger = Trigger(Handoff.Reason.TOOL_FAILED, tool.label)
        return outcomes.handed_over(language, trigger, sentence=outcomes.LOOKUP_FAILED)
    return looked_up


def _asked_for(language: str, tool: LookupTool, missing: str) -> Answer:
    """What the visitor has to say first, in the words of whoever described the tool."""
    described = {each["name"]: each.get("description") or each["name"] for each in tool.parameters}
    wanted = described.get(missing, missing)
    return outcomes.question_back(outcomes.said(language, outcomes.TELL_ME, wanted=wanted))


def _as_passage(looked_up: LookedUp, *, number: int) -> NumberedPassage:
    return NumberedPassage(number, None, looked_up.tool.label, "", fit(looked_up.text, LOOKED_UP_TOKENS))


def _answer(
    run: JobRun, exchange: Exchange, read: Sequence[NumberedPassage], reply: Reply | LookupReply
) -> Answer:
    language = exchange.conversation.language
    if reply.action == replies.HANDOFF:
        return outcomes.handed_over(language, Trigger(Handoff.Reason.ASKED))
    if not replies.is_shown({"answer": reply.answer, "action": reply.action}):
        return outcomes.not_found(language)
    text = support.without_sentence(reply.text, outcomes.said(language, outcomes.NOT_FOUND))
    was_refused = text != reply.text.strip()
    if not any(character.isalnum() for character in text):
        # A small model may copy the dots of the example.
        return outcomes.not_found(language, takes_back=True)
    checked = checking.checked_answer(text, read, question=exchange.question, similarity=similarity(run))
    if reply.action == replies.CLARIFY:
        return _question_back(language, read, support.without_unsupported(checked))
    if exchange.conversation.channel.unsupported_sentences == Channel.Unsupported.DROP:
        checked = support.without_unsupported(checked)
        was_refused = was_refused or not checked.has_support
    if not checked.text or checked.is_false or (was_refused and not checked.has_support):
        return outcomes.not_found(language, takes_back=True)
    return _from_passages(read, checked)


def _question_back(language: str, read: Sequence[NumberedPassage], checked: CheckedAnswer) -> Answer:
    """A question claims nothing; what else the model put around it must be true, and shows where it stands."""
    if not checked.text:
        return outcomes.not_found(language, takes_back=True)
    return replace(_from_passages(read, checked), action=Turn.Action.CLARIFY)


def _from_passages(read: Sequence[NumberedPassage], checked: CheckedAnswer) -> Answer:
    cited = [passage for passage in read if passage.number in checked.cited_numbers]
    has_looked_up = any(passage.id is None for passage in read)
    action = Turn.Action.LOOKUP if has_looked_up else Turn.Action.ANSWER
    return Answer(checked, cited, action=action, source=Turn.Source.MODEL)
