"""Which files of a set are learnt from and which measured, and labelled texts as public sets come.

A file's name says its part: train, test, or one of dev, val and valid. Test files are measured where there are any with
answers, else the validation files, never both; what has another name is learnt from. Without a file to measure, folds of
what is there are.
"""

import csv
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from llm_backend import patterns

Row = tuple[str, str]  # text, label
Part = Literal["train", "validation", "test"]
R = TypeVar("R")

FOLDS = 5
TEXT_COLUMNS = ("text", "sentence", "review", "utterance", "query")
LABEL_COLUMNS = ("category", "intent", "label", "airline_sentiment", "sentiment")
# How sets name what belongs to none of their intents.
OUT_OF_SCOPE_NAMES = frozenset({"oos", "NO_NODES_DETECTED", "out_of_scope"})
_PARTS: dict[Part, patterns.Pattern[str]] = {
    "train": patterns.compile(r"train(?:ing)?(?:set)?\d*"),
    "test": patterns.compile(r"test(?:ing)?(?:set)?[a-c]?\d*"),
    "validation": patterns.compile(r"(?:dev|val|valid|validation)(?:set)?\d*"),
}
# clinc150 keeps the parts of a set in one file, and beside each what belongs to no intent.
_PART_OF_LIST: dict[str, Part] = {"train": "train", "val": "validation", "test": "test"}


@dataclass(frozen=True)
class Split(Generic[R]):
    """Rows by the files they come from."""

    train: dict[str, list[R]]
    test: dict[str, list[R]]

    @property
    def train_rows(self) -> list[R]:
        return [row for rows in self.train.values() for row in rows]

    @property
    def test_rows(self) -> list[R]:
        return [row for rows in self.test.values() for row in rows]

    @property
    def is_folded(self) -> bool:
        return not (self.train and self.test)

    def rounds(self) -> list[tuple[list[R], list[R]]]:
        """What is learnt from and what is asked; each fold of a set that has one part only is asked once."""
        if not self.is_folded:
            return [(self.train_rows, self.test_rows)]
        rows = [*self.train_rows, *self.test_rows]
        rests = ([row for place, row in enumerate(rows) if place % FOLDS != fold] for fold in range(FOLDS))
        return [(rest, rows[fold::FOLDS]) for fold, rest in enumerate(rests)]

    def sources(self) -> dict[str, list[str]]:
        """Folds are trained on and tested on the same files, never on the same rows."""
        both = [*self.train, *self.test]
        if self.is_folded:
            return {"trained_on": both, "tested_on": both}
        return {"trained_on": list(self.train), "tested_on": list(self.test)}


def part_of(path: Path) -> Part:
    for word in patterns.split(r"[^a-z0-9]+", path.stem.lower()):
        for part, pattern in _PARTS.items():
            if pattern.fullmatch(word):
                return part
    return "train"


def split(
    directory: Path, read: Callable[[Path], Sequence[R]], *, files: str = "*", things: str = ""
) -> Split[R]:
    """Files in which `read` finds nothing count as not there: test sets are published without their answers too. Ends the
    command where no file holds any of the `things`."""
    paths = (path for path in sorted(directory.glob(files)) if path.is_file())
    sets = _split((part_of(path), path.name, read(path)) for path in paths)
    if things and not (sets.train or sets.test):
        raise SystemExit(f"There are no {things} in {directory}.")
    return sets


def _split(lists: Iterable[tuple[Part, str, Sequence[R]]]) -> Split[R]:
    by_part: dict[Part, dict[str, list[R]]] = {"train": {}, "validation": {}, "test": {}}
    for part, name, rows in lists:
        if rows:
            by_part[part][name] = list(rows)
    return Split(by_part["train"], by_part["test"] or by_part["validation"])


@dataclass
class LabelledTexts:
    """`test` is empty where a set has no split of its own."""

    train: list[Row]
    test: list[Row]
    out_of_scope_train: list[str]
    out_of_scope_test: list[str]
    trained_on: list[str]
    tested_on: list[str]

    def sources(self) -> dict[str, list[str]]:
        return {"trained_on": self.trained_on, "tested_on": self.tested_on}


def labelled_texts(directory: Path, *, label: str = "") -> LabelledTexts:
    """`label`: the column to read labels from, where a set has several."""
    paths = [path for path in sorted(directory.iterdir()) if path.suffix in {".csv", ".json", ".jsonl"}]
    columns = (label,) if label else LABEL_COLUMNS
    sets = _split(each for path in paths for each in _parts_of(path, columns))
    known, asked = sets.train_rows, sets.test_rows
    if not _with_intent(known):
        raise SystemExit(f"There are no labelled texts to learn from in {directory}.")
    strangers, names = (_strangers(known), _strangers(asked)), (list(sets.train), list(sets.test))
    return LabelledTexts(_with_intent(known), _with_intent(asked), *strangers, *names)


def _parts_of(path: Path, label_columns: Sequence[str]) -> Iterator[tuple[Part, str, list[Row]]]:
    content = table(path) if path.suffix == ".csv" else json_content(path)
    if isinstance(content, dict):
        for list_name, part in _PART_OF_LIST.items():
            if pairs := [*content.get(list_name, []), *content.get(f"oos_{list_name}", [])]:
                yield part, f"{path.name} ({list_name})", [(text, label) for text, label in pairs]
    elif rows := list(_rows(content, label_columns)):
        yield part_of(path), path.name, rows


def _with_intent(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row[1] not in OUT_OF_SCOPE_NAMES]


def _strangers(rows: Sequence[Row]) -> list[str]:
    return [text for text, label in rows if label in OUT_OF_SCOPE_NAMES]


def first_of_each(rows: list[Row], count: int) -> list[Row]:
    counts, first_rows = Counter[str](), list[Row]()
    for text, label in rows:
        counts[label] += 1
        if counts[label] <= count:
            first_rows.append((text, label))
    return first_rows


def table(path: Path, *needed: str, **form: Any) -> list[dict[str, str]]:
    """None where a needed column is not there. `form`: what the csv module has to know where it is no plain CSV."""
    csv.field_size_limit(sys.maxsize)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, **form)
        return list(reader) if set(needed) <= set(reader.fieldnames or ()) else []


def _rows(rows: Any, label_columns: Sequence[str]) -> Iterator[Row]:
    """Of tables, or of pairs. Lists of names and the like lie beside the rows."""
    if not isinstance(rows, list) or not rows:
        return
    if isinstance(rows[0], list) and len(rows[0]) == 2:
        yield from ((str(text), str(label)) for text, label in rows)
    if not isinstance(rows[0], dict):
        return
    text_column = next((name for name in TEXT_COLUMNS if name in rows[0]), None)
    label_column = next((name for name in label_columns if name in rows[0]), None)
    if text_column and label_column:
        yield from ((str(row[text_column]), str(row[label_column])) for row in rows)


def json_content(path: Path) -> Any:
    """A JSON document, or the list of those that stand one on a line."""
    content = path.read_text(encoding="utf-8")
    try:
        return json.loads(content)
    except json.JSONDecodeError:
        return [json.loads(line) for line in content.splitlines() if line.strip()]


def json_rows(path: Path) -> list[dict[str, Any]]:
    """The objects of a list or of lines; a file with a single object has one row."""
    content = json_content(path)
    return [each for each in (content if isinstance(content, list) else [content]) if isinstance(each, dict)]


def grouped(rows: Iterable[R], name_of: Callable[[R], str]) -> dict[str, list[R]]:
    """In the order of the names."""
    groups: dict[str, list[R]] = {}
    for row in rows:
        groups.setdefault(name_of(row), []).append(row)
    return dict(sorted(groups.items()))


def spread(rows: Sequence[R], limit: int | None) -> Sequence[R]:
    """So many of them, evenly spread; without a limit all."""
    if not limit or limit >= len(rows):
        return rows
    return [rows[number * len(rows) // limit] for number in range(limit)]


@dataclass(frozen=True)
class SquadQuestion:
    """`paragraph`: its place among those of the file; `start`: of the answer in it. Without an answer both are empty."""

    id: str
    text: str
    article: int
    paragraph: int
    answer: str
    start: int


@dataclass(frozen=True)
class SquadFile:
    """A paragraph that stands in the file twice is one: nothing could tell its copies apart."""

    name: str
    paragraphs: list[str]
    questions: list[SquadQuestion]

    @classmethod
    def read(cls, path: Path) -> "SquadFile":
        places: dict[str, int] = {}
        questions = []
        for number, article in enumerate(json_content(path)["data"]):
            for paragraph in article["paragraphs"]:
                place = places.setdefault(paragraph["context"], len(places))
                for qa in paragraph["qas"]:
                    answer = (qa.get("answers") or [{"text": "", "answer_start": 0}])[0]
                    text, start = answer["text"], answer["answer_start"]
                    questions.append(SquadQuestion(str(qa["id"]), qa["question"], number, place, text, start))
        return cls(path.stem, list(places), questions)


def squad_files(*directories: Path) -> list[SquadFile]:
    paths = [path for directory in directories for path in sorted(directory.glob("*.json"))]
    if not paths:
        raise SystemExit(f"There are no JSON files in {', '.join(map(str, directories))}.")
    return [SquadFile.read(path) for path in paths]
