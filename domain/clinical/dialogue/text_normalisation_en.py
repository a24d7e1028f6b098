"""What was said in English, as a record writes it. Words are dropped, turned and joined; none is made up."""

from pathlib import Path
from typing import Literal

from domain.clinical.dialogue.grammar_en import Person, third_person
from domain.clinical.dialogue.number_words_en import NUMBER_WORD, with_figures
from domain.clinical.dialogue.rewrite_rules import read_rules, rewrite
from domain.clinical.grounding.self_corrections import find_self_corrections
from domain.clinical.transcripts.transcript import Speaker
from llm_backend import patterns

_RULES = read_rules(Path(__file__).with_suffix(".toml"), {"number_word": NUMBER_WORD})
# A nod, and no side or praise of what follows: “right, I cough”, “well I cough”, not “right knee”, “well controlled”.
_BEFORE_CLAUSE = (
    r"(?=\s*+(?:[,.;!]|$)|\s++(?:i|you|he|she|it|they|we|there|the|that|this|these|those|my|your|his|her|our|so|and|but|okay|ok|then"
    r"|now|let|let's|what|how|when|where|why|any|no|not|yes|yeah|do|does|did|is|are|was|were|have|has|can|could|will|would|if"
    r"|because|actually|maybe|just|only|basically|usually|sometimes|mostly|since|from|about|um|uh|well|right)\b)"
)
_LEAD = patterns.compile(
    r"^(?:[\s,.]*\b(?:okay|ok|alright|so|and|but|now(?! and (?:then|again)\b)|then|yeah|yes|yep|"
    r"because(?! of)|'cause|also|anyway|mm-hmm|sure|again|or|no problem|sounds good|that's good|that's great"
    r"|that's fine|that is fine|that's all right"
    rf"|(?:all right|right|well|great|good|perfect){_BEFORE_CLAUSE})\b[\s,.]+)+",
    patterns.IGNORECASE,
)
_TRAIL = patterns.compile(
    # “Fifteen years or so” is not fifteen years.
    r"(?<![\s,.])(?!\s+or so\W*$)(?<!\bor)(?<!\bnow)(?<!\bnow and)(?<!\bthink)(?<!\bhope)[\s,.]*+"
    r"(?:\b(?:and|but|so|or|because|then|when|if|okay|the|a|an|like|my|your"
    r"|(?<!\bha[sd] )(?<!\bhave )that)\b[\s,.]*+){1,12}$",
    patterns.IGNORECASE,
)


def tidy(text: str) -> str:
    """Without hesitation, repetition and the words that only keep a turn; numbers in figures."""
    # A rule may open the way for an earlier one: “um, you know, um”.
    previous = ""
    while previous != text:
        previous, text = text, rewrite(_RULES["tidy"], text)
    text = _LEAD.sub("", text.strip(" .?!,") + " ").strip(" .?!,")
    return with_figures(_TRAIL.sub("", text)).strip(" ,.;?")


_OWN: dict[str, Literal["i", "you"]] = {"patient": "i", "doctor": "you"}
# Sentences that announce what will be talked of.
_ANNOUNCES = patterns.compile(
    r"^(?:lets?|let us|i(?:'d| would) like to|i need|i want to|tell me|here's|here is|i am looking|i'm looking) "
    r".*\b(?:start|begin|talk|go over|review|confirm|tell|list|history|report|chart|records?)\b",
    patterns.IGNORECASE,
)


def history_phrase(text: str, person: Person, speaker: Speaker) -> str:
    """What somebody tells of the patient's life and complaints."""
    text = rewrite(_RULES["openings"], tidy(text))
    if speaker != "patient":
        text = rewrite(_RULES["told"], text)
    if speaker != "patient" and _ANNOUNCES.match(text):
        return ""
    return third_person(rewrite(_RULES["clinical"], text), person, _OWN.get(speaker, ""))


def finding_phrase(text: str) -> str:
    """An examiner's talk as findings."""
    previous, text = "", tidy(text)
    while previous != text:
        previous, text = text, rewrite(_RULES["findings"], text)
    return patterns.sub(r"(?<!\s)\s+:", ":", text).strip(" ,.:")


def result_phrase(text: str) -> str:
    """Results as they were read out."""
    return finding_phrase(rewrite(_RULES["results"], tidy(text)))


def order_phrase(text: str, person: Person) -> str:
    """What doctor and patient mean to do."""
    text = rewrite(_RULES["orders"], tidy(text)).replace("{object}", person.object)
    return third_person(text, person, own="you")


def clinic_phrase(text: str, section: str, person: Person) -> str:
    """What a doctor says, in the words of the section of a plain note that it belongs to."""
    if section == "physical_exam":
        return finding_phrase(text)
    return result_phrase(text) if section == "results" else order_phrase(text, person)


def as_sentence(text: str) -> str:
    """With a capital and a stop."""
    text = text.strip(" ,.;")
    if not text:
        return ""
    text = patterns.sub(r"\bi\b(?=[ ']|$)", "I", text)
    text = patterns.sub(
        r"(?<=[a-z]\. )(?:he|she|they|their|the patient|informant)\b",
        lambda match: match[0].capitalize(),
        text,
    )
    return text[0].upper() + text[1:] + "."


def upper_first(text: str) -> str:
    return text[:1].upper() + text[1:]


_REASON = patterns.compile(
    r"\b(?:here (?:today )?(?:for|because of|with)|c[ao]me in (?:here )?(?:today )?(?:for|with|because of)|"
    r"presents? (?:today )?"
    r"(?:for|with)|complain(?:s|ing) of"
    r"|(?:referred|sent) (?:you|me|him|her) (?:here |in |over |to us )?(?:about|for|with|because of)"
    r"|(?:(?:i|he|she) ha(?:ve|s)|(?:i've|he's|she's) (?:had|got|been having|been getting)|i'm having|it's|it is)"
    r"(?= [\w ]{0,200}\b(?:pain|ache|cough|fever|rash|"
    r"headaches?|swelling|lump|nausea|tightness|dizziness|itch(?:ing)?|numbness|bleeding)\b))\s+"
    r"(?:evaluation of |your |my |an? |her |his |some |the |this |"
    r"these )*(?P<what>.+)",
    patterns.IGNORECASE,
)
_REASON_ENDS = patterns.compile(
    r"[,.;]|\b(?:and (?:you|i|we|he|she|it|tell|how|my|your)|today|so|because|but|which|that|can you|"
    r"tell me|okay|for (?:a|the) )\b",
    patterns.IGNORECASE,
)
MAX_REASON_WORDS = 9


def visit_reason(text: str) -> str:
    """What a visit is for, as far as these words name it."""
    match = _REASON.search(tidy(text))
    # What is taken back with the next words is no reason; the history tells both.
    if not match or find_self_corrections(text):
        return ""
    reason = tidy(_REASON_ENDS.split(match["what"])[0])
    return (
        as_sentence(rewrite(_RULES["clinical"], reason))
        if 0 < len(reason.split()) <= MAX_REASON_WORDS
        else ""
    )
