"""What a text has to hold to, said by whoever asked for it: length, words, points, title, ending, language."""

import tomllib
from functools import cache
from importlib.resources import files
from math import ceil
from typing import Any

from domain.app_functions.text_parts import has_title, paragraphs, points
from domain.workflows.functions import Function
from domain.workflows.types import Choice, Flag, List, Number, Record, Text, Words
from llm_backend import patterns
from llm_backend.sentences import is_chinese
from llm_backend.wording import normalise

# Of a sentence as models write it, and how much more than asked for.
SENTENCE_UNITS, MARGIN = {"Chinese": 20, "English": 12}, 1.2
NUMBERS = ("at_least", "at_most", "points", "paragraphs")
_CJK = "\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef—…·“”‘’"
# As word processors count: each Chinese character and mark, and each word or number of other letters.
_UNIT_ZH = patterns.compile(rf"[{_CJK}]|[^\s{_CJK}]+")
_WORD_EN = patterns.compile(r"[^\W_]+(?:['’.,-][^\W_]+)*")
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»「」『』", '"') | {"‘": "'"})
_SPACES = patterns.compile(r"[ \t]+")
# Between Chinese and a Latin word or a number a space may stand or not.
_SPACE_AT_CJK = patterns.compile(rf"(?<=[{_CJK}]) | (?=[{_CJK}])")


def state_rules(kind: str, **rules: Any) -> dict[str, Any]:
    """The rules as one value, and in words. `contradicting`: what must be said and must not."""
    told = told_rules(kind, rules)
    if rules["at_least"]:
        # Small models count sentences better than words.
        count = ceil(rules["at_least"] * MARGIN / SENTENCE_UNITS[rules["language"]])
        told.append(_lines()[rules["language"]]["sentences"].format(count))
    wanted = " ".join([*rules["must_say"], rules["ending"]])
    return {
        "rules": rules,
        "requirements": "\n".join(told),
        "contradicting": [word for word in rules["must_not_say"] if says(wanted, word)],
    }


def told_rules(kind: str, rules: dict[str, Any]) -> list[str]:
    """In the language of the text, the kind of text first."""
    lines = _lines()[rules["language"]]
    mark = "、" if rules["language"] == "Chinese" else ", "
    told = [lines[kind]]
    for name, value in rules.items():
        if value and name != "language":
            value = f"{value:.0f}" if name in NUMBERS else value
            told.append(lines[name].format(mark.join(value) if isinstance(value, list) else value))
    return told


def broken_rules(text: str, rules: dict[str, Any]) -> list[dict[str, str]]:
    """Which do not hold; `word`: what is missing, or must not stand there."""
    size = length(text, rules["language"])
    lacking = [word for word in rules["must_say"] if not says(text, word)]
    forbidden = [word for word in rules["must_not_say"] if says(text, word)]
    breaks = {
        "at_least": rules["at_least"] and size < rules["at_least"],
        "at_most": rules["at_most"] and size > rules["at_most"],
        "points": rules["points"] and len(points(text)) != rules["points"],
        "paragraphs": rules["paragraphs"]
        and len(paragraphs(text, with_title=rules["title"])) != rules["paragraphs"],
        "title": rules["title"] and not has_title(text),
        "ending": not text.rstrip().endswith(rules["ending"].strip()),
        "language": not patterns.search(r"\w", text) or is_chinese(text) != (rules["language"] == "Chinese"),
    }
    return [
        *({"rule": "must_say", "word": word} for word in lacking),
        *({"rule": "must_not_say", "word": word} for word in forbidden),
        *({"rule": rule, "word": ""} for rule, is_broken in breaks.items() if is_broken),
    ]


def length(text: str, language: str) -> int:
    """As the text's own language counts: characters with their marks in Chinese, words in English."""
    return len((_UNIT_ZH if language == "Chinese" else _WORD_EN).findall(text))


def units(text: str) -> list[int]:
    """Where each unit ends that `length` counts, by the language that most of the text is in."""
    pattern = _UNIT_ZH if is_chinese(text) else _WORD_EN
    return [match.end() for match in pattern.finditer(text)]


def says(text: str, words: str) -> bool:
    """Whatever the case, width, spaces and quotation marks; words of letters stand there whole, not inside others."""
    plain, wanted = _comparable(text), _comparable(words).strip()
    start = plain.find(wanted) if wanted else -1
    while start >= 0:
        before, after = plain[start - 1 : start], plain[start + len(wanted) : start + len(wanted) + 1]
        if not (_is_letter(before) and _is_letter(wanted[0])) and not (
            _is_letter(after) and _is_letter(wanted[-1])
        ):
            return True
        start = plain.find(wanted, start + 1)
    return False


def _comparable(text: str) -> str:
    plain = _SPACES.sub(" ", normalise(text).translate(_QUOTES))
    return _SPACE_AT_CJK.sub("", plain)


@cache
def _lines() -> dict[str, dict[str, str]]:
    return tomllib.loads((files("domain.app_functions") / "rule_lines.toml").read_text(encoding="utf-8"))


def _is_letter(character: str) -> bool:
    return character.isascii() and character.isalnum()


WORDS = List(of=Text(), max_items=20)
RULES = Record(
    fields={
        "language": Choice(options=["Chinese", "English"]),
        **{name: Number(optional=True) for name in NUMBERS},
        "must_say": WORDS,
        "must_not_say": WORDS,
        "title": Flag(),
        "ending": Text(),
    }
)
RULE = Choice(
    title=Words(en="Rule", zh="要求"),
    options={
        "must_say": Words(en="must say", zh="必须写到"),
        "must_not_say": Words(en="must not say", zh="不得出现"),
        "at_least": Words(en="length, at least", zh="最少字数"),
        "at_most": Words(en="length, at most", zh="最多字数"),
        "points": Words(en="number of points", zh="要点数"),
        "paragraphs": Words(en="number of paragraphs", zh="段落数"),
        "title": Words(en="title", zh="标题"),
        "ending": Words(en="ending", zh="结尾"),
        "language": Words(en="language", zh="语言"),
    },
)
BROKEN = List(of=Record(fields={"rule": RULE, "word": Text(title=Words(en="Words", zh="词句"))}))
FUNCTIONS = (
    Function(
        "state_rules",
        {**RULES.fields, "language": Text(), "kind": Text()},
        Record(fields={"rules": RULES, "requirements": Text(), "contradicting": WORDS}),
        state_rules,
    ),
)
