"""Sentiment of a message, and of a conversation so far."""

from enum import StrEnum
from pathlib import Path

EXAMPLES = Path(__file__).with_name("sentiment_examples.tsv")
# The latest message counts a little more than all before it together.
LATEST_WEIGHT = 0.55
NEGATIVE_TREND = -0.4


class Sentiment(StrEnum):
    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"


VALUES = {Sentiment.POSITIVE: 1.0, Sentiment.NEUTRAL: 0.0, Sentiment.NEGATIVE: -1.0}


def built_in_examples() -> list[tuple[str, Sentiment]]:
    """Sentences written for this project, in Chinese and English, so that a shop need not begin with none."""
    lines = EXAMPLES.read_text(encoding="utf-8").splitlines()
    return [(text, Sentiment(label)) for label, text in (line.split("\t") for line in lines)]


def next_trend(before: float, sentiment: Sentiment) -> float:
    """The trend after one more message, an exponential mean from −1 to 1: each message weighs less than half as much
    once another has followed.
    """
    return round((1 - LATEST_WEIGHT) * before + LATEST_WEIGHT * VALUES[sentiment], 4)
