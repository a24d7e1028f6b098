"""Prompts of texts with rules that code can check, made from a seed, and whether a text holds to them.

The check is a second one, written apart from the product's own: a mistake of the product's shows here.
"""

import random
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from llm_backend import patterns

Part = Literal["development", "measured"]
SEEDS: dict[Part, int] = {"development": 7, "measured": 2028}
LANGUAGES = {"zh": "Chinese", "en": "English"}
NAMES = {"zh": {"zh": "中文", "en": "英文"}, "en": {"zh": "Chinese", "en": "English"}}
# What a text cannot have both of is never asked for together.
_TOGETHER = "at_least at_most between|must_say|must_not_say|points paragraphs|with_title|ending|language"
GROUPS = [tuple(group.split()) for group in _TOGETHER.split("|")]
MOST_RULES = 3
_TOPICS = Path(__file__).with_suffix(".toml")
_UNIT_ZH = patterns.compile(r"[A-Za-z0-9]+(?:[.,:%-][A-Za-z0-9]+)*|\S")
_WORDS = patterns.compile(r"\w+")
_HAN, _LATIN = patterns.compile(r"[\u4e00-\u9fff]"), patterns.compile(r"[A-Za-z]+")


@dataclass(frozen=True)
class WritingPrompt:
    """`rules`: as the app's form takes them. `request`: the same in words, for the model alone."""

    number: int
    language: str
    brief: str
    request: str
    kind: str
    rules: dict[str, Any]


def writing_prompts(part: Part, count: int) -> Iterator[WritingPrompt]:
    """The same ones each time, English and Chinese in turn."""
    parts = tomllib.loads(_TOPICS.read_text(encoding="utf-8"))[part]
    chance = random.Random(SEEDS[part])
    for number in range(count):
        written = "en" if number % 2 else "zh"
        yield _prompt(number, written, parts, chance)


def _prompt(number: int, written: str, parts: dict[str, Any], chance: random.Random) -> WritingPrompt:
    bank = parts[written]
    topic_number = chance.randrange(len(bank["topics"]))
    kind = chance.choice(sorted(bank["kinds"]))
    groups = chance.sample(GROUPS, chance.randint(1, MOST_RULES))
    names = [name for group in groups for name in chance.sample(group, 1)]
    other = "zh" if written == "en" else "en"
    language = other if "language" in names else written
    # Words and endings are in the language of the text.
    words = chance.sample(parts[language]["topics"][topic_number]["words"], 5)
    rules = _rules(names, language, words, parts[language]["endings"], chance)
    brief = chance.choice(bank["briefs"]).format(
        kind=bank["kinds"][kind], topic=bank["topics"][topic_number]["text"]
    )
    lines = list(_lines(rules, bank["wordings"], written))
    if language != written:
        lines.append(bank["wordings"]["language"].format(NAMES[written][language]))
    chance.shuffle(lines)
    space = "" if written == "zh" else " "
    rules["language"] = LANGUAGES[language]
    return WritingPrompt(number, language, brief, space.join([brief, *lines]), kind, rules)


def _rules(
    names: list[str], language: str, words: list[str], endings: list[str], chance: random.Random
) -> dict[str, Any]:
    # A Chinese text of as much content has about twice as many characters as an English one has words.
    size = chance.randrange(40, 101, 10) * (2 if language == "zh" else 1)
    count = chance.randint(2, 5)
    values: dict[str, dict[str, Any]] = {
        "at_least": {"at_least": size},
        "at_most": {"at_most": size},
        "between": {"at_least": size, "at_most": size + size // 4},
        "must_say": {"must_say": words[: chance.randint(1, 3)]},
        "must_not_say": {"must_not_say": words[3 : 3 + chance.randint(1, 2)]},
        "points": {"points": count},
        "paragraphs": {"paragraphs": count},
        "with_title": {"with_title": True},
        "ending": {"ending": chance.choice(endings)},
    }
    return {key: value for name in names for key, value in values.get(name, {}).items()}


def _lines(rules: dict[str, Any], wordings: dict[str, str], language: str) -> Iterator[str]:
    mark = "、" if language == "zh" else ", "
    for name, value in rules.items():
        yield wordings[name].format(mark.join(value) if isinstance(value, list) else value)


def broken(text: str, rules: dict[str, Any]) -> list[str]:
    """The names of the rules that a text does not hold to."""
    is_chinese = rules["language"] == "Chinese"
    units = _UNIT_ZH.findall(text) if is_chinese else [each for each in text.split() if _WORDS.search(each)]
    size = len(units)
    parts = [part for part in text.strip().split("\n\n") if part.strip()]
    lines = text.strip().split("\n")
    has_title = len(lines) > 2 and 0 < len(lines[0].strip()) <= 60 and not lines[1].strip()
    points = [line for line in lines if line.strip().startswith(("- ", "* ", "• "))]
    holds: dict[str, Callable[[Any], bool]] = {
        "at_least": lambda least: size >= least,
        "at_most": lambda most: size <= most,
        # As IFEval counts them: a keyword may stand inside another word, a forbidden one is a word.
        "must_say": lambda words: all(word.lower() in text.lower() for word in words),
        "must_not_say": lambda words: not any(_has(text, word) for word in words),
        "points": lambda count: len(points) == count,
        "paragraphs": lambda count: len(parts) - (has_title and "with_title" in rules) == count,
        "with_title": lambda _: has_title,
        "ending": lambda ending: text.strip().endswith(ending),
        "language": lambda _: (len(_HAN.findall(text)) > len(_LATIN.findall(text))) == is_chinese,
    }
    return [name for name, value in rules.items() if not holds[name](value)]


def _has(text: str, word: str) -> bool:
    return word.lower() in (_WORDS.findall(text.lower()) if word.isascii() else text)
