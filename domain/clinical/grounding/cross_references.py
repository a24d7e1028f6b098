"""Where else in a record the things stand that an empty field asks for: “not mentioned” is said only of what is nowhere."""

from collections.abc import Iterator
from functools import lru_cache

from domain.clinical.grounding.terms import finding_terms
from domain.clinical.records.record import RecordContent
from domain.clinical.records.template import Template, TemplateField, TemplateSection
from llm_backend import patterns

# What a hint lists: “高血压、糖尿病、吸烟”.
_LISTED = patterns.compile(r"[㐀-鿿]{2,6}")
_BETWEEN = patterns.compile(r"[、，。；：（）/]|以及|或者|[和及或与等含的]")
# What a hint says of how to write, not of what.
_NO_THING_WORDS = """
部位 性质 程度 时间 诱因 方式 情况 名称 剂量 用法 频次 疗程 疗效 数值 单位 日期 所见 提到 症状 疾病 药物 医生 患者
病史 既往 家族史 持续时间 其他 变化 说出 明确 否认 目前 记录 手术 检查
"""
_NO_THING = frozenset(_NO_THING_WORDS.split())
_KINDS = frozenset(["text", "findings", "tests"])


def places_elsewhere(
    template: Template, content: RecordContent, section: TemplateSection, field: TemplateField
) -> list[tuple[TemplateSection, TemplateField]]:
    """The filled fields of the same division that name what this one asks for, in the record's order."""
    if field.kind not in _KINDS:
        return []
    keys, listed = _asked_for(f"{field.title}。{field.hint}")
    return [
        (other, each)
        for other in template.sections
        if other.division == section.division
        for each in other.fields
        if (other.key, each.key) != (section.key, field.key)
        and any(_names(text, keys, listed) for text in _texts(content, other.key, each.key))
    ]


@lru_cache(maxsize=1024)
def _asked_for(words: str) -> tuple[frozenset[str], frozenset[str]]:
    keys = frozenset(term.key for term in finding_terms(words))
    listed = frozenset(
        part for part in _BETWEEN.split(words) if _LISTED.fullmatch(part) and part not in _NO_THING
    )
    return keys, listed


def _names(text: str, keys: frozenset[str], listed: frozenset[str]) -> bool:
    return any(each in text for each in listed) or any(term.key in keys for term in finding_terms(text))


def _texts(content: RecordContent, section: str, field: str) -> Iterator[str]:
    found = content.field(section, field)
    yield from (statement.text for statement in (found.statements if found else []))
