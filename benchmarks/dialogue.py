"""What a visitor of a shop with a database asks for: F1 of [act, domain, slot, value] per user turn.

Values are found by the database's own lists and by patterns; which acts and slots a turn has is learnt from the
labelled dialogues, in five folds of whole dialogues. What a turn means often follows from the one before it.
"""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import MultiLabelBinarizer
from sklearn.svm import LinearSVC

from benchmarks import intervals
from benchmarks.labelled_files import FOLDS, split
from domain.text.understanding.terms import terms
from llm_backend import patterns

COMMAND = "eval dialogue"
MARGIN_C = 1.0
# A margin below which a label is not believed; slightly under zero, as every label is rare.
BELIEVED_FROM = -0.2
INFORM = "Inform"
FROM, TO, NAME = "出发地", "目的地", "名称"
# Values that name a thing of the database; the others are said in figures.
LISTED = {NAME: NAME, "推荐菜": "推荐菜", "酒店类型": "酒店类型"}
_RANGE = r"(?<!\d)\d++(?:\.\d+)?\s*(?:-|到|至|~)\s*\d+(?:\.\d+)?"
_MONEY = rf"{_RANGE}元|(?<!\d)\d++元以[上下]|(?<!\d)\d++元"
_FIGURES = {
    "价格": _MONEY,
    "人均消费": _MONEY,
    "门票": rf"不免费|免费|{_MONEY}",
    "评分": r"\d(?:\.\d)?分(?:以上)?",
    "游玩时间": r"(?<!\d)\d++(?:\.\d+)?\s*小时\s*-\s*\d+(?:\.\d+)?\s*(?:小时|天)|(?<!\d)\d++(?:\.\d+)?\s*(?:小时|天)",
}
# `said`: what people call the columns and the kinds of things; `topics`: what a message is about.
_WORDS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
FIGURES, SAID, TOPICS = (
    {name: patterns.compile(text) for name, text in listed.items()}
    for listed in (_FIGURES, _WORDS["said"], _WORDS["topics"])
)

Act = tuple[str, str, str, str]


@dataclass(frozen=True)
class UserTurn:
    text: str
    before: str
    acts: frozenset[Act]


def run(data: Annotated[Path, "directory with val.jsonl and database/*.json"]) -> dict[str, Any]:
    sets = split(data, dialogues, files="*.jsonl")
    lists = value_lists(data / "database")
    pairs: list[tuple[set[tuple[int, Act]], set[tuple[int, Act]]]] = []
    turns = 0
    for learnt, asked in sets.rounds():
        rest, held = ([turn for dialogue in some for turn in dialogue] for some in (learnt, asked))
        told = iter(predict_acts(rest, held, lists))
        for dialogue in asked:
            found = {(place, act) for place, acts in zip(range(len(dialogue)), told) for act in acts}  # noqa: B905
            pairs.append((found, {(place, act) for place, turn in enumerate(dialogue) for act in turn.acts}))
        turns += len(held)
    folds = FOLDS if sets.is_folded else 0
    return {**sets.sources(), **intervals.f1_of_sets("slot_f1", pairs), "turns": turns, "folds": folds}


def dialogues(path: Path) -> list[list[UserTurn]]:
    with path.open(encoding="utf-8") as lines:
        return [list(user_turns(json.loads(line)["messages"])) for line in lines]


def user_turns(messages: list[dict[str, Any]]) -> Iterator[UserTurn]:
    before = ""
    for message in messages:
        if message["role"] == "usr":
            acts = frozenset(tuple(act) for act in message["dialog_act"])
            yield UserTurn(message["content"], before, acts)
        before = message["content"]


def value_lists(directory: Path) -> dict[tuple[str, str], list[str]]:
    """By domain and slot, the longest first: 故宫 must not hide in 故宫博物院."""
    lists: dict[tuple[str, str], set[str]] = {}
    for path in sorted(directory.glob("*.json")):
        for _, row in json.loads(path.read_text(encoding="utf-8")):
            for slot, column in LISTED.items():
                value = row.get(column) or []
                names = value if isinstance(value, list) else [value]
                lists.setdefault((row["领域"], slot), set()).update(names)
    return {key: sorted(filter(None, names), key=len, reverse=True) for key, names in lists.items()}


def predict_acts(
    rest: list[UserTurn], held: list[UserTurn], lists: dict[tuple[str, str], list[str]]
) -> list[set[Act]]:
    vectorizer = TfidfVectorizer(analyzer=list, sublinear_tf=True, min_df=2)
    learnt = vectorizer.fit_transform([features(turn, lists) for turn in rest])
    labels = MultiLabelBinarizer()
    wanted = labels.fit_transform([{label_of(act) for act in turn.acts} for turn in rest])
    model = OneVsRestClassifier(LinearSVC(C=MARGIN_C, class_weight="balanced", random_state=0))
    asked = vectorizer.transform([features(turn, lists) for turn in held])
    margins = model.fit(learnt, wanted).decision_function(asked)
    believed = [labels.classes_[row > BELIEVED_FROM] for row in margins]
    return [
        {act for label in some for act in fill_slot(label, turn.text, lists)}
        for turn, some in zip(held, believed, strict=True)
    ]


def label_of(act: Act) -> Act:
    """What is said in words of its own is a label without its value."""
    kind, domain, slot, value = act
    is_open = kind == INFORM and (slot in LISTED or slot in FIGURES or slot in (FROM, TO))
    return (kind, domain, slot, "") if is_open else (kind, domain, slot, value)


def fill_slot(label: Act, text: str, lists: dict[tuple[str, str], list[str]]) -> Iterator[Act]:
    kind, domain, slot, value = label
    if label_of(label) != (kind, domain, slot, "") or kind != INFORM or value:
        yield label
    else:
        yield from ((kind, domain, slot, found) for found in values(domain, slot, text, lists))


def values(domain: str, slot: str, text: str, lists: dict[tuple[str, str], list[str]]) -> list[str]:
    if slot in FIGURES:
        return [match[0].strip() for match in FIGURES[slot].finditer(text)][:1]
    if slot in (FROM, TO):
        known = [name for (_, listed), names in lists.items() if listed == NAME for name in names]
        found = sorted(names_within(known, text), key=text.find)
        return found[:1] if slot == FROM else found[1:2] or found[:1]
    return names_within(lists.get((domain, slot), []), text)


def names_within(names: list[str], text: str) -> list[str]:
    found = []
    for name in sorted(names, key=len, reverse=True):
        if len(name) > 1 and name in text:
            found.append(name)
            text = text.replace(name, "\0")
    return found


def features(turn: UserTurn, lists: dict[tuple[str, str], list[str]]) -> list[str]:
    """The words around the values, which values there are, what is asked about which topic, and what was said before."""
    text, marks = turn.text, []
    for (domain, slot), names in lists.items():
        for name in names_within(names, turn.text):
            marks.append(f"<{domain}.{slot}>")
            text = text.replace(name, f"〈{domain}〉") if slot == NAME else text
    marks += [f"<{slot}>" for slot, pattern in FIGURES.items() if pattern.search(turn.text)]
    said = [slot for slot, pattern in SAID.items() if pattern.search(text)]
    before = [topic for topic, pattern in TOPICS.items() if pattern.search(turn.before)]
    topic = first_topic(text) or first_topic(turn.before)
    marks += [f"{topic}.{slot}" for slot in said] + [f"topic:{topic}"] + [f"was:{name}" for name in before]
    marks += [f"{topic}.周边.{slot}" for slot in said if "周边" in said]
    return [*terms(text), *2 * marks, *(f"before:{term}" for term in terms(turn.before))]


def first_topic(text: str) -> str:
    """What a message is about first: “near this hotel, which sights” asks something of the hotel."""
    found = {topic: match.start() for topic, pattern in TOPICS.items() if (match := pattern.search(text))}
    return min(found, key=found.__getitem__, default="")
