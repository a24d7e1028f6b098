"""What speaks for a candidate and against it: numbers that a small model weighs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domain.clinical.coding.gram_index import Floats
from domain.clinical.coding.lines import Line, cover
from domain.clinical.coding.normalisation import substrings
from llm_backend import patterns

# The columns, in the order of the stored weights: a new one makes older files unreadable.
DENSE = (
    "whole_cosine",
    "part_cosine",
    "contained",
    "contained_expanded",
    "name_covered",
    "name_touched",
    "longest_in_name",
    "longest_in_part",
    "is_a_part",
    "is_in_text",
    "length_ratio",
    "name_length",
    "line_length",
    "parts",
    "confirmed",
    "is_confirmed_often",
    "voted",
    "voted_by_part",
    "meaning",
    "behind_best",
    "behind_best_contained",
    "place",
    "numbers_differ",
    "contradicts",
    "is_unspecified",
    "is_external_cause",
    "is_morphology",
    "is_status",
    "is_of_birth",
    "has_marks",
    "is_short",
)
_UNSPECIFIED = patterns.compile("未特指|其他|未分类|不可归类|nos|unspecified|other ")
_NUMBER = patterns.compile(r"\d+")
# Pairs of which a name has one and the line the other: it means something else, however alike they look.
_CONTRADICTING = (
    ("急性", "慢性"),
    ("良性", "恶性"),
    ("先天性", "后天性"),
    ("原发", "继发"),
    ("上肢", "下肢"),
    ("上颌", "下颌"),
    ("上呼吸道", "下呼吸道"),
    ("男性", "女性"),
    ("开放性", "闭合性"),
    ("完全性", "不完全性"),
    ("颈椎", "腰椎"),
    ("1型", "2型"),
    ("acute", "chronic"),
    ("benign", "malignant"),
    ("upper", "lower"),
)
# ICD-O codes of what a tumour is made of stand beside the disease, not instead of it.
MORPHOLOGY = patterns.compile(r"^M\d{4,}")


@dataclass(frozen=True)
class Evidence:
    """Of the candidates of one line, one number each."""

    whole: Floats
    part: Floats
    contained: Floats
    contained_expanded: Floats
    best_unit: Sequence[str]
    confirmed: Floats
    voted: Floats
    voted_by_part: Floats
    meaning: Floats


def dense(line: Line, names: Sequence[str], codes: Sequence[str], evidence: Evidence) -> Floats:
    """A row for each candidate, a column for each of `DENSE`. `names`: folded, sides left out."""
    comparisons = np.array(
        [_comparison(line, name, unit) for name, unit in zip(names, evidence.best_unit, strict=True)],
        np.float32,
    )
    kinds = np.array(
        [_name_and_code_flags(name, code) for name, code in zip(names, codes, strict=True)], np.float32
    )
    # How far behind the best of its line: cosines alone say little across lines of different length.
    behind = evidence.part.max() - evidence.part
    contained = np.maximum(evidence.contained, evidence.contained_expanded)
    columns = [
        evidence.whole,
        evidence.part,
        evidence.contained,
        evidence.contained_expanded,
        *comparisons.T,
        np.full(len(names), min(len(line.plain), 60) / 20, np.float32),
        np.full(len(names), min(len(line.units), 12) / 6, np.float32),
        np.log1p(evidence.confirmed),
        evidence.confirmed > 2,
        evidence.voted,
        evidence.voted_by_part,
        evidence.meaning,
        behind,
        contained.max() - contained,
        np.array(
            [max(line.plain.find(unit), 0) / max(len(line.plain), 1) for unit in evidence.best_unit],
            np.float32,
        ),
        *np.array([_differences(line, name) for name in names], np.float32).T,
        *kinds.T,
    ]
    return np.column_stack(columns).astype(np.float32)


def words(line: Line, name: str, unit: str) -> list[str]:
    """What the name says beyond the line (+), the line beyond the name (-), and what both say (=)."""
    marks, _ = cover(name, line.runs)
    theirs = substrings(name)
    mine, _ = cover(unit, theirs)
    return [
        *(f"+{run}" for run in _open(name, marks)),
        *(f"-{run}" for run in _open(unit, mine)),
        f"={name}",
    ]


def _open(text: str, marks: Sequence[bool]) -> list[str]:
    """What is not covered, run by run, with its first and last two characters."""
    runs = patterns.split(
        "\1+", "".join("\1" if is_covered else each for each, is_covered in zip(text, marks, strict=True))
    )
    open_runs = [run.strip() for run in runs if run.strip()]
    return [piece for run in open_runs for piece in dict.fromkeys((run[:6], run[:2], run[-2:]))]


def _comparison(line: Line, name: str, unit: str) -> tuple[float, ...]:
    marks, longest = cover(name, line.runs)
    size = max(len(name), 1)
    touched = sum(is_covered or letter in line.runs for letter, is_covered in zip(name, marks, strict=True))
    return (
        sum(marks) / size,
        touched / size,
        longest / size,
        longest / max(len(unit), 1),
        float(name in line.units),
        float(name in line.runs or any(name in form for form in line.forms)),
        float(np.clip(np.log(size / max(len(unit), 1)), -2, 2)),
        min(size, 24) / 8,
    )


def _differences(line: Line, name: str) -> tuple[float, float]:
    mine, theirs = set(_NUMBER.findall(line.forms[-1])), set(_NUMBER.findall(name))
    against = any(
        (one in name and other in line.plain and one not in line.plain)
        or (other in name and one in line.plain and other not in line.plain)
        for one, other in _CONTRADICTING
    )
    return float(bool(theirs - mine)), float(against)


def _name_and_code_flags(name: str, code: str) -> tuple[float, ...]:
    return (
        float(bool(_UNSPECIFIED.search(name))),
        float(code[:1] in set("VWXY")),
        float(bool(MORPHOLOGY.match(code))),
        float(code[:1] == "Z"),
        float(code[:1] in set("OP")),
        float(code[-1:] in set("+*")),
        float(len(name) < 3),
    )
