"""How much of a text's wording another text contains."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, Self

from llm_backend import patterns

# Full-width forms stand 0xFEE0 above the plain ones; the wide space and the curly apostrophe stand elsewhere.
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x2019: 0x27}
_TOKEN = patterns.compile(r"[㐀-鿿]|\d+(?:[.,:]\d+)*|[a-z']+|[^\W\d_a-z㐀-鿿]+")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_STOP_WORDS = _words(
    """a an the of to in on at for by with from and or is are was were be been being it its this that
    these those as you your we our us i they their them he she his her do does did can could may will
    would should shall have has had there here also please if so any all which who what when where how
    than then but into within about up out only just s t"""
)
_STOP_CHARACTERS = frozenset("的了是在和也就都而及与或之其这那您你我他它们请可以会要吧呢啊吗将被把对从为以于")
_NEGATIONS_EN = _words(
    """not no never cannot without neither nor none nothing nobody unable can't won't don't doesn't
    didn't isn't aren't wasn't couldn't wouldn't shouldn't hasn't haven't"""
)
_NEGATION_ZH = patterns.compile(r"不|没|無|无|未|非|禁止|严禁|谢绝|拒绝|勿|别(?=[再要去把让])|否")
# Words with such a character in them that deny nothing.
_NO_NEGATION_ZH = patterns.compile(
    r"不仅|不但|不过|不错|不同|不少|不断|不论|不管|不只|不久|不妨|无论|无线|非常|未来|是否|能否|可否|没问题"
    r"|不好意思|否则|对不起|差不多|要不要|可不可以|无忧|除非|非凡"
)


class Token(NamedTuple):
    text: str
    start: int
    end: int


def normalise(text: str) -> str:
    """Full-width forms and capitals made plain. As long as the text itself, so that places stay right."""
    plain = text.translate(_WIDE)
    lower = plain.lower()
    return lower if len(lower) == len(plain) else plain


def tokens(plain: str) -> list[Token]:
    return [Token(match[0], match.start(), match.end()) for match in _TOKEN.finditer(plain)]


def is_content_word(token: str) -> bool:
    """Whether it says something by itself. `token` is plain."""
    return token not in (_STOP_CHARACTERS if _is_cjk(token) else _STOP_WORDS)


def is_negated(plain: str) -> bool:
    """Two negations make none."""
    chinese = len(_NEGATION_ZH.findall(_NO_NEGATION_ZH.sub("", plain)))
    english = sum(word in _NEGATIONS_EN for word in patterns.findall(r"[a-z']+", plain))
    return (chinese + english) % 2 == 1


@dataclass(frozen=True, slots=True)
class Wording:
    """Words by their stem, Chinese by pairs of neighbouring characters."""

    stems: frozenset[str]
    pairs: frozenset[str]

    @classmethod
    def of(cls, plain: str, *, keeps_negations: bool = True) -> Self:
        if not keeps_negations:
            plain = _NEGATION_ZH.sub("", plain)
        stems, pairs, before = set(), set(), ""
        for token in _TOKEN.findall(plain):
            if _is_cjk(token):
                pairs.add(before + token)
                before = token
                continue
            before = ""
            if keeps_negations or token not in _NEGATIONS_EN:
                stems.add(stem(token))
        return cls(frozenset(stems), frozenset(pairs))

    @classmethod
    def merged(cls, wordings: Iterable["Wording"]) -> Self:
        several = list(wordings)
        return cls(
            frozenset().union(*(wording.stems for wording in several)),
            frozenset().union(*(wording.pairs for wording in several)),
        )

    def coverage(self, texts: Sequence[str]) -> float:
        """Which part of the texts' weighty words and characters stands here too, from 0 to 1."""
        known = [is_known for text in texts for is_known in _which_are_known(_TOKEN.findall(text), self)]
        return sum(known) / len(known) if known else 0.0

    def coverage_beyond(self, other: "Wording", text: str) -> float | None:
        """The same of what `other` lacks; None where the text only repeats it."""
        words = _TOKEN.findall(text)
        new_ones = [
            here
            for here, there in zip(_which_are_known(words, self), _which_are_known(words, other), strict=True)
            if not there
        ]
        return sum(new_ones) / len(new_ones) if new_ones else None

    def overlap(self, other: "Wording") -> float:
        """Which part of this wording stands in the other, by weighty words and pairs."""
        mine = self.weighty
        return len(mine & (other.stems | other.pairs)) / len(mine) if mine else 0.0

    @property
    def weighty(self) -> frozenset[str]:
        """Stems without those that carry no meaning, and pairs."""
        return frozenset(word for word in self.stems if word not in _STOP_WORDS) | self.pairs


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """Enough for plurals and tenses; anything finer would need a dictionary."""
    for ending in ("ing", "ied", "ies", "ed", "es", "s", "ly"):
        is_ending = word.endswith(ending) and not (ending == "s" and word.endswith("ss"))
        if is_ending and len(word) - len(ending) >= 3:
            return word[: -len(ending)].rstrip("e")
    return word.rstrip("e") if len(word) > 3 else word


def _which_are_known(words: Sequence[str], wording: Wording) -> list[bool]:
    verdicts = []
    for place, word in enumerate(words):
        if not _is_cjk(word):
            if word not in _STOP_WORDS:
                verdicts.append(stem(word) in wording.stems)
        elif word not in _STOP_CHARACTERS:
            before = words[place - 1] if place else ""
            after = words[place + 1] if place + 1 < len(words) else ""
            verdicts.append(before + word in wording.pairs or word + after in wording.pairs)
    return verdicts


def _is_cjk(token: str) -> bool:
    return "㐀" <= token[0] <= "鿿"
