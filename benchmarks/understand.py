"""How fast messages are understood: embedding, intent, sentiment, urgency and entities of each, one at a time."""

import itertools
import time
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.embedded import Embedder, embedder
from benchmarks.waiting import milliseconds
from domain.text.understanding.classifier import MOODS, Classifier
from domain.text.understanding.entities import entities
from domain.text.understanding.sentiment import built_in_examples
from domain.text.understanding.urgency import is_urgent

COMMAND = "bench understand"
TEXTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
INTENTS = TEXTS["intents"]
MESSAGES = 300


def run(messages: int = MESSAGES) -> dict[str, Any]:
    rows = [(o + text, name) for name, texts in INTENTS.items() for text in texts for o in TEXTS["openings"]]
    with embedder() as embed:
        examples, sentiments = embed.examples(rows), embed.examples(built_in_examples())
        start = time.monotonic()
        intents = Classifier.trained(examples)
        train_seconds = time.monotonic() - start
        feelings = Classifier.trained(sentiments, MOODS)
        timings = _timings_of(embed, [intents, feelings], messages)
    seconds = [embedding + rest for embedding, rest in timings]
    return {
        "messages_per_second": round(len(seconds) / sum(seconds), 1),
        "p50_ms": milliseconds(seconds, 50),
        "p95_ms": milliseconds(seconds, 95),
        "p95_ms_embedding": milliseconds([embedding for embedding, _ in timings], 95),
        "p95_ms_rest": milliseconds([rest for _, rest in timings], 95),
        "train_s": round(train_seconds, 2),
        "examples": len(rows),
    }


def _timings_of(embed: Embedder, classifiers: list[Classifier], count: int) -> list[tuple[float, float]]:
    """Seconds of embedding and of all the rest. Each message is new, so that no cache answers for the model."""
    texts = itertools.cycle([text for each in INTENTS.values() for text in each])
    timings = []
    for number, text in zip(range(count), texts, strict=False):
        message = f"{text}, order {10_000_000 + number}, ¥{number}"
        start = time.perf_counter()
        vectors = embed.vectors([message])
        embedded_at = time.perf_counter()
        for classifier in classifiers:
            classifier.verdicts([message], vectors)
        is_urgent(message)
        entities(message, today=datetime.now(UTC).date())
        timings.append((embedded_at - start, time.perf_counter() - embedded_at))
    return timings
