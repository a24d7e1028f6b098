"""Recall of the right paragraph on questions in SQuAD form, through real services, database and embeddings."""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from benchmarks import intervals, isolated
from benchmarks.labelled_files import SquadFile, squad_files
from stack.programs import SERVERS

COMMAND = "eval retrieval"
PROCESSES = (*SERVERS, "embedding")
DEPTHS = (1, 5, 10)
# A measurement may also be of servers of the user's own.
_PARTS = ("ENDPOINT", "MODEL", "API_KEY")
OWN_SERVERS = [f"{engine}_{part}" for engine in ("LLM", "EMBEDDING") for part in _PARTS]


def run(data: Annotated[Path, "directory with SQuAD-form JSON files"]) -> dict[str, Any]:
    sets = squad_files(data)
    with services():
        from benchmarks import retrieval_collections as collections

        tell = partial(show_progress, "paragraphs")
        stored = collections.fill([each.paragraphs for each in sets], on_progress=tell)
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
    own_servers = {name: os.environ[name] for name in OWN_SERVERS if os.environ.get(name)}
    with isolated.running({**more, **own_servers}, processes) as installation:
        isolated.enter(installation)
        yield


def _cross_language(sets: list[SquadFile], stored: Any) -> dict[str, Any]:
    """Questions of the Chinese file on the paragraphs of the English one, matched by their ids."""
    english, chinese = ([each for each in sets if each.name.endswith(suffix)] for suffix in ("_en", "_zh"))
    places = {question.id: question.paragraph for each in english[-1:] for question in each.questions}
    questions = [(q.text, places[q.id]) for each in chinese[-1:] for q in each.questions if q.id in places]
    if not questions:
        return {}
    ranks, _ = stored.ranks(stored.collections[sets.index(english[-1])], questions)
    return recall([ranks], "cross_language_")


def show_progress(things: str, count: int, total: int, start: float) -> None:
    sys.stderr.write(f"\rembedding {things}: {count} of {total}, {time.monotonic() - start:.0f} s")
    if count == total:
        sys.stderr.write("\n")
