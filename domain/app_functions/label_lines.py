"""Labels and examples as people type them, a line each, and the labels that a model answers with."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from domain.app_functions.classification import COUNT, EXAMPLES, LABEL, TEXTS, VERDICTS
from domain.app_functions.texts import head_and_rest
from domain.workflows.functions import Function
from domain.workflows.types import Choice, List, Number, Record, Text, Words
from llm_backend.wording import normalise

MAX_LABELS = 60
MAX_SHOWN = 12
SHOWN_CHARACTERS = 200
_MARKS = "-*•.。,、;!\"'“”‘《》「」【】[]()"
LABELS = List(of=Record(fields={"name": Text(), "meaning": Text()}), max_items=MAX_LABELS)
DECIDED_BY = Choice(
    title=Words(en="Decided by", zh="判断依据"),
    options={
        "examples": Words(en="the examples", zh="示例"),
        "model": Words(en="the model", zh="模型"),
        "nobody": Words(en="open: please look", zh="尚未确定，请查看"),
    },
)


def read_labels(labels: list[str], examples: list[str]) -> dict[str, Any]:
    """Lines “name: what belongs there” and “name: an example”. Without the former the examples name the labels, each by how
    it is written first. What stands twice is one example: held out and learnt from, it would prove nothing.
    """
    described = dict(map(head_and_rest, labels))
    rows = [(name, text) for name, text in map(head_and_rest, examples) if text]
    written = {_plain(name): name for name in reversed(described or [name for name, _text in rows])}
    read = [(written[_plain(name)], text) for name, text in rows if _plain(name) in written]
    kept = list(dict.fromkeys(read))
    names = list(described or dict(kept))[:MAX_LABELS]
    first = dict(reversed(kept))
    return {
        "labels": [{"name": name, "meaning": described.get(name, "")} for name in names],
        "told": "\n".join(
            f"- {name}: {described[name]}" if described.get(name) else f"- {name}" for name in names
        ),
        "shown": "\n".join(
            f"{text[:SHOWN_CHARACTERS]} → {name}" for name, text in list(first.items())[:MAX_SHOWN]
        ),
        "texts": [text for _name, text in kept],
        "names": [name for name, _text in kept],
        "unread": len(examples) - len(read),
    }


def join_labels(
    texts: list[str], rows: list[dict[str, Any]], labels: list[dict[str, str]], answers: list[str]
) -> dict[str, Any]:
    """`answers`: of a model, for each text in turn that the examples left open. What names none of the labels counts as
    no answer: then what the examples hold for likeliest stands, and nobody is sure of it."""
    known = {_plain(each["name"]): each["name"] for each in labels}
    told = iter(answers)
    joined = []
    for number, text in enumerate(texts):
        row = rows[number] if rows else {"label": "", "right_share": None, "is_sure": False}
        label, decided_by = row["label"], "examples" if row["is_sure"] else "nobody"
        if not row["is_sure"] and (answer := _named(head_and_rest(next(told, ""))[0], known)):
            label, decided_by = answer, "model"
        right = row["right_share"] if decided_by != "model" else None
        joined.append({"text": text, "label": label, "decided_by": decided_by, "right_share": right})
    counts = Counter(each["label"] for each in joined if each["label"])
    return {
        "rows": joined,
        "counts": [{"label": label, "count": count} for label, count in counts.most_common()],
        "open": sum(each["decided_by"] == "nobody" for each in joined),
    }


def open_texts(texts: list[str], rows: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Those that no example settles."""
    return {"texts": [text for number, text in enumerate(texts) if not (rows and rows[number]["is_sure"])]}


def _named(answer: str, known: Mapping[str, str]) -> str:
    """Of the known names, also with marks that models put around one; “-1” is not “1” all the same."""
    plain = _plain(answer)
    return known.get(plain) or known.get(plain.strip(_MARKS), "")


def _plain(name: str) -> str:
    return "".join(normalise(name).split())


FUNCTIONS = (
    Function(
        "read_labels",
        {"labels": List(of=Text(), max_items=MAX_LABELS), "examples": EXAMPLES},
        Record(
            fields={
                "labels": LABELS,
                "texts": EXAMPLES,
                "names": EXAMPLES,
                "told": Text(),
                "shown": Text(),
                "unread": Number(),
            }
        ),
        read_labels,
    ),
    Function("open_texts", {"texts": TEXTS, "rows": VERDICTS}, Record(fields={"texts": TEXTS}), open_texts),
    Function(
        "join_labels",
        {"texts": TEXTS, "rows": VERDICTS, "labels": LABELS, "answers": TEXTS},
        Record(
            fields={
                "rows": List(
                    of=Record(
                        title=Words(en="Text", zh="文本"),
                        fields={
                            "text": Text(title=Words(en="Text", zh="文本")),
                            "label": LABEL,
                            "decided_by": DECIDED_BY,
                            "right_share": Number(
                                title=Words(en="Share right among such verdicts", zh="同类判断的正确率"),
                                optional=True,
                            ),
                        },
                    ),
                    max_items=TEXTS.max_items,
                ),
                "counts": List(of=Record(fields={"label": LABEL, "count": COUNT}), max_items=MAX_LABELS),
                "open": Number(),
            }
        ),
        join_labels,
    ),
)
