"""What was said, as text for a model that helps staff."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.answering.messages import join_messages
from apps.customer_service.conversations.models import Conversation, Message
from apps.customer_service.conversations.selectors import Exchange
from llm_backend.tokens import count_tokens, fit

# The newest: what came before is in the conversation's summary.
MAX_MESSAGES = 40
MESSAGE_TOKENS = 200


@dataclass(frozen=True)
class Excerpt:
    """The messages of the present or latest matter, oldest first; notices are nobody's words."""

    conversation: Conversation
    messages: list[Message]

    def text(self, tokens: int) -> str:
        """As much of the end as fits."""
        lines: list[str] = []
        for message in reversed(self.messages):
            line = f"{message.author}: {fit(message.text, MESSAGE_TOKENS)}"
            tokens -= count_tokens(line)
            if tokens < 0 and lines:
                break
            lines.append(line)
        return "\n".join(reversed(lines))

    def exchange(self) -> Exchange:
        """The visitor's latest messages with what came before them, answered meanwhile or not."""
        # Staff may have answered since: then the draft answers the visitor's words again.
        end = max(place for place, message in enumerate(self.messages) if _is_visitors(message)) + 1
        start = end
        while start and _is_visitors(self.messages[start - 1]):
            start -= 1
        question = join_messages([message.text for message in self.messages[start:end]])
        return Exchange(self.conversation, self.messages[end - 1], question, self.messages[:start])

    def of_people(self) -> Sequence[Message]:
        """What staff wrote, and what the assistant passed on from them. Its own sentences are no source of anything."""
        return [
            message
            for message in self.messages
            if message.author == Message.Author.AGENT or message.source == Message.Source.SAVED_ANSWER
        ]


def read_excerpt(conversation: Conversation) -> Excerpt:
    """The last `MAX_MESSAGES` messages; while the conversation is open, only those of the matter that is not settled yet.

    Of a settled one it is what was settled: its summary and context are gone for the assistant, not for staff.
    """
    messages = Message.objects.filter(conversation=conversation).exclude(author=Message.Author.NOTICE)
    of_matter = messages.filter(ordinal__gt=conversation.context_from)
    # Staff who wrote again after it was settled write about that.
    if conversation.is_open and of_matter.filter(author=Message.Author.VISITOR).exists():
        messages = of_matter
    return Excerpt(conversation, list(messages.order_by("-ordinal")[:MAX_MESSAGES])[::-1])


def _is_visitors(message: Message) -> bool:
    return message.author == Message.Author.VISITOR
