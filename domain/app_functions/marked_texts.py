"""Values marked in texts, as people type them: “Call [Lin](name) on [Monday](day)”."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.app_functions.texts import head_and_rest
from domain.workflows.types import Flag, List, Number, Record, Text, Words
from llm_backend import patterns
from llm_backend.unicode_forms import nfkc

MAX_TEXTS, MAX_FIELDS, MAX_VALUES = 100, 40, 1000
# A name may have brackets itself: “amount (USD)”. A Chinese keyboard types them full-width.
_MARK = patterns.compile(
    r"[\[［【]([^\[\]［］【】\n]{1,400})[\]］】][(（]([^()（）\n]{0,60}(?:[(（][^()（）\n]{0,60}[)）][^()（）\n]{0,60})?)[)）]"
)

VALUE = Record(
    fields={
        "text_number": Number(title=Words(en="Text", zh="文本序号")),
        "field": Text(title=Words(en="Field", zh="字段")),
        "value": Text(title=Words(en="Value", zh="值")),
        "start": Number(title=Words(en="From character", zh="起始位置")),
        "end": Number(title=Words(en="To character", zh="结束位置")),
        "is_sure": Flag(title=Words(en="Sure", zh="是否确定")),
    }
)
VALUES = List(of=VALUE, max_items=MAX_VALUES)
TEXTS = List(of=Text(), max_items=MAX_TEXTS)
FIELDS = List(of=Text(), max_items=MAX_FIELDS)


@dataclass(frozen=True)
class MarkedText:
    """`spans`: start, end (exclusive) and field, in their order."""

    text: str
    spans: tuple[tuple[int, int, str], ...]


def read_marks(line: str, names: Sequence[str]) -> MarkedText:
    """Brackets around a name that is none of the fields are a part of the text."""
    text, spans, place = "", [], 0
    known = {nfkc(name): name for name in names}
    for mark in _MARK.finditer(line):
        if field := known.get(nfkc(mark[2]).strip()):
            text += line[place : mark.start()]
            spans.append((len(text), len(text) + len(mark[1]), field))
            text, place = text + mark[1], mark.end()
    return MarkedText(text + line[place:], tuple(spans))


def with_marks(text: str, values: Sequence[Mapping[str, Any]]) -> str:
    """As `read_marks` reads it. Of values that overlap the first one is marked."""
    marked, place = "", 0
    for each in sorted(values, key=lambda value: (value["start"], -value["end"])):
        start, end = int(each["start"]), int(each["end"])
        if start >= place:
            marked += f"{text[place:start]}[{text[start:end]}]({each['field']})"
            place = end
    return marked + text[place:]


def field_names(fields: Sequence[str]) -> list[str]:
    """Of lines “name: what it is”."""
    names = (head_and_rest(line)[0] for line in fields)
    return list(dict.fromkeys(name for name in names if name))
