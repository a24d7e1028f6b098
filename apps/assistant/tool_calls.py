"""What the model calls for a member: it chooses by the member's own words alone, at most so many, and what acts waits for
the member's yes. No passage, no file and no result stands before it then, so that none of them can ask for a call.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from django.utils import translation
from django.utils.translation import get_language, gettext, gettext_noop

from apps.accounts.actors import Actor
from apps.answering import chat_tools
from apps.answering.chat_tools import ToolOffer, ToolResult
from apps.answering.own_sentences import colon, say
from apps.assistant.models import ChatMessage
from apps.core.errors import ApplicationError, Conflict
from apps.inference import prompts
from apps.inference import services as inference
from apps.inference.models import Purpose
from apps.jobs import tools
from apps.jobs.runs import JobCancelled, JobRun
from apps.jobs.tools import Tool, ToolContext
from apps.knowledge import table_queries
from apps.knowledge.rights import readable_tables
from domain.workflows import value_texts, values
from domain.workflows.types import Record
from llm_backend.errors import ModelError
from llm_backend.tokens import count_tokens
from llm_backend.tool_choice import ToolShape, choice_schema, has_other_figures

logger = logging.getLogger(__name__)

PROMPT = Path(__file__).parent / "prompts" / "choose_tools.md"
MAX_CALLS = 3
# More would fill the prompt of a small model.
MAX_OFFERED = 20
# What a longer message asks for, the prompt would show cut off.
MAX_QUESTION_TOKENS = 1500
# Of what a tool of a package answers, by the names of its fields.
MAX_RESULT_CHARACTERS = 20_000
COMPUTE = "documents.compute"
ASKS = gettext_noop(
    "“%(name)s” would change something. Nothing has been done yet: look at the values and decide."
)
NOT_DONE = gettext_noop("“%(name)s” was not done, as you decided.")
FAILED = gettext_noop("“%(name)s” did not work.")
UNSURE = gettext_noop("It was interrupted and may have been done already. Check before you ask for it again.")
UNREAD = gettext_noop("Its answer cannot be read. Ask who looks after the tools.")
UNREAD_ACT = gettext_noop(
    "Its answer cannot be read, so it may have been done. Check before you ask for it again."
)
GONE = gettext_noop("This tool is no longer there, or you may not use it any more.")
State = ChatMessage.CallState


def offered_tools(actor: Actor) -> list[ToolOffer]:
    """What a model may choose for the actor: tables of their documents, programs of desks, and tools that say what they are
    for.
    """
    of_desks = (offer for offer in chat_tools.offers_for(actor) if offer.parameters.fields)
    return [*_of_documents(actor), *of_desks, *_of_packages(actor)]


def take_turn(run: JobRun, answer: ChatMessage, asked: Sequence[str], language: str) -> bool:
    """Chooses calls, makes them one after the other, and has the answer say what they gave; False where nothing came of
    any: then the assistant answers as ever. What was chosen and done is stored as it goes, and a later attempt goes on from
    there. `asked`: what the member wrote, the last of it now.
    """
    if not answer.calls and not inference.may_choose_tools(run, purpose=Purpose.ASSISTANT):
        return False
    with translation.override(language):
        offered = {tool.name: tool for tool in offered_tools(run.actor_today())}
    if not answer.calls:
        answer.calls = _chosen(run, list(offered.values())[:MAX_OFFERED], asked, language) or None
    for number, call in enumerate(answer.calls or ()):
        key = uuid5(answer.pk, str(number))
        with translation.override(language):
            _go_on(run, answer, call, offered.get(call["tool"]), key)
        if call["state"] == State.ASKED:
            break
    has_told = any(call["state"] in (State.DONE, State.ASKED, State.DECLINED) for call in answer.calls or ())
    if has_told:
        _tell(answer, language)
    return has_told


def _chosen(
    run: JobRun, offered: Sequence[ToolOffer], asked: Sequence[str], language: str
) -> list[dict[str, Any]]:
    """By what the member wrote. Nothing where the model answers anything else."""
    question = asked[-1]
    if not offered or count_tokens(question) > MAX_QUESTION_TOKENS:
        return []
    prompt = prompts.load(run.job.organisation, PROMPT).render(
        most=MAX_CALLS, tools=offered, earlier="\n".join(asked[-3:-1]), question=question
    )
    shapes = [ToolShape(tool.name, values.model_of(tool.parameters)) for tool in offered]
    schema = choice_schema(shapes, most=MAX_CALLS)
    try:
        choice = inference.extract(run, prompt, schema, purpose=Purpose.ASSISTANT)
    except ModelError as error:
        # The answer is written, or quoted, all the same.
        logger.warning("no tool was chosen: %s", error.code)
        return []
    by_name = {tool.name: tool for tool in offered}
    return [
        {
            "tool": call.tool,
            "label": by_name[call.tool].label,
            "values": call.values,
            "told": by_name[call.tool].told(call.values, language),
            "state": State.CHOSEN.value,
            "text": "",
            "url": "",
        }
        for call in choice.calls
        if not has_other_figures(call.values, "\n".join(asked))
    ]


def _go_on(run: JobRun, answer: ChatMessage, call: dict[str, Any], tool: ToolOffer | None, key: UUID) -> None:
    if call["state"] in (State.DONE, State.DECLINED, State.FAILED, State.ASKED):
        return
    if tool is None:
        _store(answer, call, State.FAILED, gettext(GONE))
    elif tool.acts and call["state"] == State.CHOSEN:
        _store(answer, call, State.ASKED)
    elif call["state"] == State.BEGUN and not tool.is_once:
        _store(answer, call, State.FAILED, gettext(UNSURE))
    else:
        run.stage("calling", tool=tool.label)
        _store(answer, call, State.BEGUN if tool.acts else State.CHOSEN)
        try:
            result = tool.call(run, call["values"], key)
        except (ApplicationError, ModelError) as error:
            if isinstance(error, ModelError) and error.retryable and run.job.attempt < run.job.max_attempts:
                raise
            _store(answer, call, State.FAILED, str(error.message))
        else:
            call["url"], call["documents"] = result.url, sorted(result.documents)
            _store(answer, call, State.DONE, result.text[:MAX_RESULT_CHARACTERS])


def _store(answer: ChatMessage, call: dict[str, Any], state: State, text: str = "") -> None:
    """Committed before and after a call. Raises JobCancelled where the chat was deleted meanwhile."""
    call["state"], call["text"] = state.value, text
    if not ChatMessage.objects.filter(pk=answer.pk).exists():
        raise JobCancelled
    answer.save(update_fields=["calls"])


def _tell(answer: ChatMessage, language: str) -> None:
    """Of each call what came of it; what tools gave is marked as theirs."""
    text, sentences = "", list[dict[str, Any]]()
    for call in answer.calls or ():
        if call["state"] == State.CHOSEN:
            continue
        text += "\n\n" if text else ""
        if call["state"] != State.DONE:
            said = {State.ASKED: ASKS, State.DECLINED: NOT_DONE}.get(State(call["state"]), FAILED)
            text += say(language, said, name=call["label"])
            continue
        text += f"{call['label']}{colon(language)}\n"
        start, text = len(text), text + call["text"]
        sentences.append({"start": start, "end": len(text), "origin": ChatMessage.Origin.TOOL.value})
    answer.text, answer.sentences = text, sentences
    answer.source, answer.is_reliable = ChatMessage.Source.TOOL, True


def _of_documents(actor: Actor) -> Iterator[ToolOffer]:
    if readable_tables(actor).exists():
        asked = table_queries.ASKED
        yield ToolOffer(
            COMPUTE, gettext("Compute over a table"), table_queries.DESCRIPTION, asked, _call_table
        )


def _of_packages(actor: Actor) -> Iterator[ToolOffer]:
    for tool in tools.tools_for(actor):
        if tool.description:
            yield ToolOffer(
                f"tool.{tool.name}",
                str(tool.label or tool.name),
                tool.description,
                Record(fields=dict(tool.parameters)),
                partial(_call_tool, tool),
                acts=tool.acts,
                is_once=tool.knows_key or not tool.acts,
            )


def _call_table(run: JobRun, given: Mapping[str, Any], key: UUID) -> ToolResult:
    found = table_queries.answer(run, given["question"], purpose=Purpose.ASSISTANT)
    return ToolResult(found.markdown, found.url, frozenset({str(found.table.document.pk)}))


def _call_tool(tool: Tool, run: JobRun, given: Mapping[str, Any], key: UUID) -> ToolResult:
    """What it answers, field by field: one text speaks for itself, and a yes goes without saying. Raises Conflict where that
    is something else than it says, and what the tool raises.
    """
    answered = dict(tool.run(ToolContext(run, run.actor_today()), given, str(key)))
    try:
        result = values.checked(tool.result, answered)
    except values.InvalidValues as refused:
        raise Conflict(gettext(UNREAD_ACT if tool.acts else UNREAD)) from refused
    language = get_language() or "en"
    fields = {name: port for name, port in tool.result.fields.items() if result[name] is not True}
    lines = value_texts.text_lines(fields, result, language)
    spoken = [name for name in lines if result[name] is not False]
    if len(spoken) == 1:
        lines[spoken[0]] = value_texts.text_of(fields[spoken[0]], result[spoken[0]], language)
    return ToolResult("\n".join(lines.values()).strip("\n"), "")
