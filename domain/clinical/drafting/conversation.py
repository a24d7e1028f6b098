"""A whole consultation as the sentences of a record: nothing of it is left out for want of room."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import takewhile

from domain.clinical.dialogue.grammar_en import HE, SHE, find_person
from domain.clinical.dialogue.text_normalisation_zh import MAX_REASON_CHARACTERS
from domain.clinical.drafting import conversation_en, conversation_zh
from domain.clinical.drafting.narrative import chief_complaint
from domain.clinical.drafting.note_sentences import NoteSentence
from domain.clinical.grounding.drugs import Drugs
from domain.clinical.grounding.laterality import find_sides
from domain.clinical.grounding.terms import finding_terms
from domain.clinical.grounding.vitals import tells_of_earlier
from domain.clinical.records.template import Sex
from domain.clinical.transcripts.transcript import ClinicalTranscript
from llm_backend import patterns
from llm_backend.sentences import is_chinese

_RHYTHM = patterns.compile(
    r"不?齐|有力|细[速弱]|\b(?:ir)?regular(?:ly)?\b|\b(?:thready|bounding)\b", patterns.IGNORECASE
)
_OF_ILLNESS = ("history_of_present_illness", "review_of_systems", "treatments", "general_state")
# “Two months.” says how long, and not what.
_ONLY_TIME = patterns.compile(
    r"^(?:duration: )?(?:(?:about|for|over|nearly|almost|maybe|around|and|a|the|last|past|\d+|half|few|of|or|so|now|to) ?"
    r"|(?:hour|day|week|month|year)s? ?"
    r"|大概|大约|差不多|快|有|[\d零一二两三四五六七八九十半几多来]|个|小时|天|日|周|星期|礼拜|月|年|左右|吧|了){1,12}+[.。]?$",
    patterns.IGNORECASE,
)
_OPEN = patterns.compile(r"怎么|哪|什么|啥|\b(?:what|tell|bring|how (?:are|can))\b", patterns.IGNORECASE)
_TAKES_BACK = patterns.compile(r"(?:不对|不是|错了)[^。]{0,4}[，,]|(?:no|sorry|not)\b", patterns.IGNORECASE)
_OWNER = patterns.compile(r"^(?:His|Her|Their|The patient's) (?P<what>\w)")
_PERSONS = {"female": SHE, "male": HE}


def write_sentences(transcript: ClinicalTranscript, drugs: Drugs, sex: Sex = "") -> list[NoteSentence]:
    """In the order of the talk, the chief complaint first. `sex`: of the patient, where it is known."""
    if transcript.is_chinese:
        sentences = conversation_zh.write_sentences(transcript, drugs)
    else:
        person = _PERSONS[sex] if sex else find_person(transcript.text)
        sentences = conversation_en.write_sentences(transcript, drugs, person)
    written = list(_without_repeats(map(_place_signs, _join_corrections(sentences, transcript))))
    reason, first = chief_complaint(transcript), _first_complaint(written, transcript)
    # What somebody began with is no reaction to a drug that was asked for later.
    if reason and first and first[0].spans[-1].utterance < reason[0].spans[-1].utterance:
        reason = first
    return [*(reason or first), *written]


def _first_complaint(written: Sequence[NoteSentence], transcript: ClinicalTranscript) -> list[NoteSentence]:
    """Where nobody says what a visit is for, the first finding of the history that no question names."""
    # Why somebody comes is told before what was and what is taken.
    told = [
        each
        for each in takewhile(lambda each: each.section in _OF_ILLNESS, written)
        if not _ONLY_TIME.match(each.text)
    ]
    for place, first in enumerate(told):
        before = first.spans[-1].utterance - 1
        asked = transcript.utterances[before].text if before >= 0 else ""
        is_told = first.section == "history_of_present_illness" and not finding_terms(asked)
        # What somebody begins with is why they came, in whatever words.
        is_opening = place == 0 and first.spans[-1].utterance == 1 and bool(_OPEN.search(asked))
        if is_told and (is_opening or finding_terms(first.text)):
            return [replace(first, section="chief_complaint", text=_complaint_text(first))]
    return []


def _complaint_text(first: NoteSentence) -> str:
    text = _OWNER.sub(lambda owned: owned["what"].upper(), first.text)
    if is_chinese(text):
        clause = next((each for each in text.rstrip("。").split("，") if finding_terms(each)), "")
        # The clause that names it, where it tells how long, too, or all would be longer than a complaint is.
        is_enough = patterns.search(r"\d", clause) or len(text) > MAX_REASON_CHARACTERS
        text = f"{clause}。" if clause and is_enough else text
    return text


def _place_signs(sentence: NoteSentence) -> NoteSentence:
    """The field of vital signs has what was measured today, and nothing else.

    “血压上次150/95，今天138/88” tells of the time before, “pulse 96, irregular” how the pulse is.
    """
    if sentence.section != "vitals":
        return sentence
    if tells_of_earlier(sentence.text):
        return replace(sentence, section="history_of_present_illness", division="subjective")
    return replace(sentence, section="physical_exam") if _RHYTHM.search(sentence.text) else sentence


def _join_corrections(
    sentences: Iterable[NoteSentence], transcript: ClinicalTranscript
) -> Iterator[NoteSentence]:
    """“疝气做过，右边的。” “不是右边，是左边的疝气。”: alone, what is taken back would stand as a fact. Whoever says so."""
    before: NoteSentence | None = None
    for sentence in sentences:
        if before is not None and _takes_back(sentence, before, transcript):
            text = (
                f"{before.text}{sentence.text}" if transcript.is_chinese else f"{before.text} {sentence.text}"
            )
            before = replace(before, text=text, plain="", spans=[*before.spans, *sentence.spans])
            continue
        if before is not None:
            yield before
        before = sentence
    if before is not None:
        yield before


def _takes_back(sentence: NoteSentence, before: NoteSentence, transcript: ClinicalTranscript) -> bool:
    """Another side than the one that was just named, with nothing of the clinic between."""
    first, last = before.spans[-1].utterance, sentence.spans[0].utterance
    is_next = all(each.speaker != "doctor" for each in transcript.utterances[first : last + 1])
    return (
        is_next
        and bool(_TAKES_BACK.match(sentence.text))
        and bool(find_sides(before.text))
        and not find_sides(sentence.text) <= find_sides(before.text)
    )


def _without_repeats(sentences: Iterable[NoteSentence]) -> Iterator[NoteSentence]:
    keys: set[tuple[str, str]] = set()
    for sentence in sentences:
        key = (sentence.section, sentence.text)
        if sentence.text and key not in keys:
            keys.add(key)
            yield sentence
