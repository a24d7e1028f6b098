"""Where else in a record the things stand that an empty field asks for, so that nobody takes them for missing."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from domain.clinical.grounding.terms import finding_terms
from domain.clinical.records.record import RecordContent
from domain.clinical.records.template import Template, TemplateField, TemplateSection
from domain.clinical.word_lists import read_patterns
from llm_backend import patterns
from llm_backend.wording import stem

_ASKED = read_patterns(Path(__file__).with_suffix(".toml"), "asked", flags=patterns.IGNORECASE)
_TOLD = read_patterns(Path(__file__).with_suffix(".toml"), "told", flags=patterns.IGNORECASE)
# What a hint lists: “高血压、糖尿病、吸烟”, “Occupational, pets, mould, travel.”
_LISTED = patterns.compile(r"[㐀-鿿]{2,6}|[a-z]{4,20}", patterns.IGNORECASE)
_BETWEEN = patterns.compile(
    r"[、，。；：（）/]|[,.;:()] ?|以及|或者|[和及或与等含的]|\b(?:and|or|with)\b ?", patterns.IGNORECASE
)
_WORD = patterns.compile(r"[a-z]{4,20}", patterns.IGNORECASE)
_NEAR_CHARACTERS = 4
# A finding of a part and what it does: 胸痛 is told as 胸口闷痛, too.
_PART_AND_PAIN = patterns.compile(r"([㐀-鿿])([痛痒胀闷麻肿])")
# What a hint says of how to write, not of what.
_NO_THING_WORDS = """
部位 性质 程度 时间 诱因 方式 情况 名称 剂量 用法 频次 疗程 疗效 数值 单位 日期 所见 提到 症状 疾病 药物 医生 患者
病史 既往 家族史 持续时间 其他 变化 说出 明确 否认 目前 记录 手术 检查
site side timing character amount colour description date present denied unsure relative condition value unit
severity duration result results other reported stated said test tests normal where when name names dose route year
reaction substance worse better context quality location onset feel look move effect plan plans acts score scales drugs
finding findings examination history chronic surface size
"""
_NO_THING = frozenset(_NO_THING_WORDS.split())
_KINDS = frozenset(["text", "findings", "tests", "number", "choice"])
# A value or a choice may be told in any part; what is examined is told in its own.
_TOLD_ANYWHERE = frozenset(["number", "choice"])


def places_elsewhere(
    template: Template, content: RecordContent, section: TemplateSection, field: TemplateField
) -> list[tuple[TemplateSection, TemplateField]]:
    """The filled fields that name what this one asks for, in the record's order.

    Those of its division; of a value or choice, where these have none, those of any but the plan.
    """
    if field.kind not in _KINDS:
        return []
    asked = _asked_for(field.title, field.hint)
    found = [
        (other, each)
        for other in template.sections
        for each in other.fields
        if (other.key, each.key) != (section.key, field.key)
        and any(_names(text, asked) for text in _texts(content, other.key, each.key))
    ]
    own = [place for place in found if place[0].division == section.division]
    told = [place for place in found if place[0].division != "assessment_and_plan"]
    return own or (told if field.kind in _TOLD_ANYWHERE and section.division != "assessment_and_plan" else [])


def listed_things(field: TemplateField) -> frozenset[str]:
    """What its title and hint name, as they write it."""
    return _asked_for(field.title, field.hint).listed


@dataclass(frozen=True)
class _Asked:
    """`keys`: of findings. `listed`: as the hint writes them, English by stem. `told`: words for what has no name.

    `parted`: a part and what it does, which are told near each other.
    """

    keys: frozenset[str]
    listed: frozenset[str]
    told: tuple[patterns.Pattern[str], ...]
    parted: tuple[tuple[str, str], ...]


@lru_cache(maxsize=1024)
def _asked_for(title: str, hint: str) -> _Asked:
    words = f"{title}。{hint}"
    parts = (part.strip().lower() for part in _BETWEEN.split(words))
    listed = (part for part in parts if _LISTED.fullmatch(part) and part not in _NO_THING)
    parted = ((each[1], "痛疼" if each[2] == "痛" else each[2]) for each in _PART_AND_PAIN.finditer(title))
    return _Asked(
        frozenset(term.key for term in finding_terms(words)),
        frozenset(stem(part) if part.isascii() else part for part in listed),
        tuple(_TOLD[name] for name, asks in _ASKED.items() if asks.search(title)),
        tuple(parted),
    )


def _names(text: str, asked: _Asked) -> bool:
    stems = {stem(word.lower()) for word in _WORD.findall(text)}
    return (
        any(each in stems if each.isascii() else each in text for each in asked.listed)
        or any(term.key in asked.keys for term in finding_terms(text))
        or any(told.search(text) for told in asked.told)
        or any(_stand_near(text, *each) for each in asked.parted)
    )


def _stand_near(text: str, part: str, aches: str) -> bool:
    _, *behind = text.split(part)
    return any(set(each[:_NEAR_CHARACTERS]) & set(aches) for each in behind)


def _texts(content: RecordContent, section: str, field: str) -> Iterator[str]:
    found = content.field(section, field)
    yield from (statement.text for statement in (found.statements if found else []))
