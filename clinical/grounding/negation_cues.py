"""The words that deny, doubt or affirm a finding, and how far each of them reaches."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from llm_backend import patterns

Language = Literal["zh", "en"]
CharacterSpan = tuple[int, int]
HERE = Path(__file__).resolve().parent
_SENTENCE_END: Mapping[Language, patterns.Pattern[str]] = {
    "zh": patterns.compile(r"[。！!？?；;\n]+"),
    "en": patterns.compile(
        r"(?<![\s.]dr)(?<!\b[a-z])[.!?;]{1,200}+(?=\s|$)|(?<=\w\s)[.!?](?=\s|$)|\n+", patterns.IGNORECASE
    ),
}
# Of two equally long cues, the first of these counts.
_KINDS = (
    "masks",
    "denied_before",
    "denied_close",
    "denied_after",
    "unsure_before",
    "unsure_after",
    "conditional_before",
    "conditional_after",
    "affirmed",
)
_CLOSE = 2
_WORDS_BETWEEN = 4
_WORDS_AHEAD = 9
_CHARACTERS_AHEAD = 25
_CHARACTERS_BETWEEN = 9
_LISTED_WORDS = 5
_LISTED_CHARACTERS = 7
_GOES_ON = patterns.compile(
    r"^\s*(?:\w+ )?(?:is|are|was|were|has|have|had|present|persists?|noted|intact|improved|worse|started|\+"
    r"|x ?\d|for (?:\w+ )+(?:days?|weeks?|months?))(?!\w)",
    patterns.IGNORECASE,
)
_STARTS_ANEW = patterns.compile(
    r"^\s*(?:(?:just|only|some|still|i|he|she|it|they|we|you|my|his|her|the|this|there|has|have|had|is|are"
    r"|was|mild|moderate|severe|positive|reports?|drinks|takes|smokes)\b|也?有|伴|但|就|还)",
    patterns.IGNORECASE,
)
_VERB = patterns.compile(
    r"\b(?:is|are|was|were|has|have|had|but|with|does|do|did|which|who)\b", patterns.IGNORECASE
)
_AMOUNT = patterns.compile(r"\d|[一二两三四五六七八九十][年天月周次]|明显|加重|较|史")


@dataclass(frozen=True, slots=True)
class Cue:
    kind: str
    start: int
    end: int

    @property
    def place(self) -> CharacterSpan:
        return self.start, self.end


@dataclass(frozen=True, slots=True)
class Scope:
    """A cue that decides about a mention, and how many characters lie between the two."""

    verdict: str
    cue: Cue
    distance: int


@cache
def cue_patterns(language: Language) -> dict[str, patterns.Pattern[str]]:
    return _read_lexicon(tomllib.loads((HERE / "negation_cues.toml").read_text())[language], language)


@cache
def reply_patterns(language: Language) -> dict[str, patterns.Pattern[str]]:
    return _read_lexicon(
        tomllib.loads((HERE / "negation_cues.toml").read_text())[language]["reply"], language
    )


@cache
def experiencer_patterns(language: Language) -> dict[str, patterns.Pattern[str]]:
    return _read_lexicon(tomllib.loads((HERE / "experiencer.toml").read_text())[language], language)


def _read_lexicon(entries: Mapping[str, object], language: Language) -> dict[str, patterns.Pattern[str]]:
    """One pattern of each kind. English words end where they end; Chinese ones are not set apart."""
    found = {}
    for kind, words in entries.items():
        if isinstance(words, dict):
            continue
        listed = [words] if isinstance(words, str) else list(words)  # type: ignore[call-overload]
        either = "|".join(sorted(listed, key=len, reverse=True)) or r"(?!)"
        found[kind] = patterns.compile(
            rf"(?<![\w’])(?:{either})(?!\w)"
            if language == "en" and kind not in _UNBOUND
            else f"(?:{either})",
            patterns.IGNORECASE,
        )
    return found


_UNBOUND = {
    "stops",
    "list_ends",
    "tells",
    "denied_after",
    "unsure_after",
    "denied",
    "unsure",
    "present",
    "agreed",
}


def with_one_apostrophe(text: str) -> str:
    """With one kind of apostrophe. Places stay what they are."""
    return text.replace("'", "’")


def sentence_at(text: str, start: int, end: int, language: Language) -> CharacterSpan:
    """The sentence around `text[start:end]`, its end mark included."""
    first, last = 0, len(text)
    for stop in _SENTENCE_END[language].finditer(text):
        if stop.end() <= start:
            first = stop.end()
        elif stop.start() >= end:
            last = stop.end()
            break
    return first, last


def find_cues(sentence: str, mention: CharacterSpan, language: Language) -> list[Cue]:
    """In order of place. What lies within the mention is part of its name; the longer of two that overlap counts."""
    found = [
        Cue(kind, *match.span())
        for kind in _KINDS
        for match in _on_its_side(kind, sentence, mention, language)
        if match.end() > match.start()
    ]
    kept: list[Cue] = []
    for cue in sorted(found, key=lambda each: (each.start - each.end, _KINDS.index(each.kind))):
        if all(cue.end <= other.start or cue.start >= other.end for other in kept):
            kept.append(cue)
    return sorted(kept, key=lambda each: each.start)


def _on_its_side(
    kind: str, sentence: str, mention: CharacterSpan, language: Language
) -> Iterator[patterns.Match[str]]:
    pattern = cue_patterns(language)[kind]
    if not kind.endswith("_after"):
        yield from (match for match in pattern.finditer(sentence) if match.end() <= mention[0])
    if not kind.endswith(("_before", "_close")):
        yield from pattern.finditer(sentence, mention[1])


def find_scopes(sentence: str, mention: CharacterSpan, language: Language) -> Iterator[Scope]:
    """The cues of a sentence that decide about what is mentioned at a place of it."""
    found = find_cues(sentence, mention, language)
    affirmed = [cue for cue in found if cue.kind == "affirmed"]
    for cue in found:
        verdict, _, side = cue.kind.partition("_")
        if not side:
            continue
        before = side != "after"
        between = (cue.end, mention[0]) if before else (mention[1], cue.start)
        if between[0] > between[1] or any(between[0] <= each.start < between[1] for each in affirmed):
            continue
        reaches = _reaches_forward if before else _reaches_back
        if reaches(sentence, mention, between, language) and _is_kept(sentence, cue, between, language):
            yield Scope(verdict, cue, between[1] - between[0])


def _is_kept(sentence: str, cue: Cue, between: CharacterSpan, language: Language) -> bool:
    """“否认发热，咳嗽” is one list of a note; “没有发热，咳嗽” are two clauses."""
    words = sentence[slice(*between)]
    if sentence[cue.start : cue.end].strip() in {"?", "？"}:
        return not words
    if cue.kind == "denied_close":
        return len(words) <= _CLOSE and not patterns.search(r"\W", words)
    return (
        language == "en"
        or not patterns.search(r"[，,]|(?<=\S)\s|\s(?=\S)", words)
        or sentence.startswith("否认", cue.start)
    )


def _reaches_forward(
    sentence: str, mention: CharacterSpan, between: CharacterSpan, language: Language
) -> bool:
    words = sentence[slice(*between)]
    if _ends(words, language):
        return False
    chunks = cue_patterns(language)["list_ends"].split(words)
    if len(chunks) == 1:
        return len(words.split()) <= _WORDS_AHEAD and (language == "en" or len(words) <= _CHARACTERS_AHEAD)
    after = patterns.split(r"[,，。.;；]", sentence[mention[1] :], maxsplit=1)[0]
    listed = _is_listed_zh if language == "zh" else _is_listed_en
    return listed(chunks, after) and not _STARTS_ANEW.search(chunks[-1])


def _ends(words: str, language: Language) -> bool:
    return bool(cue_patterns(language)["ends"].search(words) or cue_patterns(language)["stops"].search(words))


def _is_listed_zh(chunks: list[str], after: str) -> bool:
    """A comma of Chinese may part the items of a list as well as two clauses."""
    short = all(len(chunk) <= _LISTED_CHARACTERS and not _AMOUNT.search(chunk) for chunk in chunks)
    return short and (
        not after.strip() or after.strip() in {"等", "史", "病史", "等病史", "等症状", "等不适"}
    )


def _is_listed_en(chunks: list[str], after: str) -> bool:
    items = chunks[:-1] if chunks[-1].strip() in {"", "or", "and", "nor", "any"} else chunks
    short = all(len(item.split()) <= _LISTED_WORDS for item in items)
    return short and not any(_STARTS_ANEW.search(item) for item in chunks[1:]) and not _GOES_ON.search(after)


def _reaches_back(sentence: str, _: CharacterSpan, between: CharacterSpan, language: Language) -> bool:
    words = sentence[slice(*between)]
    if _ends(words, language) or cue_patterns(language)["list_ends"].search(words):
        return False
    if language == "zh":
        return len(words) <= _CHARACTERS_BETWEEN
    return len(words.split()) <= _WORDS_BETWEEN and not _VERB.search(words)
