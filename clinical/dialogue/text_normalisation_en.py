"""What was said in English, as a record writes it. Words are dropped, turned and joined; none is made up.

The rules are applied in their order; each has the reason beside it.
"""

from typing import Literal

from clinical.dialogue.grammar_en import Person, third_person
from clinical.dialogue.number_words_en import NUMBER_WORD, written
from clinical.dialogue.rewrite_rules import applied, rules
from clinical.transcripts.transcript import Speaker
from llm_backend import patterns

_TIDY = rules(
    # Label sets and recognisers write contractions apart.
    (r"’", "'"),
    (r"\bca n't\b", "can't"),
    (r"\b(\w+) n't\b", r"\1n't"),
    (r"\b(?:gon na|gonna)\b", "going to"),
    (r"\b(?:wan na|wanna)\b", "want to"),
    (r"\b(?:got ta|gotta)\b", "have to"),
    (r"(?<!\s)\s++([,.?!;])", r"\1"),
    # A word broken off and begun again.
    (r"\b\w{1,4}-(?=\s)", " "),
    (r"\.\.\.+", " "),
    # Sounds and phrases that hold a place and say nothing.
    (r"\b(?:um+|uh+|uhm|(?<!the )er|ah|oh|hmm+|hm|mm-hmm|uh-huh|gosh|geez|wow)\b,?", ""),
    (
        r"(?:,\s*+|(?<!\s)\s*+)\b(?:you know|i mean|i guess|sort of|kind of|kinda|obviously|"
        r"basically|actually|like i said)\b,?",
        " ",
    ),
    (r",\s*like,", ""),
    (r"\bgoing to go ahead and\b", "going to"),
    (r"\bgo ahead and\b", ""),
    # Letters said one by one are an abbreviation.
    (r"\b(?:x|X)[ -]?ray", "x-ray"),
    (r"\b(?-i:([A-Z]) ([A-Z]) ([A-Z]) ([A-Z]))\b", r"\1\2\3\4"),
    (r"\b(?-i:([A-Z]) ([A-Z]) ([A-Z]))\b", r"\1\2\3"),
    (r"\bM G\b", "mg"),
    # A phrase said twice is meant once; a number said twice may be two numbers.
    (rf"\b(?!(?:{NUMBER_WORD}|\d))(\w[\w' ]{{0,30}}?),?(?: \1\b,?)+(?![\w'])", r"\1"),
    # Whom one speaks to is no part of what is said.
    (r"(?:,\s*+|(?<!\s)\s*+)\b(?:sir|ma'am|doctor|doc|miss|mister)\b(?=\s*[,.?!]|\s*$)", ""),
    # A doctor asks for a nod, a patient gives it.
    (r"(?:,\s*+|(?<!\s)\s*+)(?:okay|ok|alright|all right|right|please|thank you|thanks)\s*+(?:\?\s*+)?$", ""),
    (r"(?<!\s)\s*,(?:\s*+,)+", ","),
)
_LEAD = patterns.compile(
    r"^(?:[\s,.]*\b(?:okay|ok|alright|all right|so|and|but|well|now|then|yeah|yes|yep|right|great|good|perfect|"
    r"because|'cause|also|anyway|mm-hmm|sure|again|or|no problem|sounds good|that's good|that's great)\b[\s,.]+)+",
    patterns.IGNORECASE,
)
_TRAIL = patterns.compile(
    r"(?<![\s,.])[\s,.]*+"
    r"(?:\b(?:and|but|so|or|because|then|that|when|if|okay|the|a|an|like|my|your)\b[\s,.]*+){1,12}$",
    patterns.IGNORECASE,
)


def tidied(text: str) -> str:
    """Without hesitation, repetition and the words that only keep a turn; numbers in figures."""
    previous = ""
    while previous != text:
        previous, text = text, applied(_TIDY, text)
    text = _LEAD.sub("", text.strip(" .?!,") + " ").strip(" .?!,")
    return written(_TRAIL.sub("", text)).strip(" ,.;?")


_OWN: dict[str, Literal["i", "you"]] = {"patient": "i", "doctor": "you"}
_TOLD = rules(
    # How a doctor leads up to what is known already. "It looks like" stays: it is a doubt.
    (
        r"^(?:i|we) (?:also )?(?:see|understand|know|heard|hear)(?: here)?(?: that)? (?=(?:you|your|she|he)\b)",
        "",
    ),
    (r"^(?:the )?(?:nurse|medical assistant|my assistant) (?:told me|said|mentioned)(?: that)? ", ""),
    (r"^you (?:said|told me|mentioned|say)(?: that)? (?=(?:you|your|it|that)\b)", ""),
)
_OPENINGS = rules(
    (r"^(?:hi|hey|hello|good (?:morning|afternoon)),? (?:(?:doctor|doc|sir|miss|mister|ma'am)\b,? ?)?", ""),
    (r"^(?:that|fine|because|since(?! \w+ was)) (?=(?:you|i|i'm|you're|he|she)\b)", ""),
    (r"^it's (?:just|like|just like) (?=(?:i|it|my|the|when)\b)", ""),
)
_CLINICAL = rules(
    # A record's words for the same thing.
    (r"\b(?:tummy|belly|stomach) (?:pain|ache)s?\b|\bstomachaches?\b", "abdominal pain"),
    (r"\bpain in (?:my|your|his|her|the) (?:tummy|belly|stomach)\b", "abdominal pain"),
    (r"\btrouble breathing\b|\bhard to breathe\b", "shortness of breath"),
    (r"\bhigh blood pressure\b", "hypertension"),
    (r"\b(?:threw|throwing|throw) up\b", "vomiting"),
    (r"\bmom\b", "mother"),
    (r"\bdad\b", "father"),
    (r"\bmeds\b", "medications"),
)


# Sentences that announce what will be talked of.
_ANNOUNCES = patterns.compile(
    r"^(?:lets?|let us|i(?:'d| would) like to|i need|i want to|tell me|here's|here is|i am looking|i'm looking) "
    r".*\b(?:start|begin|talk|go over|review|confirm|tell|list|history|report|chart|records?)\b",
    patterns.IGNORECASE,
)


def told(text: str, person: Person, speaker: Speaker) -> str:
    """What somebody tells of the patient's life and complaints."""
    text = applied(_OPENINGS, tidied(text))
    if speaker != "patient":
        text = applied(_TOLD, text)
    if _ANNOUNCES.match(text):
        return ""
    return third_person(applied(_CLINICAL, text), person, _OWN.get(speaker, ""))


_FOUND = rules(
    # What an examiner does not find is absent.
    (
        r"\b(?:i|we) (?:do not|don't|did not|didn't|can't|cannot) (?:really )?(?:appreciate|see|hear|feel|"
        r"notice|find)(?: any| a| an)?\b",
        "no",
    ),
    (
        r"\b(?:you|she|he) (?:do not|don't|does not|doesn't) (?:appear to |seem to )?have(?: any| a| an)?\b",
        "no",
    ),
    (r"\bthere (?:is no|are no|isn't any|aren't any|isn't a|is not any|was no|were no)\b", "no"),
    (r"\bthere's (?:no|not any)\b", "no"),
    (r"\bno evidence of any\b", "no evidence of"),
    # What is found is named, not who found it.
    (
        r"^.*?\b(?:i|we) (?:do |can |also |still )*(?:appreciate|notice|feel|hear)(?: that)?(?: a| an|"
        r" some| there's| there is)? ",
        "",
    ),
    (r"^(?:i|we) (?:do |can |also |still )*see(?: that)?(?: a| an| some| there's| there is)? ", ""),
    (r"^(?:you|she|he) (?:do |does |also |still )*(?:have|has)(?: a| an| some)? ", ""),
    (r"^(?:there is|there are|there's|there was|there were)(?: a| an| some| also)? ", ""),
    (
        r"^(?:looking at|taking a look at|let's see|listening to) ",
        "",
    ),
    (
        r"^(?:on|in|with|for|as far as) (?:your|the|this|her|his) ((?:[\w-]+ ){1,3}?)(?:exam|examination|"
        r"side exam),? ",
        r"\1: ",
    ),
    (r"^(?:your|the|this|her|his) ", ""),
    (r"\byour\b", "the"),
    (r"\b(?:on|to|of) you\b", ""),
)


def found(text: str) -> str:
    """An examiner's talk as findings."""
    previous, text = "", tidied(text)
    while previous != text:
        previous, text = text, applied(_FOUND, text)
    return patterns.sub(r"(?<!\s)\s+:", ":", text).strip(" ,.:")


_SHOWN = rules(
    (r"^(?:i|we) (?:reviewed|looked at|have|got|did|do)(?: the results of)? (?=(?:your|the|an|a) )", ""),
    (r"^(?:hey,? dragon,?\s*)?(?:show|pull up|bring up) (?:me )?.*?(?:\. |$)", ""),
    (r"\bso this is\b|^this is\b", ""),
)


def shown(text: str) -> str:
    """Results as they were read out."""
    return found(applied(_SHOWN, tidied(text)))


def planned(text: str, person: Person) -> str:
    """What doctor and patient mean to do."""
    text = tidied(text)
    advised = f"I advised {person.object} to"
    ordered = rules(
        # An order to the room's computer is an order.
        (r"^hey,? dragon,?\s*", ""),
        (
            r"^(?:i think |i do think )?(?:what )?(?:i'd|i would|i'm going to|i) (?:also |just |really |"
            r"do |still )*(?:like|want|ask|have) you to ",
            f"{advised} ",
        ),
        (r"^(?:i think |i do think )?you (?:need|have) to ", f"{advised} "),
        (r"^(?:i'm|i am) (?:also |just )?going to ", "I will "),
        (r"^(?:we're|we are) (?:also |just )?going to ", "We will "),
        (r"^(?:i'd|i would) (?:also |just |really )*like to ", "I would like to "),
        (r"^(?:i) (?:also |just |do |really )*want to ", "I will "),
        (r"^let's (?:just |also )?", "We will "),
        (r"^(?:we'll) ", "We will "),
        (r"^(?:i'll) ", "I will "),
        (r"^what (?:i|we) (?:want|would like|are going) to (?:do )?is ", "We will "),
        # The nod a doctor gives before a recommendation.
        (r"^i think (?=(?:we|it|that|the|this) )", ""),
    )
    return third_person(applied(ordered, text), person, own="you")


def sentence(text: str, *, opening: str = "") -> str:
    """With a capital and a stop. `opening`: what the paragraph's first pronoun stands for."""
    text = text.strip(" ,.;")
    if not text:
        return ""
    if opening:
        text = patterns.sub(r"^(?:he|she)\b", opening, text)
    text = patterns.sub(r"\bi\b(?=[ ']|$)", "I", text)
    return text[0].upper() + text[1:] + "."


_REASON = patterns.compile(
    r"\b(?:here (?:today )?(?:for|because of|with)|c[ao]me in (?:here )?(?:today )?(?:for|with|because of)|"
    r"presents? (?:today )?"
    r"(?:for|with)|complain(?:s|ing) of|(?:i have|i've had|i've been having|i'm having)(?= [\w ]{0,200}\b(?:pain|"
    r"ache|cough|fever|rash|"
    r"headaches?|swelling|lump|nausea)\b))\s+(?:evaluation of |your |my |an? |her |his |some |the |this |"
    r"these )*(?P<what>.+)",
    patterns.IGNORECASE,
)
_REASON_ENDS = patterns.compile(
    r"[,.;]|\b(?:and (?:you|i|we|he|she|it|tell|how|my|your)|today|so|because|but|which|that|can you|"
    r"tell me|okay|for (?:a|the) )\b",
    patterns.IGNORECASE,
)
LONGEST_REASON = 9


def reason(text: str) -> str:
    """What a visit is for, as far as these words name it."""
    match = _REASON.search(tidied(text))
    if not match:
        return ""
    named = tidied(_REASON_ENDS.split(match["what"])[0])
    return sentence(applied(_CLINICAL, named)) if 0 < len(named.split()) <= LONGEST_REASON else ""
