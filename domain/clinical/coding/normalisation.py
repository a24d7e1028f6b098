"""Written lines made comparable: width, numerals, spelling, sides; and cut into what they may list."""

from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from llm_backend import patterns
from llm_backend.unicode_forms import nfkc

# All three bound the work: all substrings of all parts are compared with every candidate's name.
MAX_PARTS = 16
MAX_LINE_CHARACTERS = 400
MAX_SUBSTRING = 14


def _rows(name: str) -> list[list[str]]:
    lines = Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


_SPELLED = tuple((patterns.compile(written), spelling) for written, spelling in _rows("spellings.tsv"))
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6"}
_CHINESE_DIGITS = dict(zip("一二三四五六", "123456", strict=True))
_GRADED = patterns.compile(
    r"(?<![a-z0-9])(iii|ii|iv|vi|i|v)(?=[\s)]*(?:[期级度型]|[abc](?![a-z])|$|[^a-z0-9]))"
)
_CHINESE_GRADED = patterns.compile(r"([一二三四五六])(?=[期级度型])")
_DEGREE = patterns.compile(r"°")
# 高血压III: right behind a Chinese word a Latin numeral is a grade, also without 期 or 级.
_AFTER_KIND = patterns.compile(r"(?<=[\u4e00-\u9fff])(iii|ii|iv|vi|i|v)(?![a-z])")
# Sides that are part of a name: left heart failure is not heart failure.
_SIDE_IN_WORD = "左心|右心|左室|右室|左房|右房|左束|右束|左冠|右冠|右位|左位|左前|右前|左后|右后|左旋|右旋|左向|右向|左主干"
_SIDE = patterns.compile(rf"({_SIDE_IN_WORD})|双侧|两侧|左侧|右侧|双|左|右|\b(?:left|right|bilateral)\b")
_SEPARATOR = patterns.compile(
    r"[;；、,，。?？!！\s\\/|+:：\"“”()\[\]【】{}<>《》]+|(?<!\d)\.|\.(?!\d)|-{2,}|(?<![a-z\d])\d+[.、)](?!\d)"
)
_JOINED = patterns.compile(
    r"(?<=..)(?:伴有?|并发?|合并|继发|以及|及其?|和|与|待查|查因|可能性大|可能|待除外|待排|复查|\band\b|\bwith\b)"
)
_CHINESE = patterns.compile(r"[\u3400-\u9fff]+")
_WORD = patterns.compile(r"[a-z]+|\d+")
_PUNCTUATION = patterns.compile(r"[^\w\u3400-\u9fff]+")


def fold(text: str) -> str:
    """One spelling: width, case, numerals of stages and grades, and characters that are mistaken for others."""
    plain = _DEGREE.sub("度", nfkc(text[:MAX_LINE_CHARACTERS]).lower().strip(' "'))
    plain = _GRADED.sub(lambda match: _ROMAN[match[1]], plain)
    plain = _AFTER_KIND.sub(lambda match: _ROMAN[match[1]], plain)
    plain = _CHINESE_GRADED.sub(lambda match: _CHINESE_DIGITS[match[1]], plain)
    for pattern, spelling in _SPELLED:
        plain = pattern.sub(spelling, plain)
    return plain


def bare_name(text: str) -> str:
    """What two names must share to be the same name: letters, characters and digits."""
    return _PUNCTUATION.sub("", fold(text))


def without_sides(plain: str) -> str:
    """Catalogues of diagnoses do not tell left from right; a left ventricle stays one."""
    return _SIDE.sub(lambda match: match[1] or " ", plain).strip()


def expand(plain: str) -> str:
    """Abbreviations and everyday names replaced by what catalogues say."""
    return _synonym_pattern().sub(lambda match: _synonyms()[match[0]], plain)


def parts(text: str) -> list[str]:
    """What a line may list, cut at punctuation and at words that join; the order is kept."""
    plain = without_sides(fold(text))
    pieces = [piece.strip(" -.") for piece in _SEPARATOR.split(plain)]
    finer = [part.strip() for piece in pieces for part in _JOINED.split(piece)]
    several = [part for part in dict.fromkeys([*pieces, *finer]) if len(part) > 1]
    return several[:MAX_PARTS] or [plain]


def grams(plain: str) -> tuple[str, ...]:
    """Characters 1 to 3 at a time of Chinese; words and their pieces of what is written with letters."""
    several: list[str] = []
    for run in _CHINESE.finditer(plain):
        several += [run[0][start : start + n] for n in (1, 2, 3) for start in range(len(run[0]) - n + 1)]
    words = [word[0] for word in _WORD.finditer(plain)]
    several += words + [f"{one} {other}" for one, other in pairwise(words)]
    for word in words:
        # By their pieces words are found with another ending, or misspelt.
        if len(word) > 3:
            padded = f" {word} "
            several += [f"~{padded[start : start + 4]}" for start in range(len(padded) - 3)]
    return tuple(several)


def substrings(text: str) -> frozenset[str]:
    """All that stands in a text, up to a length."""
    size = len(text)
    return frozenset(
        text[start:end]
        for start in range(size)
        for end in range(start + 1, min(size, start + MAX_SUBSTRING) + 1)
    )


@lru_cache(maxsize=1)
def _synonyms() -> dict[str, str]:
    standard_names = {fold(synonym): fold(standard) for synonym, standard in _rows("synonyms.tsv")}
    # What is standard already stays whole: the abbreviation of 脑梗死 is also how it begins.
    return {standard: standard for standard in standard_names.values()} | standard_names


@lru_cache(maxsize=1)
def _synonym_pattern() -> patterns.Pattern[str]:
    # The longest first, so that a part of a name does not take its place; letters as a whole word: “ca” is not in “cad”.
    return patterns.compile(
        "|".join(
            rf"(?<![a-z]){patterns.escape(name)}(?![a-z])" if name.isascii() else patterns.escape(name)
            for name in sorted(_synonyms(), key=len, reverse=True)
        )
    )
