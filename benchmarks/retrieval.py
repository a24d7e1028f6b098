"""Recall of the right paragraph on questions in SQuAD form, through real services, database and embeddings."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from benchmarks import intervals, isolated
from benchmarks.labelled_files import SquadFile, squad_files

COMMAND = "eval retrieval"
DEPTHS = (1, 5, 10)


def run(data: Annotated[Path, "directory with SQuAD-form JSON files"]) -> dict[str, Any]:
    sets = squad_files(data)
    with isolated.services("embedding"):
        from benchmarks import retrieval_collections as collections

        stored = collections.fill([each.paragraphs for each in sets])
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


def _cross_language(sets: list[SquadFile], stored: Any) -> dict[str, Any]:
    """Questions of the Chinese file on the paragraphs of the English one, matched by their ids."""
    english, chinese = ([each for each in sets if each.name.endswith(suffix)] for suffix in ("_en", "_zh"))
    places = {question.id: question.paragraph for each in english[-1:] for question in each.questions}
    questions = [(q.text, places[q.id]) for each in chinese[-1:] for q in each.questions if q.id in places]
    if not questions:
        return {}
    ranks, _ = stored.ranks(stored.collections[sets.index(english[-1])], questions)
    return recall([ranks], "cross_language_")
