"""What a person should know who takes a conversation over: facts at once, a summary by the model when one answers."""

from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.errors import ServiceUnavailable
from apps.core.languages import NAMES_FOR_MODELS
from apps.customer_service.conversations import activity
from apps.customer_service.conversations.models import Citation, Conversation, Message
from apps.customer_service.conversations.selectors import of_conversations
from apps.customer_service.handoff import selectors
from apps.customer_service.handoff.models import Handoff
from apps.inference import prompts
from apps.inference import services as inference
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.runs import JobCancelled, JobRun
from llm_backend.errors import ModelError
from llm_backend.tokens import fit

PROMPT = Path(__file__).parent / "prompts" / "summarise_handoff.md"
QUOTE_TOKENS = 60
TRIED_TOKENS = 80
MESSAGE_TOKENS = 100
# Staff read it while the visitor waits.
SUMMARY_TOKENS = 220
RECENT_MESSAGES = 12


def facts_of(conversation: Conversation) -> dict[str, Any]:
    """All that code knows, cheap enough for the transaction that hands over. Its keys are those of `Handoff.pack`."""
    messages = _messages(conversation)
    understanding = selectors.latest_understanding(conversation)
    readings = [message.understanding for message in messages if hasattr(message, "understanding")]
    # Said twice is known once.
    entities = {(each["kind"], each["value"]): each for row in readings for each in row.entities}
    return {
        "summary": _quote_visitor(conversation, messages),
        "summary_by": "rules",
        "intent": understanding.intent if understanding else "",
        "sentiment": understanding.sentiment if understanding else "",
        "trend": understanding.trend if understanding else 0.0,
        "entities": list(entities.values()),
        "tried": [
            *map(_bot_answer, (message for message in messages if message.author == Message.Author.BOT)),
            *_tool_calls(conversation, messages),
        ],
        "sources": _sources(messages),
    }


PACK_HANDOFF = JobType(
    "customer_service.pack_handoff",
    queue="interactive",
    label=gettext_lazy("Summarise for the next agent"),
    max_attempts=2,
    may_see=holders_of("conversations.view"),
    may_cancel=holders_of("conversations.reply"),
    subject=of_conversations,
    # Follows from a message, which was admitted.
    is_free=True,
)


@PACK_HANDOFF.service
def pack_handoff(run: JobRun, *, handoff_id: UUID) -> dict[str, Any]:
    """Writes the summary, and gathers the facts again: by now the last messages may be understood. Raises JobCancelled
    where nobody waits any more.
    """
    handoff = (
        Handoff.objects.live().select_related("conversation__organisation").filter(pk=handoff_id).first()
    )
    if handoff is None:
        raise JobCancelled
    summary = _write_summary(run, handoff)
    result = {"handoff": str(handoff.pk), "is_written": bool(summary)}
    with run.finishing(result):
        _store(handoff, summary)
    return result


def _write_summary(run: JobRun, handoff: Handoff) -> str:
    """Empty when no model answers: the summary by rules stays."""
    conversation = handoff.conversation
    prompt = prompts.load(run.job.organisation, PROMPT).render(
        language=NAMES_FOR_MODELS[conversation.organisation.output_language],
        reason=handoff.get_reason_display(),
        # As the prompts of organisations call them.
        turns=[
            (message.author, fit(message.text, MESSAGE_TOKENS))
            for message in _messages(conversation)[-RECENT_MESSAGES:]
        ],
    )
    try:
        return fit(inference.complete(run, prompt).text.strip(), SUMMARY_TOKENS)
    except (ModelError, ServiceUnavailable):
        # The summary by rules stays.
        return ""


def _store(handoff: Handoff, summary: str) -> None:
    conversation = handoff.conversation
    row = Handoff.objects.select_for_update().get(pk=handoff.pk)
    row.pack = facts_of(conversation)
    if summary:
        row.pack |= {"summary": summary, "summary_by": "model"}
    row.skill = row.skill or selectors.skill_for(conversation)
    row.save(update_fields=["pack", "skill"])
    activity.announce(conversation)


def _messages(conversation: Conversation) -> list[Message]:
    """The messages of the matter at hand, without notices."""
    messages = Message.objects.filter(conversation=conversation, ordinal__gt=conversation.context_from)
    spoken_messages = messages.exclude(author=Message.Author.NOTICE).select_related("understanding")
    return list(spoken_messages.prefetch_related("citations").order_by("ordinal"))


def _quote_visitor(conversation: Conversation, messages: list[Message]) -> str:
    quotes = [
        fit(message.text, QUOTE_TOKENS) for message in messages if message.author == Message.Author.VISITOR
    ]
    with translation.override(conversation.organisation.output_language):
        if not quotes:
            return _("The visitor has not written anything yet.")
        if len(quotes) == 1:
            return _("The visitor asked: “%(first)s”") % {"first": quotes[0]}
        return _("The visitor first asked: “%(first)s”. Last message: “%(last)s”") % {
            "first": quotes[0],
            "last": quotes[-1],
        }


def _bot_answer(message: Message) -> dict[str, Any]:
    return {
        "ordinal": message.ordinal,
        "text": fit(message.text, TRIED_TOKENS),
        "action": message.action,
        "source": message.source,
        "is_unanswered": message.is_unanswered,
    }


def _tool_calls(conversation: Conversation, messages: list[Message]) -> list[dict[str, Any]]:
    if not messages:
        return []
    calls = conversation.lookups.filter(created_at__gte=messages[0].created_at)
    return [
        {
            "text": call.tool.label if call.tool else call.tool_name,
            "action": Message.Action.LOOKUP.value,
            "source": "",
            "arguments": call.arguments,
            "is_unanswered": bool(call.error),
        }
        for call in calls.select_related("tool").order_by("created_at")
    ]


def _sources(messages: list[Message]) -> list[dict[str, str]]:
    citations: list[Citation] = [citation for message in messages for citation in message.citations.all()]
    documents = {
        (citation.document_title, citation.passage_id): {
            "document_title": citation.document_title,
            "heading": citation.heading,
            "passage": str(citation.passage_id or ""),
        }
        for citation in citations
    }
    return list(documents.values())
