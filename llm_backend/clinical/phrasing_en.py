"""What was said in English, as a record writes it. Words are dropped, turned and joined; none is made up.

The rules are applied in their order; each has the reason beside it.
"""

import re

from typing import Literal

from llm_backend.clinical.grammar_en import Person, third_person
from llm_backend.clinical.numbers_en import NUMBER_WORD, written
from llm_backend.clinical.transcript import Speaker

Rules = tuple[tuple[re.Pattern[str], str], ...]


def _rules(*pairs: tuple[str, str]) -> Rules:
    return tuple((re.compile(pattern, re.IGNORECASE), new) for pattern, new in pairs)


def _applied(rules: Rules, text: str) -> str:
    for pattern, new in rules:
        text = pattern.sub(new, text)
    return " ".join(text.split())


_TIDY = _rules(
    # Label sets and recognisers write contractions apart.
    (r"’", "'"),
    (r"\bca n't\b", "can't"),
    (r"\b(\w+) n't\b", r"\1n't"),
    (r"\b(?:gon na|gonna)\b", "going to"),
    (r"\b(?:wan na|wanna)\b", "want to"),
    (r"\b(?:got ta|gotta)\b", "have to"),
    (r"\s+([,.?!;])", r"\1"),
    # A word broken off and begun again.
    (r"\b\w{1,4}-(?=\s)", " "),
    (r"\.\.\.+", " "),
    # Sounds and phrases that hold a place and say nothing.
    (r"\b(?:um+|uh+|uhm|er|ah|oh|hmm+|hm|mm-hmm|uh-huh|gosh|geez|wow)\b,?", ""),
    (
        r",?\s*\b(?:you know|i mean|i guess|sort of|kind of|kinda|obviously|basically|actually|like i said)\b,?",
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
    (r",?\s*\b(?:sir|ma'am|doctor|doc|miss|mister)\b(?=\s*[,.?!]|\s*$)", ""),
    # A doctor asks for a nod, a patient gives it.
    (r",?\s*(?:okay|ok|alright|all right|right|please|thank you|thanks)\s*\??\s*$", ""),
    (r"\s*,(?:\s*,)+", ","),
)
_LEAD = re.compile(
    r"^(?:[\s,.]*\b(?:okay|ok|alright|all right|so|and|but|well|now|then|yeah|yes|yep|right|great|good|perfect|"
    r"because|'cause|also|anyway|mm-hmm|sure|again|or|no problem|sounds good|that's good|that's great)\b[\s,.]+)+",
    re.IGNORECASE,
)
_TRAIL = re.compile(
    r"(?:[\s,.]*\b(?:and|but|so|or|because|then|that|when|if|okay|the|a|an|like|my|your)\b[\s,.]*)+$",
    re.IGNORECASE,
)


def tidied(text: str) -> str:
    """Without hesitation, repetition and the words that only keep a turn; numbers in figures."""
    previous = ""
    while previous != text:
        previous, text = text, _applied(_TIDY, text)
    text = _LEAD.sub("", text.strip(" .?!,") + " ").strip(" .?!,")
    return written(_TRAIL.sub("", text)).strip(" ,.;?")


_OWN: dict[str, Literal["i", "you"]] = {"patient": "i", "doctor": "you"}
_TOLD = _rules(
    # How a doctor leads up to what is known already. "It looks like" stays: it is a doubt.
    (
        r"^(?:i|we) (?:also )?(?:see|understand|know|heard|hear)(?: here)?(?: that)? (?=(?:you|your|she|he)\b)",
        "",
    ),
    (r"^(?:the )?(?:nurse|medical assistant|my assistant) (?:told me|said|mentioned)(?: that)? ", ""),
    (r"^you (?:said|told me|mentioned|say)(?: that)? (?=(?:you|your|it|that)\b)", ""),
)
_OPENINGS = _rules(
    (r"^(?:hi|hey|hello|good (?:morning|afternoon)),? (?:(?:doctor|doc|sir|miss|mister|ma'am)\b,? ?)?", ""),
    (r"^(?:that|fine|because|since) (?=(?:you|i|i'm|you're|he|she)\b)", ""),
    (r"^it's (?:just|like|just like) (?=(?:i|it|my|the|when)\b)", ""),
)
_CLINICAL = _rules(
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


def told(text: str, person: Person, speaker: Speaker) -> str:
    """What somebody tells of the patient's life and complaints."""
    text = _applied(_OPENINGS, tidied(text))
    if speaker != "patient":
        text = _applied(_TOLD, text)
    return third_person(_applied(_CLINICAL, text), person, _OWN.get(speaker, ""))


_FOUND = _rules(
    # What an examiner does not find is absent.
    (
        r"\b(?:i|we) (?:do not|don't|did not|didn't|can't|cannot) (?:really )?(?:appreciate|see|hear|feel|notice|find)(?: any| a| an)?\b",
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
        r"^.*?\b(?:i|we) (?:do |can |also |still )*(?:appreciate|notice|feel|hear)(?: that)?(?: a| an| some| there's| there is)? ",
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
        r"^(?:on|in|with|for|as far as) (?:your|the|this|her|his) ((?:[\w-]+ ){1,3}?)(?:exam|examination|side exam),? ",
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
        previous, text = text, _applied(_FOUND, text)
    return re.sub(r"\s+:", ":", text).strip(" ,.:")


_SHOWN = _rules(
    (r"^(?:i|we) (?:reviewed|looked at|have|got|did|do)(?: the results of)? (?=(?:your|the|an|a) )", ""),
    (r"^(?:hey,? dragon,?\s*)?(?:show|pull up|bring up) (?:me )?.*?(?:\. |$)", ""),
    (r"\bso this is\b|^this is\b", ""),
)


def shown(text: str) -> str:
    """Results as they were read out."""
    return found(_applied(_SHOWN, tidied(text)))


def planned(text: str, person: Person) -> str:
    """What doctor and patient mean to do."""
    text = tidied(text)
    advised = f"I advised {person.object} to"
    rules = _rules(
        # An order to the room's computer is an order.
        (r"^hey,? dragon,?\s*", ""),
        (
            r"^(?:i think |i do think )?(?:what )?(?:i'd|i would|i'm going to|i) (?:also |just |really |do |still )*(?:like|want|ask|have) you to ",
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
    return third_person(_applied(rules, text), person, own="you")


_YES = re.compile(
    r"^\W*(?:yes|yeah|yep|yup|correct|sure|absolutely|definitely|i do|i am|i have|i did|i was|uh-huh|right|exactly|it does|it is|a little|occasionally|sometimes)\b",
    re.I,
)
_NO = re.compile(
    r"^\W*(?:no|nope|nah|not really|never|none|nothing|i do ?n[o']t|i have ?n[o']t|i did ?n[o']t|i'm not|not that|not at all|negative|denies)\b",
    re.I,
)


def answer(text: str) -> bool | None:
    """True for yes, False for no, None for what is neither."""
    text = re.sub(
        r"^\W*(?:um|uh|oh|well|okay|hm+|gosh|you know|so|and|i mean)\b[\W]*", "", text, flags=re.IGNORECASE
    )
    if _NO.match(text):
        return False
    return True if _YES.match(text) else None


_SMALL_TALK = re.compile(
    r"""^\W*(?:(?:oh|okay|ok|all\ right|alright|well|and|so|yeah|yes|um|uh|great|good|sure|perfect|wonderful|hm+|wow)\W+)*
    (?:h(?:i|ello|ey)(?:\ there)?|good\ (?:morning|afternoon|evening)|welcome(?:\ (?:in|back|to\ the\ clinic))?|thank(?:s|\ you).*|
       i(?:'m|\ am)\ (?:so\ |very\ )?(?:sorry|glad|happy)\b.*|i\ (?:see|understand|agree)|you're\ welcome.*|(?:that|this|it)(?:'s|\ is)\ 
       (?:great|good|fine|okay|alright|all\ right|right|correct|wonderful|awesome|perfect)(?:\ to\ hear)?|do(?:\ n't|n't)\ (?:you\ )?worry.*|
       how\ are\ you.*|i(?:'m|\ am)\ (?:good|fine|okay|doing\ (?:well|good|okay|fine))|nice\ to\ (?:see|meet)\ you.*|
       (?:see|have\ a)\ .{0,20}(?:you|day|then|week|later)|bye.*|take\ care.*|let\ me\ (?:see|check|take)\b.*|no\ problem.*|
       okay|ok|alright|all\ right|great|good|sure|perfect|wonderful|hm+|mm-hmm|wow|got\ it|sounds\ good|right|exactly)?
    (?:\ (?:sir|ma'am|doctor|doc|miss))?\W*$""",
    re.VERBOSE | re.IGNORECASE,
)


def is_small_talk(text: str) -> bool:
    """Greetings, thanks and nods: nothing that a record needs."""
    return bool(_SMALL_TALK.match(text))


_ANSWER_WORDS = re.compile(
    r"^(?:\W*\b(?:nope|yes|yeah|yep|not really|nothing like that|correct|right|okay|um|uh|sure|"
    r"no(?=\W*(?:$|[,.;!-]|(?:i|it|not|nothing|no|nope|we|my|he|she|they|that|just|there)\b)))\b\W*)+",
    re.IGNORECASE,
)
_NOTHING_MORE = re.compile(
    r"(?:i (?:do|am|have|did|was|do ?n[o']t|have ?n[o']t|did ?n[o']t|can)|not that i(?:'ve| have)? \w+(?: of)?|"
    r"it (?:does|is)|i'm not|nothing|not really|never)?\W*$",
    re.IGNORECASE,
)


def beyond_the_answer(text: str) -> str:
    """What an answer tells besides yes or no. "No one" and "no fever" are no answers but parts of what is told."""
    rest = _ANSWER_WORDS.sub("", text)
    return "" if _NOTHING_MORE.match(rest) else rest


_ENDS = re.compile(
    r"(?:,?\s*\b(?:or|and)\b)?,?\s*\b(?:anything like that|anything else|things like that|something like that|at all|or not|or no|"
    r"lately|is that correct|is that right|correct|right|or anything|or what|no|yet)?\W*(?:\bor\b)?\W*$",
    re.IGNORECASE,
)
_QUESTION = (
    r"^(?:do|did) (?:you|she|he) (?:also |still |ever |currently )*(?:have|get|feel|notice|experience|had|report|suffer from) (?P<thing>.+)",
    r"^(?:have|has|had) (?:you|she|he) (?:also |ever |recently )*(?:had|been having|experienced|noticed|felt|been experiencing|gotten) (?P<thing>.+)",
    r"^are (?:you|she|he) (?:also |still |currently )*(?:having|experiencing|feeling|getting|noticing) (?P<thing>.+)",
    r"^(?:what about |how about |and )?(?P<thing>(?:any|no) .+)",
)
_THINGS = tuple(re.compile(pattern, re.IGNORECASE) for pattern in _QUESTION)
_INVERTED = re.compile(
    r"^(?P<verb>do|did|have|are|were|can|could|will|would|has|had) you (?P<rest>.+)", re.IGNORECASE
)
_PRESSED = re.compile(
    r"^(?:and |any |is there )*(?P<where>when i .+?) ?,?\s*(?:does (?:that|it|this) hurt|is (?:that|it) (?:painful|tender|sore)|any pain|is there (?:any )?pain)\b",
    re.IGNORECASE,
)
_STATED = re.compile(r"^(?:you're|you've|you|your|it's|that's) ", re.IGNORECASE)


def answered(question: str, is_yes: bool, person: Person) -> str:
    """Question and yes or no as one statement. Empty where the question's form does not allow it."""
    asked = tidied(_ENDS.sub("", tidied(question)))
    asked = re.sub(
        r"^(?:have you noticed|do you (?:know|remember)|can you tell me)(?: if)? ",
        "",
        asked,
        flags=re.IGNORECASE,
    )
    if re.search(r"\ballerg", asked, re.IGNORECASE) and not is_yes:
        # How a record says that none is known.
        is_of_drugs = re.search(r"\b(?:drug|medic\w+)", asked, re.IGNORECASE)
        return "no known drug allergies" if is_of_drugs else "no known allergies"
    if match := _PRESSED.search(asked):
        return third_person(f"{'pain' if is_yes else 'no pain'} {match['where']}", person, own="you")
    for pattern in _THINGS:
        if match := pattern.search(asked):
            return _reported(match["thing"], is_yes, person)
    if match := _INVERTED.match(asked):
        return _turned(match["verb"].lower(), match["rest"], is_yes, person)
    if is_yes and _STATED.match(asked):
        return told(asked, person, "doctor")
    return ""


def _reported(thing: str, is_yes: bool, person: Person) -> str:
    thing = third_person(re.sub(r"^no ", "any ", thing, flags=re.IGNORECASE), person, own="you")
    if is_yes:
        thing = re.sub(r"\bany (?:other )?", "", thing, flags=re.IGNORECASE)
        # "Yes" to one of several is not yes to each.
        return f"{person.subject} reports {thing}" if " or " not in f" {thing} " and "," not in thing else ""
    return f"{person.subject} denies {thing}"


def _turned(verb: str, rest: str, is_yes: bool, person: Person) -> str:
    rest = re.sub(r"^ever ", "" if is_yes else "ever ", rest)
    if verb == "do" and is_yes:
        return third_person(f"you {rest}", person, own="you")
    if not is_yes:
        rest = re.sub(r"^(?:ever|still) ", "", rest)
    helping = {"do": "does", "have": "has", "are": "is", "were": "was"}.get(verb, verb)
    words = [
        person.subject,
        helping,
        "" if is_yes else "not",
        third_person(rest, person, own="you"),
    ]
    return " ".join(word for word in words if word)


def topic(question: str) -> str:
    """What an open question is about, to stand before a short answer."""
    asked = tidied(question)
    if re.search(r"\bhow long\b", asked, re.IGNORECASE):
        return "duration"
    if re.search(r"\b(?:when did|how long ago|how many days ago|when was)\b", asked, re.IGNORECASE):
        return "onset" if re.search(r"\b(?:start|begin|notice|happen|first)\b", asked) else ""
    if re.search(r"\b(?:scale|rate|how (?:bad|severe)|out of 10)\b", asked, re.IGNORECASE):
        return "severity of pain" if "pain" in asked else "severity"
    return ""


def sentence(text: str, *, opening: str = "") -> str:
    """With a capital and a stop. `opening`: what the paragraph's first pronoun stands for."""
    text = text.strip(" ,.;")
    if not text:
        return ""
    if opening:
        text = re.sub(r"^(?:he|she)\b", opening, text)
    text = re.sub(r"\bi\b(?=[ ']|$)", "I", text)
    return text[0].upper() + text[1:] + "."


_TERSE = _rules(
    # A list under a heading names things; whose they are is plain.
    (r"^(?:the patient|he|she) denies (?:any |having |an? )*", "no "),
    (
        r"^(?:the patient|he|she) (?:just |also |currently |still )*(?:reports|has had|has been having|has|had|is taking|takes|"
        r"takes|was diagnosed with|is allergic to|underwent|is on|uses|got)(?: a| an| some)? ",
        "",
    ),
    (r"^(?:his|her|the patient's) ", ""),
)


def terse(text: str) -> str:
    return sentence(_applied(_TERSE, text))


_REASON = re.compile(
    r"\b(?:here (?:today )?(?:for|because of|with)|c[ao]me in (?:here )?(?:today )?(?:for|with|because of)|presents? (?:today )?"
    r"(?:for|with)|complain(?:s|ing) of|(?:i have|i've had|i've been having|i'm having)(?= [\w ]*\b(?:pain|ache|cough|fever|rash|"
    r"headaches?|swelling|lump|nausea)\b))\s+(?:evaluation of |your |my |an? |her |his |some |the |this |these )*(?P<what>.+)",
    re.IGNORECASE,
)
_REASON_ENDS = re.compile(
    r"[,.;]|\b(?:and (?:you|i|we|he|she|it|tell|how|my|your)|today|so|because|but|which|that|can you|tell me|okay|for (?:a|the) )\b",
    re.IGNORECASE,
)
LONGEST_REASON = 9


def reason(text: str) -> str:
    """What a visit is for, as far as these words name it."""
    match = _REASON.search(tidied(text))
    if not match:
        return ""
    named = tidied(_REASON_ENDS.split(match["what"])[0])
    return sentence(_applied(_CLINICAL, named)) if 0 < len(named.split()) <= LONGEST_REASON else ""
