"""Diagnoses as written to the standard names of a catalogue.

hit_at_k: the share of lines for which some right name is among the first k candidates. f1: of (line, name) pairs,
of the names that the coder would propose. Reads rows {text, normalized_result: names joined by "##"} and a
catalogue of "code<TAB>name". A set with train and dev or test rows is learnt from the former and measured on the
latter; of a set with one file each fifth of the lines is measured by a coder trained on the other four.
"""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

from benchmarks import intervals, progress
from benchmarks.labelled_files import json_rows, split
from domain.clinical.coding.catalogue import Catalogue
from domain.clinical.coding.entries import Entry, Pair
from domain.clinical.coding.normalisation import bare_name

COMMAND = "eval coding"


def run(data: Annotated[Path, "directory with lines and a catalogue (.tsv)"]) -> dict[str, Any]:
    entries = _entries(data)
    sets = split(data, _read, files="*.json*", things="lines to learn from")
    rounds = sets.rounds()
    known = {bare_name(entry.name) for entry in entries}
    lines, untrained = list[Line](), list[Line]()
    train_seconds = 0.0
    for learnt, asked in progress.counted("rounds", rounds):
        # Names that training rows confirm and the catalogue lacks: a hospital would add them.
        names = {bare_name(name): name for pair in learnt for name in pair.names}
        missing = [Entry("", name.strip('"')) for bare, name in names.items() if bare not in known]
        catalogue = Catalogue.of([*entries, *missing])
        began = time.monotonic()
        trained = catalogue.trained(learnt)
        train_seconds += time.monotonic() - began
        lines += _asked(trained, asked)
        untrained += _asked(Catalogue.of(entries), asked)
    return {
        "model": "character n-grams and a trained linear ranker; no embeddings, no LLM",
        **sets.sources(),
        **_scores(lines),
        "untrained": _scores(untrained),
        "lines": len(lines),
        "folds": len(rounds) if sets.is_folded else 0,
        "catalogue": len(entries),
        "train_s_per_round": round(train_seconds / len(rounds), 1),
    }


# The candidates of a line, the names that would be proposed, and those that are right.
Line = tuple[list[str], set[str], set[str]]


def _asked(catalogue: Catalogue, pairs: Sequence[Pair]) -> Iterator[Line]:
    for pair in pairs:
        proposal = catalogue.propose(pair.text)
        found = [bare_name(candidate.name) for candidate in proposal.candidates]
        coded = {bare_name(candidate.name) for candidate in proposal.line_terms}
        yield found, coded, {bare_name(name) for name in pair.names}


def _scores(lines: Sequence[Line]) -> dict[str, Any]:
    return {
        **intervals.share("hit_at_1", [not right.isdisjoint(found[:1]) for found, _coded, right in lines]),
        **intervals.share("hit_at_10", [not right.isdisjoint(found) for found, _coded, right in lines]),
        **intervals.f1_of_sets("f1", [(coded, right) for _found, coded, right in lines]),
    }


def _entries(directory: Path) -> list[Entry]:
    """One for each name: the first code that has it."""
    path = next(iter(sorted(directory.glob("*.tsv"))), None)
    if path is None:
        raise SystemExit(f"There is no catalogue (.tsv with code and name) in {directory}.")
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if "\t" in line)
    entries: dict[str, Entry] = {}
    for code, name, *_ in rows:
        entries.setdefault(bare_name(name), Entry(code, name))
    return list(entries.values())


def _read(path: Path) -> list[Pair]:
    pairs = []
    for row in json_rows(path):
        # A test set that is published without its answers cannot be measured on.
        names = [name.strip() for name in (row.get("normalized_result") or "").split("##") if bare_name(name)]
        if names:
            pairs.append(Pair(row["text"], tuple(dict.fromkeys(names))))
    return pairs
