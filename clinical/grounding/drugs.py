"""Names of drugs in what is said and written. A drug of the record must have been named: sounding alike is not enough."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, cached_property
from pathlib import Path
from typing import Self

from clinical.records.record import Problem
from llm_backend import patterns
from llm_backend.wording import normalised

NAMES = Path(__file__).with_name("drugs.txt")
# How alike two names look before one is called the other's mishearing.
_ALIKE = 0.6
# Endings the international generic names are built with. Shorter words with them are something else.
_ENDING = patterns.compile(
    r"\b[a-z]{2,}(?:pril|sartan|statin|olol|prazole|conazole|cillin|mycin|floxacin|dipine|gliptin|gliflozin"
    r"|glutide|oxetine|azepam|zolam|parin|xaban|setron|triptan|vir|lukast|tidine|thiazide|semide|profen|coxib"
    r"|barbital|caine|sone|solone|asone|cycline|mab|tinib|platin|dronate|terol|tropium)\b"
)
_NO_DRUG = frozenset({"cocaine", "devoir", "reservoir", "season", "reason"})
_CHINESE_ENDING = patterns.compile(
    r"[一-鿿]{1,4}(?:霉素|西林|他汀|普利|沙坦|洛尔|地平|拉唑|沙星|替丁|列汀|列净|单抗|替尼|唑仑|西泮|司琼|沙班|噻嗪|昔布|韦林)"
    r"|头孢[一-鿿]{2}(?<![的了吗呢啊吧])"
)
_IN_FRONT = patterns.compile(
    r"^.*(?:服用|口服|吃了|吃过|吃|使用|应用|用过|用了|用|给予|予|开了|开|打了|打|输|静滴|静脉滴注|注射|加用|加|和|及|与|或|了|过|的|是"
    r"|换成|改成|改为|改|对|点|片|粒|把)(?=[一-鿿]{2})"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """`drug`: one spelling for all names of it."""

    drug: str
    written: str
    start: int
    end: int


@dataclass(frozen=True)
class Drugs:
    """`names`: each known name, in plain writing, with the drug it means."""

    names: Mapping[str, str]

    @classmethod
    def of(cls, lines: Iterable[str]) -> Self:
        names: dict[str, str] = {}
        for line in lines:
            several = [normalised(name).strip() for name in line.split(",") if name.strip()]
            names |= {name: names.get(several[0], several[0]) for name in several}
        return cls(names)

    def with_names(self, names: Iterable[str]) -> "Drugs":
        """And those of the hospital's own catalogue."""
        own = {normalised(name).strip(): normalised(name).strip() for name in names if len(name.strip()) > 1}
        return Drugs(own | dict(self.names))

    def mentions(self, text: str) -> list[Mention]:
        plain = normalised(text)
        found = [
            Mention(self.names[match[0]], text[match.start() : match.end()], match.start(), match.end())
            for match in self._pattern.finditer(plain)
        ]
        rest = list(plain)
        for mention in found:
            rest[mention.start : mention.end] = "|" * (mention.end - mention.start)
        return sorted([*found, *_by_ending(text, "".join(rest))], key=lambda mention: mention.start)

    def problems(self, claim: str, said: str) -> list[Problem]:
        """`unknown_drug`: one that was not named, with the name that looks like it where there is one."""
        known = {mention.drug for mention in self.mentions(said)}
        plain = normalised(said)
        return [
            Problem(code="unknown_drug", words=_with_lookalike(mention.written, said))
            for mention in self.mentions(claim)
            if mention.drug not in known and mention.drug not in plain
        ]

    @cached_property
    def _pattern(self) -> patterns.Pattern[str]:
        latin = patterns.words(filter(str.isascii, self.names), before="(?<![a-z0-9])", after="(?![a-z0-9])")
        return patterns.either(latin, patterns.words(name for name in self.names if not name.isascii()))


@cache
def built_in() -> Drugs:
    lines = NAMES.read_text(encoding="utf-8").splitlines()
    return Drugs.of(line for line in lines if line and not line.startswith("#"))


def _by_ending(text: str, plain: str) -> list[Mention]:
    found = []
    for match in _ENDING.finditer(plain):
        if match[0] not in _NO_DRUG:
            found.append(Mention(match[0], text[match.start() : match.end()], match.start(), match.end()))
    for match in _CHINESE_ENDING.finditer(plain):
        start = match.start() + len(front[0]) if (front := _IN_FRONT.match(match[0])) else match.start()
        found.append(Mention(plain[start : match.end()], text[start : match.end()], start, match.end()))
    return found


def _with_lookalike(written: str, said: str) -> str:
    plain = normalised(written)
    if plain.isascii():
        words = patterns.findall(r"[a-z]{4,}", normalised(said))
    else:
        places = range(max(0, len(said) - len(plain) + 1))
        words = [said[place : place + len(plain)] for place in places]
    alike = get_close_matches(plain, words, n=1, cutoff=_ALIKE)
    return f"{written} ≠ {alike[0]}" if alike else written
