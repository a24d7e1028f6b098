"""Lists of phrases that people can read and change, as one pattern each.

The format is described at the top of `phrases/asked.txt`. Rules rather than a model: they answer in microseconds,
work when every model is away, and staff can see which words it was.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from llm_backend import patterns
from llm_backend.unicode_forms import nfkc

FOLDER = Path(__file__).parent / "phrases"

_CJK = patterns.compile(r"[\u3400-\u9fff]")
_SET = patterns.compile(r"^(\w+) = (.+)$")
_OPTIONAL_SET = patterns.compile(r"\{(\w+)\?\} ?")
_USED_SET = patterns.compile(r"\{(\w+)\}")
# “speak to a real person” is meant by “speak to … person”; what is said in whole clauses between is not.
_GAP_ENGLISH = r"(?:\s+[\w'-]+){0,3}?\s+"
_GAP_CHINESE = r"[^\s,.!?;:，。！？；：]{0,4}?"
_CLAUSE_END = patterns.compile(r"[,.!?;:，。！？；：\n]")
# “cannot” and “why not” ask; these decline.
_DECLINED = patterns.compile(
    r"(?:\b(?:don't|do not|didn't|did not|doesn't|never|no need|not|won't|without|instead of|rather than|stop)"
    r"(?!\s+(?:know|understand|get|see|sure))(?:\s+[\w'-]+){0,3}\s*|(?:不用|(?<!要)不要|(?<!想)不想|(?<!需)不需要|不必|别|无需|没必要|(?<!是)不是)[^\s了]{0,2}|(?<!要)不)$"
)
_SURROUNDS = r"[\W_]*+(?:(?:please|pls|thanks|now|呢|吗|啊|吧|呀|请|谢谢)[\W_]*+)?"


@dataclass(frozen=True)
class Phrases:
    pattern: patterns.Pattern[str]
    whole: patterns.Pattern[str] | None
    excluded: patterns.Pattern[str] | None

    def found_in(self, text: str, *, may_be_declined: bool = False) -> str:
        """The words that fit, empty when none do. `may_be_declined`: “no need for …” does not count."""
        text = plain(text)
        if self.whole and (whole := self.whole.fullmatch(text)):
            return whole.group().strip()
        if self.excluded:
            text = self.excluded.sub(" # ", text)
        for match in self.pattern.finditer(text):
            clause = _CLAUSE_END.split(text[: match.start()])[-1]
            if not (may_be_declined and _DECLINED.search(clause)):
                return match.group().strip()
        return ""


class PhraseMatches(NamedTuple):
    """The words of a message that call for a person; empty where there are none."""

    sensitive: str
    handoff_request: str
    keyword: str


def match_phrases(text: str, keywords: Iterable[str]) -> PhraseMatches:
    """`keywords`: the shop's own."""
    own = words(keywords)
    return PhraseMatches(
        phrases("sensitive").found_in(text),
        phrases("asked").found_in(text, may_be_declined=True),
        own.found_in(text) if own else "",
    )


def plain(text: str) -> str:
    """Small letters, one kind of apostrophe and space, half-width."""
    text = nfkc(text).lower().replace("\u2019", "'")
    return patterns.sub(r"[ \t\u3000]+", " ", text)


@cache
def phrases(name: str) -> Phrases:
    """The list of that name in `phrases/`."""
    return read_phrases((FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines())


def read_phrases(lines: Iterable[str]) -> Phrases:
    sets: dict[str, str] = {}
    phrases_by_mark: dict[str, list[str]] = {"": [], "=": [], "!": []}
    for line in (line.strip() for line in lines):
        if not line or line.startswith("#"):
            continue
        mark, phrase = (line[0], line[1:].strip()) if line[0] in "=!" else ("", line)
        if not mark and (set_line := _SET.match(line)):
            sets[set_line[1]] = _any_of(word.strip() for word in set_line[2].split("|"))
        else:
            phrases_by_mark[mark].append(_pattern(phrase, sets))
    return Phrases(
        patterns.compile("|".join(phrases_by_mark[""])),
        patterns.compile(r"\A" + _SURROUNDS + _any_of(phrases_by_mark["="]) + _SURROUNDS)
        if phrases_by_mark["="]
        else None,
        patterns.compile("|".join(phrases_by_mark["!"])) if phrases_by_mark["!"] else None,
    )


def words(keywords: Iterable[str]) -> Phrases | None:
    """A list of plain words, such as a shop's own; None without any."""
    plain_keywords = [plain(word.strip()) for word in keywords if word.strip()]
    if not plain_keywords:
        return None
    latin = patterns.words(
        (word for word in plain_keywords if not _CJK.search(word)), before=r"(?<!\w)", after=r"(?!\w)"
    )
    chinese = patterns.words(filter(_CJK.search, plain_keywords))
    return Phrases(patterns.either(latin, chinese), None, None)


def _pattern(phrase: str, sets: Mapping[str, str]) -> str:
    gap = _GAP_CHINESE if _CJK.search(phrase) else _GAP_ENGLISH
    expression = _OPTIONAL_SET.sub(lambda match: f"(?:{sets[match[1]]} )?", phrase)
    expression = _USED_SET.sub(lambda match: sets[match[1]], expression)
    spaced_expression = patterns.sub(r"(?<!\s)\s*…\s*", "…", expression).replace(" ", r"\s+")
    pattern = spaced_expression.replace("…", gap)
    # Whole words, where the writing has words.
    return pattern if _CJK.search(pattern) else rf"(?<!\w)(?:{pattern})(?!\w)"


def _any_of(alternatives: Iterable[str]) -> str:
    # The longest first: “human agent” before “human”.
    return f"(?:{'|'.join(sorted(alternatives, key=len, reverse=True))})"
