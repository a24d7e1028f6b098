"""Questions and what is answered to them, in the next turn or in the same breath."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from domain.clinical.grounding.negation_cues import reply_patterns
from domain.clinical.transcripts.language import CharacterSpan, Language, sentence_at, with_one_apostrophe
from domain.clinical.word_lists import read_patterns
from llm_backend import patterns

_WORDS: Mapping[Language, Mapping[str, patterns.Pattern[str]]] = {
    "zh": read_patterns(Path(__file__).with_suffix(".toml"), "zh"),
    "en": read_patterns(Path(__file__).with_suffix(".toml"), "en", flags=patterns.IGNORECASE),
}
# Of oneself, of a time or an amount: a clause that tells.
_TOLD_BY_PATIENT = patterns.compile(r"我|最近|这几天|[了过]|\d|[一二两三四五六七八九十](?:天|周|年|个|次)")
# Right before what is named, so that “is my cough pneumonia” asks for the pneumonia.
_WHETHER_IT_IS = patterns.compile(
    r"(?:是不是|会不会|算不算|是|属于|有没有|得了?)[^，。？?]{0,6}$"
    r"|\b(?:is|are|it|this|be|have|got|do i have)\b[^,.?]{0,20}$",
    patterns.IGNORECASE,
)
_CLAUSE_END = patterns.compile(r"[，,。；;！!？?\s]")
# Characters by which a complaint is taken up: 头晕 as 晕.
_CHIEF_CHARACTERS = "晕烧咳痛疼吐痒麻胀肿喘泻拉闷慌汗血痰抖"
# 血脂 says nothing of 高血压, though both are of blood.
_OF_BLOOD = "压糖脂型管常"
_NOT_CHIEF_WORDS = frozenset(
    {"disease", "history", "problems", "symptoms", "sign", "test", "loss", "of", "the", "stool"}
)
_GAP = patterns.compile(r"\W+")
# Whoever has not said yes or no by then has told something else.
_MAX_REPLY = 2000


class Polarity(StrEnum):
    YES = "yes"
    NO = "no"
    UNSURE = "unsure"
    NOTHING = "nothing"


def is_question(sentence: str, language: Language) -> bool:
    return bool(_WORDS[language]["question"].search(with_one_apostrophe(sentence)))


def presupposes(question: str, language: Language) -> bool:
    return bool(_WORDS[language]["presupposes"].search(question))


def asks_for_diagnosis(before: str) -> bool:
    """“我这是不是肺炎？”: a patient's question that a plain no answers."""
    return bool(_WHETHER_IT_IS.search(before))


def asks_whether_over(question: str, language: Language) -> bool:
    return bool(_WORDS[language]["asks_whether_over"].search(question))


def is_told_in_asking(sentence: str, mention: CharacterSpan) -> bool:
    """“我最近总头晕，是不是高血压？”: of the patient's question, what is in its first clause is told."""
    before = max((match.end() for match in _CLAUSE_END.finditer(sentence, 0, mention[0])), default=0)
    after = _CLAUSE_END.search(sentence, mention[1])
    clause = sentence[before : after.start() if after else len(sentence)]
    return bool(_TOLD_BY_PATIENT.search(clause)) and not patterns.search(
        r"是不是|会不会|是否|是[^，。]{0,12}吗|有没有|算不算", clause
    )


def takes_as_known(before: str, language: Language) -> bool:
    """Whether the words before a mention name it as something both know of."""
    return bool(_WORDS[language]["takes_as_known"].search(before))


def find_polarity(reply: str, language: Language) -> tuple[Polarity, CharacterSpan | None]:
    """Of what is said first, and where; a doubt at the same place outweighs the rest."""
    words = reply_patterns(language)
    reply = with_one_apostrophe(reply[:_MAX_REPLY])
    verdicts = [
        (match.start(), rank, verdict, match.span())
        for rank, (kind, verdict) in enumerate(
            [("unsure", Polarity.UNSURE), ("denied", Polarity.NO), ("present", Polarity.YES)]
        )
        if (match := words[kind].search(reply))
    ]
    return min(verdicts)[2:] if verdicts else (Polarity.NOTHING, None)


def agrees(reply: str, language: Language) -> bool:
    return bool(reply_patterns(language)["agreed"].match(with_one_apostrophe(reply)))


def answers_at_once(rest: str, language: Language) -> bool:
    """Whether what follows a question in the same turn is its answer."""
    first = rest[slice(*sentence_at(rest, 0, 1, language))] if rest.strip() else ""
    return (
        bool(first.strip())
        and not is_question(first, language)
        and find_polarity(first, language)[0] is not Polarity.NOTHING
    )


def find_repetition(mention: str, reply: str, language: Language) -> CharacterSpan | None:
    """Where a reply says again what was asked about, in full or by its chief word (头晕 → 晕; 打鼾 → “打。”)."""
    low = reply.lower()
    if language == "zh" and (echo := _GAP.split(low)[0]) and len(echo) == 1 and echo in mention:
        return 0, 1
    if (place := low.find(mention.lower())) >= 0:
        return place, place + len(mention)
    for pattern in _chief_words(mention.lower(), language):
        if match := pattern.search(low):
            return match.span()
    return None


def _chief_words(mention: str, language: Language) -> list[patterns.Pattern[str]]:
    """Patterns of the words by which it may be meant."""
    if language == "zh":
        others = "".join(each for each in _OF_BLOOD if f"血{each}" not in mention)
        return [
            patterns.words([each], after=f"(?![{others}])" if each == "血" else "")
            for each in mention
            if each in _CHIEF_CHARACTERS
        ]
    last = _GAP.split(mention)[-1]
    stem = patterns.sub(r"(?:ing|es|s)$", "", last)
    is_chief = len(stem) > 2 and last not in _NOT_CHIEF_WORDS
    return [patterns.words([stem], before=r"\b", after=r"(?:s|es|ing|y)?\b")] if is_chief else []
