"""What was said, as text for a model that helps staff."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.answering import messages
from apps.customer_service.conversations.models import Conversation, Turn
from apps.customer_service.conversations.selectors import Exchange
from llm_backend.tokens import count_tokens, fit

# The newest: what came before is in the conversation's summary.
MAX_TURNS = 40
TURN_TOKENS = 200


@dataclass(frozen=True)
class Excerpt:
    """The turns of the present or latest matter, oldest first; notices are nobody's words."""

    conversation: Conversation
    turns: list[Turn]

    def text(self, tokens: int) -> str:
        """As much of the end as fits."""
        lines: list[str] = []
        for turn in reversed(self.turns):
            line = f"{turn.author}: {fit(turn.text, TURN_TOKENS)}"
            tokens -= count_tokens(line)
            if tokens < 0 and lines:
                break
            lines.append(line)
        return "\n".join(reversed(lines))

    def exchange(self) -> Exchange:
        """The visitor's latest messages with what came before them, answered meanwhile or not."""
        # Staff may have answered since: then the draft answers the visitor's words again.
        end = max(place for place, turn in enumerate(self.turns) if _is_visitors(turn)) + 1
        start = end
        while start and _is_visitors(self.turns[start - 1]):
            start -= 1
        question = messages.join_messages([turn.text for turn in self.turns[start:end]])
        return Exchange(self.conversation, self.turns[end - 1], question, self.turns[:start])

    def of_people(self) -> Sequence[Turn]:
        """What staff wrote, and what the assistant passed on from them. Its own sentences are no source of anything."""
        return [
            turn
            for turn in self.turns
            if turn.author == Turn.Author.AGENT or turn.source == Turn.Source.CURATED
        ]


def read_excerpt(conversation: Conversation) -> Excerpt:
    """The last `MAX_TURNS` turns; while the conversation is open, only those of the matter that is not settled yet.

    Of a settled one it is what was settled: its summary and context are gone for the assistant, not for staff.
    """
    turns = Turn.objects.filter(conversation=conversation).exclude(author=Turn.Author.NOTICE)
    if conversation.is_open and conversation.turn_count > conversation.context_from:
        turns = turns.filter(ordinal__gt=conversation.context_from)
    return Excerpt(conversation, list(turns.order_by("-ordinal")[:MAX_TURNS])[::-1])


def _is_visitors(turn: Turn) -> bool:
    return turn.author == Turn.Author.VISITOR
