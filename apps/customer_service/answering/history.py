"""What was said before the question, within a budget of tokens: a summary of what is older, and the last turns."""

from apps.customer_service.conversations import messages
from apps.customer_service.conversations.selectors import Exchange
from llm_backend.tokens import fit

# Every token costs the visitor time; a summary comes in only where there is one, so in long conversations.
SUMMARY_TOKENS = 100
# Enough to tell what “it” stands for.
TURN_TOKENS = 60
RECENT_TURNS = 2


def earlier(exchange: Exchange) -> str:
    """The summary always; the last exchange only where the message leans on it."""
    summary = exchange.conversation.summary
    lines = [f"summary: {fit(summary, SUMMARY_TOKENS)}"] if summary else []
    if exchange.before and messages.leans_back(exchange.question):
        lines += [f"{turn.author}: {fit(turn.text, TURN_TOKENS)}" for turn in exchange.before[-RECENT_TURNS:]]
    return "\n".join(lines)
