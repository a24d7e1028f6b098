"""Recall of the right paragraph on questions in SQuAD form, through real services, database and embeddings."""

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import django

from benchmarks import intervals
from stack.installation import Installation
from stack.ports import free_port
from stack.preparation import prepare_application
from stack.programs import SERVERS

COMMAND = "eval retrieval"
PROCESSES = (*SERVERS, "embedding")
DEPTHS = (1, 5, 10)
# A measurement may also be of servers of the user's own.
OWN_SERVERS = tuple(
    f"{engine}_{part}" for engine in ("LLM", "EMBEDDING") for part in ("ENDPOINT", "MODEL", "API_KEY")
)


@dataclass(frozen=True)
class Question:
    id: str
    text: str
    paragraph: int


@dataclass(frozen=True)
class QuestionSet:
    """One file: what can be found, and what is asked."""

    name: str
    paragraphs: list[str]
    questions: list[Question]


def run(data: Annotated[Path, "directory with SQuAD-form JSON files"]) -> dict[str, Any]:
    sets = [question_set(path) for path in sorted(data.glob("*.json"))]
    if not sets:
        raise SystemExit(f"There are no JSON files in {data}.")
    with services():
        from benchmarks import retrieval_collections as collections

        stored = collections.fill(
            [each.paragraphs for each in sets], on_progress=partial(show_progress, "paragraphs")
        )
        all_ranks = []
        names = [f"{each.name}.json" for each in sets]
        figures: dict[str, Any] = {"trained_on": [], "tested_on": names, **stored.timing}
        for each, collection in zip(sets, stored.collections, strict=True):
            ranks, timing = stored.ranks(collection, [(q.text, q.paragraph) for q in each.questions])
            all_ranks.append(ranks)
            figures |= recall([ranks], suffix=f"_{each.name}")
            figures |= {f"{key}_{each.name}": value for key, value in timing.items()}
        figures |= recall(all_ranks) | _cross_language(sets, stored)
    return figures


def question_set(path: Path) -> QuestionSet:
    """A paragraph that stands in the file twice is one: nothing could tell its copies apart."""
    paragraphs: dict[str, int] = {}
    questions = []
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            place = paragraphs.setdefault(paragraph["context"], len(paragraphs))
            questions += [Question(str(qa["id"]), qa["question"], place) for qa in paragraph["qas"]]
    return QuestionSet(path.stem, list(paragraphs), questions)


def recall(sets: Sequence[list[int | None]], prefix: str = "", suffix: str = "") -> dict[str, Any]:
    """The mean of sets, from the ranks of each."""
    figures: dict[str, Any] = {}
    for depth in DEPTHS:
        counts = [intervals.counts(bool(rank and rank <= depth) for rank in ranks) for ranks in sets]
        figures |= intervals.mean_of_shares(f"{prefix}recall_at_{depth}{suffix}", counts)
    return figures


@contextmanager
def services(processes: Sequence[str] = PROCESSES, **more: str) -> Iterator[None]:
    """PostgreSQL, Redis and the engines, for as long as the measurement takes."""
    with tempfile.TemporaryDirectory(prefix="kongming-eval-") as directory:
        # PostgreSQL may run as a user of its own and must be able to pass through.
        Path(directory).chmod(0o755)
        own_servers = {name: os.environ[name] for name in OWN_SERVERS if os.environ.get(name)}
        settings = {
            "KONGMING_STATE_DIR": directory,
            "PORT": str(free_port()),
            "LOG_LEVEL": "WARNING",
            **more,
            **own_servers,
        }
        with Installation(Path(directory), names=processes, settings=settings) as installation:
            prepare_application(installation)
            installation.start_programs(processes)
            installation.wait_healthy()
            os.environ.update(installation.environment())
            django.setup()
            yield


def _cross_language(sets: list[QuestionSet], stored: Any) -> dict[str, Any]:
    """Questions of the Chinese file on the paragraphs of the English one, matched by their ids."""
    by_language = {
        suffix: each for each in sets for suffix in ("en", "zh") if each.name.endswith(f"_{suffix}")
    }
    if len(by_language) < 2:
        return {}
    places = {question.id: question.paragraph for question in by_language["en"].questions}
    questions = [(q.text, places[q.id]) for q in by_language["zh"].questions if q.id in places]
    if not questions:
        return {}
    ranks, _ = stored.ranks(stored.collections[sets.index(by_language["en"])], questions)
    return recall([ranks], "cross_language_")


def show_progress(things: str, count: int, total: int, start: float) -> None:
    sys.stderr.write(f"\rembedding {things}: {count} of {total}, {time.monotonic() - start:.0f} s")
    if count == total:
        sys.stderr.write("\n")
