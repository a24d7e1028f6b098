"""The words that deny, doubt or affirm a finding: the lexicon, and which of them stand in a sentence.

After NegEx (Chapman et al. 2001) and ConText (Harkema et al. 2009); the words are our own, in `negation_cues.toml`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from domain.clinical.transcripts.language import CharacterSpan, Language
from domain.clinical.word_lists import read
from llm_backend import patterns

_FILE = Path(__file__).with_suffix(".toml")
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
# They begin or end with marks, or within a word (“don’t”), and bring their own limits.
_WITHOUT_WORD_LIMITS = frozenset(
    {
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
)


@dataclass(frozen=True, slots=True)
class Cue:
    kind: str
    start: int
    end: int

    @property
    def span(self) -> CharacterSpan:
        return self.start, self.end


@cache
def cue_patterns(language: Language) -> dict[str, patterns.Pattern[str]]:
    return compile_lexicon(read(_FILE)[language], language)


@cache
def reply_patterns(language: Language) -> dict[str, patterns.Pattern[str]]:
    return compile_lexicon(read(_FILE)[language]["reply"], language)


def compile_lexicon(entries: Mapping[str, object], language: Language) -> dict[str, patterns.Pattern[str]]:
    """One pattern of each kind. English words end where they end; Chinese ones are not set apart."""
    lexicon = {}
    for kind, words in entries.items():
        if isinstance(words, dict):
            continue
        several = [words] if isinstance(words, str) else list(words)  # type: ignore[call-overload]
        # The longest first: of “no” and “no sign of” the whole has to be seen.
        either = "|".join(sorted(several, key=len, reverse=True)) or r"(?!)"
        is_word = language == "en" and kind not in _WITHOUT_WORD_LIMITS
        lexicon[kind] = patterns.compile(
            rf"(?<![\w’])(?:{either})(?!\w)" if is_word else f"(?:{either})", patterns.IGNORECASE
        )
    return lexicon


def find_cues(sentence: str, mention: CharacterSpan, language: Language) -> list[Cue]:
    """In order of place. What lies within the mention is part of its name; the longer of two that overlap counts."""
    cues = [
        Cue(kind, *match.span())
        for kind in _KINDS
        for match in _matches_on_its_side(kind, sentence, mention, language)
        if match.end() > match.start()
    ]
    # So 没有好转 masks the 没有 within it.
    longest: list[Cue] = []
    for cue in sorted(cues, key=lambda each: (each.start - each.end, _KINDS.index(each.kind))):
        if all(cue.end <= other.start or cue.start >= other.end for other in longest):
            longest.append(cue)
    return sorted(longest, key=lambda each: each.start)


def _matches_on_its_side(
    kind: str, sentence: str, mention: CharacterSpan, language: Language
) -> Iterator[patterns.Match[str]]:
    pattern = cue_patterns(language)[kind]
    if not kind.endswith("_after"):
        yield from (match for match in pattern.finditer(sentence) if match.end() <= mention[0])
    if not kind.endswith(("_before", "_close")):
        yield from pattern.finditer(sentence, mention[1])
