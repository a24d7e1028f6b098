"""What was said in English, as a record writes it. Words are dropped, turned and joined; none is made up.

The rules are applied in their order; each has the reason beside it.
"""

import re

from llm_backend.clinical.grammar_en import Person, third_person
from llm_backend.clinical.numbers_en import written

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
    # A phrase said twice is meant once.
    (r"\b(\w[\w' ]{0,30}?),?(?: \1\b,?)+(?![\w'])", r"\1"),
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


_TOLD = _rules(
    # How a doctor leads up to what is known already.
    (
        r"^(?:i|we) (?:see|understand|know|heard|hear|believe|notice)(?: here)?(?: that)? (?=you|your|she|he)",
        "",
    ),
    (r"^it (?:looks|sounds|seems) like (?=you|your|she|he)", ""),
    (r"^(?:the )?(?:nurse|medical assistant|my assistant) (?:told me|said|mentioned)(?: that)? ", ""),
    (r"^you (?:said|told me|mentioned|say)(?: that)? (?=you|your|it|that)", ""),
    (r"^(?:hi|hey|hello),? \w+,? ", ""),
    # How a patient leads up to it.
    (
        r"^(?:i think|i believe|i would say|i'd say|it's just|it's like|it's just like)(?: that)? (?=i|it|my|the|when)",
        "",
    ),
)


def told(text: str, person: Person, *, by_patient: bool) -> str:
    """What patient or doctor tells of the patient's life and complaints."""
    text = _applied(_TOLD, tidied(text))
    return third_person(text, person, speaks_of_self=by_patient)


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
        r"^(?:it looks like|it appears|looks like|it seems|i think|looking at|taking a look at|let's see|listening to) ",
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
    return third_person(_applied(rules, text), person, speaks_of_self=False)


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


def beyond_the_answer(text: str) -> str:
    """What an answer tells besides yes or no."""
    rest = re.sub(
        r"^(?:[\W]*\b(?:no|nope|yes|yeah|yep|not really|nothing|like that|correct|right|okay|um|uh|sure)\b[\W]*)+",
        "",
        text,
        flags=re.I,
    )
    return (
        ""
        if re.match(
            r"(?:i (?:do|am|have|did|was|do ?n[o']t|have ?n[o']t|did ?n[o']t|can)|not that i(?:'ve| have)? \w+(?: of)?|it (?:does|is)|i'm not)\W*$",
            rest,
            re.I,
        )
        else rest
    )


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
        r"^(?:(?:have you noticed|do you know|can you tell me) if )", "", asked, flags=re.IGNORECASE
    )
    if match := _PRESSED.search(asked):
        return third_person(
            f"{'pain' if is_yes else 'no pain'} {match['where']}", person, speaks_of_self=False
        )
    for pattern in _THINGS:
        if match := pattern.search(asked):
            return _reported(match["thing"], is_yes, person)
    if match := _INVERTED.match(asked):
        return _turned(match["verb"].lower(), match["rest"], is_yes, person)
    if is_yes and _STATED.match(asked):
        return told(asked, person, by_patient=False)
    return ""


def _reported(thing: str, is_yes: bool, person: Person) -> str:
    thing = third_person(re.sub(r"^no ", "any ", thing, flags=re.IGNORECASE), person, speaks_of_self=False)
    if is_yes:
        thing = re.sub(r"\bany (?:other )?", "", thing, flags=re.IGNORECASE)
        # "Yes" to one of several is not yes to each.
        return f"{person.subject} reports {thing}" if " or " not in f" {thing} " and "," not in thing else ""
    return f"{person.subject} denies {thing}"


def _turned(verb: str, rest: str, is_yes: bool, person: Person) -> str:
    rest = re.sub(r"^ever ", "" if is_yes else "ever ", rest)
    if verb == "do" and is_yes:
        return third_person(f"you {rest}", person, speaks_of_self=False)
    if not is_yes:
        rest = re.sub(r"^(?:ever|still) ", "", rest)
    helping = {"do": "does", "have": "has", "are": "is", "were": "was"}.get(verb, verb)
    words = [
        person.subject,
        helping,
        "" if is_yes else "not",
        third_person(rest, person, speaks_of_self=False),
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
    (r"^(?:the patient|he|she) denies (?:any |having )?", "no "),
    (
        r"^(?:the patient|he|she) (?:just |also |currently |still )*(?:reports|has had|has been having|has|had|is taking|takes|"
        r"takes|was diagnosed with|is allergic to|underwent|is on|uses|got)(?: a| an| some)? ",
        "",
    ),
    (r"^(?:his|her|the patient's) ", ""),
)


def terse(text: str) -> str:
    return sentence(_applied(_TERSE, text))
