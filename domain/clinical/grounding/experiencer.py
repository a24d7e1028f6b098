"""Who a finding is about: the patient, somebody of the family, or another person."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from domain.clinical.grounding.negation_cues import compile_lexicon
from domain.clinical.transcripts.language import CharacterSpan, Language
from domain.clinical.word_lists import read
from llm_backend import patterns

Experiencer = Literal["patient", "family", "other"]
_THEY: Mapping[Language, patterns.Pattern[str]] = {
    "zh": patterns.compile(r"[他她]"),
    "en": patterns.compile(r"(?:s?he|they)\b", patterns.IGNORECASE),
}


@cache
def experiencer_patterns(language: Language) -> dict[str, patterns.Pattern[str]]:
    return compile_lexicon(read(Path(__file__).with_suffix(".toml"))[language], language)


def find_experiencer(
    sentence: str, mention: CharacterSpan, language: Language
) -> tuple[Experiencer, CharacterSpan | None]:
    """Who, and the words that say so. Who only tells of it (“my wife says I snore”) is not who has it."""
    words = experiencer_patterns(language)
    if heading := words["heading"].search(sentence[: mention[0]]):
        return "family", heading.span()
    spaces = len(sentence) - len(sentence[mention[1] :].lstrip())
    if after := words["after"].match(sentence, spaces):
        return "family", after.span()
    return _nearest_person(sentence, mention[0], language)


def _nearest_person(
    sentence: str, before: int, language: Language
) -> tuple[Experiencer, CharacterSpan | None]:
    words = experiencer_patterns(language)
    people: list[tuple[int, int, Experiencer]] = [
        (match.end(), match.start(), who)
        for who in ("patient", "other", "family")
        for match in words[who].finditer(sentence)
        if match.end() <= before and (who == "patient" or not words["tells"].match(sentence, match.end()))
    ]
    # The nearest before the finding: “my mother died, and I have a cough” is the patient's cough.
    end, start, who = max(people, default=(0, 0, "patient"))
    return who, None if who == "patient" else (start, end)


def goes_on_about_family(sentence: str, before: str, language: Language) -> bool:
    """“I have another sister. She is a diabetic.”"""
    if not _THEY[language].match(sentence) or names_patient(sentence, language):
        return False
    return _nearest_person(before, len(before), language)[0] == "family"


def asks_about_family(question: str, language: Language) -> bool:
    return bool(experiencer_patterns(language)["history"].search(question))


def names_family(text: str, language: Language) -> bool:
    return bool(experiencer_patterns(language)["family"].search(text))


def names_another(text: str, language: Language) -> bool:
    """Somebody of the family, or a husband, wife, colleague or friend."""
    return names_family(text, language) or bool(experiencer_patterns(language)["other"].search(text))


def names_patient(text: str, language: Language) -> bool:
    return bool(experiencer_patterns(language)["patient"].search(text))
