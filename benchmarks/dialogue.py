"""What a visitor of a shop with a database asks for: F1 of [act, domain, slot, value] per user turn.

Values are found by the database's own lists and by patterns; which acts and slots a turn has is learnt from the
labelled dialogues, in five folds of whole dialogues. What a turn means often follows from the one before it.
"""

import argparse
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import MultiLabelBinarizer
from sklearn.svm import LinearSVC

from llm_backend.understanding.terms import terms

FOLDS = 5
MARGIN_C = 1.0
# A margin below which a label is not believed; slightly under zero, as every label is rare.
BELIEVED_FROM = -0.2
INFORM = "Inform"
FROM, TO, NAME = "出发地", "目的地", "名称"
# Values that name a thing of the database; the others are said in figures.
LISTED = {NAME: NAME, "推荐菜": "推荐菜", "酒店类型": "酒店类型"}
_RANGE = r"\d+(?:\.\d+)?\s*(?:-|到|至|~)\s*\d+(?:\.\d+)?"
_MONEY = rf"{_RANGE}元|\d+元以[上下]|\d+元"
FIGURES = {
    "价格": _MONEY,
    "人均消费": _MONEY,
    "门票": rf"不免费|免费|{_MONEY}",
    "评分": r"\d(?:\.\d)?分(?:以上)?",
    "游玩时间": r"\d+(?:\.\d+)?\s*小时\s*-\s*\d+(?:\.\d+)?\s*(?:小时|天)|\d+(?:\.\d+)?\s*(?:小时|天)",
}
# What people call the columns and the kinds of things.
SAID = {
    "地址": "地址|在哪|位置", "电话": "电话|联系方式|号码", "营业时间": "营业|几点|开门", "评分": "评分|评价|分",
    "价格": "价格|多少钱|价位", "人均消费": "人均|消费|多少钱", "门票": "门票|票价|票", "游玩时间": "游玩|时长|玩多久",
    "周边景点": "景点|好玩|玩的", "周边餐馆": "餐馆|吃饭|吃的|饭店|美食", "周边酒店": "酒店|住宿|住的|宾馆",
    "周边": "周边|附近|周围|旁边", "酒店类型": "类型|型",
}  # fmt: skip
TOPICS = {
    "景点": "景点|景区|游玩|门票", "餐馆": "餐馆|餐厅|饭店|人均|菜", "酒店": "酒店|宾馆|住宿",
    "地铁": "地铁", "出租": "出租|打车|车牌|车型",
}  # fmt: skip

Act = tuple[str, str, str, str]


@dataclass(frozen=True)
class UserTurn:
    dialogue: int
    text: str
    before: str
    acts: frozenset[Act]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, required=True, help="directory with val.jsonl and database/*.json"
    )


def run(options: argparse.Namespace) -> dict[str, Any]:
    turns = list(user_turns(options.data))
    lists = value_lists(options.data / "database")
    places = np.array([turn.dialogue % FOLDS for turn in turns])
    hits = found = wanted = 0
    for fold in range(FOLDS):
        rest = [turn for turn, place in zip(turns, places, strict=True) if place != fold]
        held = [turn for turn, place in zip(turns, places, strict=True) if place == fold]
        for turn, acts in zip(held, predicted(rest, held, lists), strict=True):
            hits, found, wanted = hits + len(acts & turn.acts), found + len(acts), wanted + len(turn.acts)
    precision, recall = hits / max(found, 1), hits / max(wanted, 1)
    return {
        "slot_f1": round(2 * precision * recall / max(precision + recall, 1e-9), 4),
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "turns": len(turns),
        "folds": FOLDS,
    }


def user_turns(directory: Path) -> Iterator[UserTurn]:
    lines = [line for path in sorted(directory.glob("*.jsonl")) for line in path.open(encoding="utf-8")]
    for number, line in enumerate(lines):
        before = ""
        for message in json.loads(line)["messages"]:
            acts = frozenset(tuple(act) for act in message["dialog_act"])
            if message["role"] == "usr":
                yield UserTurn(number, message["content"], before, acts)
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


def predicted(
    rest: list[UserTurn], held: list[UserTurn], lists: dict[tuple[str, str], list[str]]
) -> list[set[Act]]:
    vectorizer = TfidfVectorizer(analyzer=list, sublinear_tf=True, min_df=2)
    learnt = vectorizer.fit_transform([features(turn, lists) for turn in rest])
    labels = MultiLabelBinarizer()
    wanted = labels.fit_transform([{label_of(act) for act in turn.acts} for turn in rest])
    model = OneVsRestClassifier(LinearSVC(C=MARGIN_C, class_weight="balanced", random_state=0))
    margins = model.fit(learnt, wanted).decision_function(
        vectorizer.transform([features(turn, lists) for turn in held])
    )
    return [
        {
            act
            for label, margin in zip(labels.classes_, row, strict=True)
            if margin > BELIEVED_FROM
            for act in filled(label, turn.text, lists)
        }
        for turn, row in zip(held, margins, strict=True)
    ]


def label_of(act: Act) -> Act:
    """What is said in words of its own is a label without its value."""
    kind, domain, slot, value = act
    is_open = kind == INFORM and (slot in LISTED or slot in FIGURES or slot in (FROM, TO))
    return (kind, domain, slot, "") if is_open else (kind, domain, slot, value)


def filled(label: Act, text: str, lists: dict[tuple[str, str], list[str]]) -> Iterator[Act]:
    kind, domain, slot, value = label
    if label_of(label) != (kind, domain, slot, "") or kind != INFORM or value:
        yield label
        return
    for found in values(domain, slot, text, lists):
        yield kind, domain, slot, found


def values(domain: str, slot: str, text: str, lists: dict[tuple[str, str], list[str]]) -> list[str]:
    if slot in FIGURES:
        return [match[0].strip() for match in re.finditer(FIGURES[slot], text)][:1]
    if slot in (FROM, TO):
        known = [name for (_, listed), names in lists.items() if listed == NAME for name in names]
        found = sorted(contained(known, text), key=text.find)
        return found[:1] if slot == FROM else found[1:2] or found[:1]
    return contained(lists.get((domain, slot), []), text)


def contained(names: list[str], text: str) -> list[str]:
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
        for name in contained(names, turn.text):
            marks.append(f"<{domain}.{slot}>")
            text = text.replace(name, f"〈{domain}〉") if slot == NAME else text
    marks += [f"<{slot}>" for slot, pattern in FIGURES.items() if re.search(pattern, turn.text)]
    said = [slot for slot, pattern in SAID.items() if re.search(pattern, text)]
    before = [topic for topic, pattern in TOPICS.items() if re.search(pattern, turn.before)]
    topic = first_topic(text) or first_topic(turn.before)
    marks += [f"{topic}.{slot}" for slot in said] + [f"topic:{topic}"] + [f"was:{name}" for name in before]
    marks += [f"{topic}.周边.{slot}" for slot in said if "周边" in said]
    return [*terms(text), *2 * marks, *(f"before:{term}" for term in terms(turn.before))]


def first_topic(text: str) -> str:
    """What a message is about first: “near this hotel, which sights” asks something of the hotel."""
    found = {topic: match.start() for topic, pattern in TOPICS.items() if (match := re.search(pattern, text))}
    return min(found, key=found.__getitem__, default="")
