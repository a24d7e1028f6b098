"""A short summary of older messages, so that a long conversation fits into a prompt. Staff see it too."""

from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.core.languages import NAMES_FOR_MODELS
from apps.customer_service.conversations import activity
from apps.customer_service.conversations.models import Conversation, Message
from apps.customer_service.conversations.selectors import RECENT_MESSAGES, Exchange, of_conversations
from apps.inference import prompts
from apps.inference import services as inference
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.models import Job
from apps.jobs.runs import JobRun
from llm_backend import grounding
from llm_backend.sentences import sentences
from llm_backend.tokens import count_tokens, fit

PROMPT = Path(__file__).parent / "prompts" / "summarise_conversation.md"
# Beyond this many tokens, or more messages than a prompt can see, a summary of the older ones is due.
UNSUMMARISED_TOKENS = 500
# The latest stay as they are: the next question is most likely about them.
KEPT_MESSAGES = 2
MESSAGE_TOKENS = 150
READ_TOKENS = 1500
# Every later answer reads it.
SUMMARY_TOKENS = 120
# What a prompt holds of it, and of the last exchange: enough to tell what “it” stands for. Every token costs the visitor
# time.
SHOWN_SUMMARY_TOKENS = 100
SHOWN_MESSAGES, SHOWN_MESSAGE_TOKENS = 2, 60

SUMMARISE_CONVERSATION = JobType(
    "customer_service.summarise_conversation",
    queue="batch",
    label=_("Summarise a long conversation"),
    may_see=holders_of("conversations.view"),
    may_cancel=holders_of("conversations.reply"),
    subject=of_conversations,
    # Follows from messages, which were admitted.
    is_free=True,
)


def is_due(exchange: Exchange) -> bool:
    """Looks only at what is in memory: this is asked after every answer."""
    conversation = exchange.conversation
    summary_end = max(conversation.context_from, conversation.summary_through)
    newer = [message for message in exchange.before if message.ordinal > summary_end]
    is_long = sum(count_tokens(message.text) for message in newer) > UNSUMMARISED_TOKENS
    return is_long or exchange.asked.ordinal - summary_end > RECENT_MESSAGES


def earlier(exchange: Exchange) -> str:
    """What was said before the question, for its prompt: a summary where there is one, so in long conversations; the last
    exchange only where the message leans on it.
    """
    summary = exchange.conversation.summary
    lines = [f"summary: {fit(summary, SHOWN_SUMMARY_TOKENS)}"] if summary else []
    if exchange.before and exchange.leans_on_earlier:
        last = exchange.before[-SHOWN_MESSAGES:]
        lines += [f"{message.author}: {fit(message.text, SHOWN_MESSAGE_TOKENS)}" for message in last]
    return "\n".join(lines)


def order(actor: Actor, conversation: Conversation) -> None:
    """One at a time: the next answer sees again whether one is due."""
    subject = f"conversation:{conversation.pk}"
    if not Job.objects.active().filter(subject=subject, kind=SUMMARISE_CONVERSATION.name).exists():
        jobs.create_row_job(actor, SUMMARISE_CONVERSATION, conversation)


@SUMMARISE_CONVERSATION.service
def summarise_conversation(run: JobRun, *, conversation_id: UUID) -> dict[str, Any]:
    """Goes on from the summary that there is. Not stored when the conversation was settled meanwhile."""
    conversation = Conversation.objects.select_related("channel").get(pk=conversation_id)
    summary_end = max(conversation.context_from, conversation.summary_through)
    messages = Message.objects.filter(conversation=conversation, ordinal__gt=summary_end)
    older = list(messages.exclude(author=Message.Author.NOTICE).order_by("ordinal"))[:-KEPT_MESSAGES]
    if not older:
        return {"through": conversation.summary_through}
    text = _summary(run, conversation, older)
    # Only where nobody resolved the conversation or summarised it meanwhile: such a summary would be of another matter.
    changed_rows = Conversation.objects.filter(
        pk=conversation.pk,
        context_from=conversation.context_from,
        summary_through=conversation.summary_through,
    ).update(summary=text, summary_through=older[-1].ordinal)
    if changed_rows:
        activity.announce(conversation)
    return {"through": older[-1].ordinal if changed_rows else conversation.summary_through}


def _summary(run: JobRun, conversation: Conversation, older: list[Message]) -> str:
    lines = [f"{message.author}: {fit(message.text, MESSAGE_TOKENS)}" for message in older]
    prompt = prompts.load(run.job.organisation, PROMPT).render(
        language=NAMES_FOR_MODELS[conversation.language],
        so_far=conversation.summary,
        # As the prompts of organisations call them.
        turns=fit("\n".join(lines), READ_TOKENS),
    )
    text = inference.complete(run, prompt).text.strip()
    # Only sentences whose figures, names and denials stand in what was said: the next summary is made from this one,
    # and the next answers too.
    sources = "\n".join(filter(None, [conversation.summary, *lines]))
    faithful = [each.text for each in sentences(text) if grounding.is_faithful(each.claim, sources)]
    # Where the model only made things up: the questions themselves.
    questions = [fit(message.text, 30) for message in older if message.author == Message.Author.VISITOR]
    return fit(" ".join(faithful) or " · ".join(questions), SUMMARY_TOKENS)
