"""English questions and their answers, joined into what they state together."""

from domain.clinical.dialogue.grammar_en import RIGHT_AS_NOD, Person, third_person
from domain.clinical.dialogue.text_normalisation_en import history_phrase, tidy
from llm_backend import patterns

# "I do", "it is" are a yes only where they are all of the answer; "I am not" and "absolutely not" are none.
_YES = patterns.compile(
    r"^\W*(?:(?:yes|yeah|yep|yup|correct|sure|absolutely|definitely|uh-huh|right|exactly|a little|occasionally|"
    r"sometimes)\b|(?:i (?:do|am|have|did|was|can)|it (?:does|is|did|was))\b(?=\W*(?:$|[,.;!]|(?:yes|yeah|but|and)\b)))",
    patterns.IGNORECASE,
)
_NO = patterns.compile(
    r"^\W*(?:(?:absolutely|definitely|certainly|of course|probably) not|no|nope|nah|not|never|none|nothing|negative|"
    r"i (?:do|have|did|was|am|can) ?(?:not|n't)|i (?:don't|haven't|didn't|wasn't|can't)|i'm not|it (?:does|is) ?n[o']t)\b",
    patterns.IGNORECASE,
)


def read_answer(text: str) -> bool | None:
    """True for yes, False for no, None for what is neither."""
    text = patterns.sub(
        r"^\W*(?:um|uh|oh|well|okay|hm+|gosh|you know|so|and|i mean)\b[\W]*",
        "",
        text,
        flags=patterns.IGNORECASE,
    )
    if _NO.match(text):
        return False
    return True if _YES.match(text) else None


_SMALL_TALK = patterns.compile(
    r"""^\W*+(?:(?:oh|okay|ok|all\ right|alright|well|and|so|yeah|yes|um|uh|great|good|sure|perfect|wonderful|
          hm+|wow)\W++)*
    (?:h(?:i|ello|ey)(?:\ there)?(?:,?\ (?:i'm|i\ am|my\ name\ is)\ \w{1,20}(?:\ \w{1,20}){0,3})?
          |good\ (?:morning|afternoon|evening)|welcome(?:\ (?:in|back|to\ the\ clinic))?|
          thank(?:s|\ you).*+|
       i(?:'m|\ am)\ (?:so\ |very\ )?(?:sorry|glad|happy)\b.*+|i\ (?:see|understand|agree)|you're\ welcome.*+|
          (?:that|this|it)(?:'s|\ is)\ 
       (?:great|good|fine|okay|alright|all\ right|right|correct|wonderful|awesome|perfect)(?:\ to\ hear)?|
          do(?:\ n't|n't)\ (?:you\ )?worry.*+|
       how\ are\ you.*+|i(?:'m|\ am)\ (?:good|fine|okay|doing\ (?:well|good|okay|fine))|nice\ to\ (?:see|meet)\ you.*+|
       (?:see(?=\ (?:you|ya)\b)(?!\ \w{1,9}\ (?:in|on|next)\b)|have\ a)\ .{0,20}(?:you|day|then|week|later)|
       come\ (?:on\ )?(?:in|through)|(?:have|take)\ a\ seat|bye.*+|take\ care.*+|let\ me\ (?:see|check|take)\b.*+|
          no\ problem.*+|
       okay|ok|alright|all\ right|great|good|sure|perfect|wonderful|hm+|mm-hmm|wow|got\ it|sounds\ good|right|exactly)?
    (?:(?:\ |(?<=\ ))(?:sir|ma'am|doctor|doc|miss))?\W*+$""",
    patterns.VERBOSE | patterns.IGNORECASE,
)


def is_small_talk(text: str) -> bool:
    """Greetings, thanks and nods: nothing that a record needs."""
    return bool(_SMALL_TALK.match(text))


# “I looked it up.” tells of the talk, not of the patient; “Hi doctor.” tells nothing.
_ASIDE = patterns.compile(
    r"^\W*(?:(?:and|so|but|well|yes|yeah)\W{1,2})?"
    r"(?:i (?:(?:just |also )?(?:looked (?:it|that|this) up|googled (?:it|that|this)"
    r"|read (?:about|up on) (?:it|that|this)|wondered|was (?:just )?wondering)|told (?:you|the nurse)(?: that)?)"
    r"|(?:as|like) i (?:said|told you)"
    r"|(?:h(?:i|ello|ey)(?: there)?|good (?:morning|afternoon|evening))(?:\W{1,2}(?:doctor|doc|nurse|sir|ma'am))?)\W*$",
    patterns.IGNORECASE,
)


def is_aside(text: str) -> bool:
    return bool(_ASIDE.match(text))


# What a doctor is about to do in this room is no part of a plan.
_ANNOUNCED = patterns.compile(
    r"^\W{0,3}(?:(?:so|okay|and|all right|now)\W{1,3}){0,4}(?:let's|we'll|let me|i'll|i'm going to|i am going to) (?:just )?"
    r"(?:go ahead\W{0,3}$|(?:go ahead and )?(?:review|do (?:your|her|his|a quick"
    r"|a little) (?:physical )?exam|take a look|look at|talk|(?:start|begin) with"
    r"|examine|listen|go over|see (?:if|what|how)|check your (?:heart|lungs)))",
    patterns.IGNORECASE,
)


_EXAMINES = patterns.compile(
    r"\blet(?:'s| me) (?:have a |take a )?(?:look|feel|listen|examine)|\bhop up\b", patterns.IGNORECASE
)


def begins_examination(text: str) -> bool:
    return bool(_EXAMINES.search(text))


def is_announcement(text: str) -> bool:
    """“Let me take a look.”"""
    return bool(_ANNOUNCED.match(text))


_ANSWER_WORDS = patterns.compile(
    r"^(?:\W*\b(?:nope|yes|yeah|yep|not really|(?:absolutely|definitely|certainly) not|not at all|nothing like that|"
    r"correct|right|okay|um|uh|sure|"
    r"no(?=\W*(?:$|[,.;!-]|(?:i|it|not|nothing|no|nope|we|my|he|she|they|that|just|there)\b)))\b\W*)+",
    patterns.IGNORECASE,
)
_NOTHING_MORE = patterns.compile(
    r"\A(?:i (?:do|am|have|did|was|do ?n[o']t|have ?n[o']t|did ?n[o']t|can)|not that i(?:'ve| have)? \w+(?: of)?|"
    r"it (?:does|is)|i'm not|nothing|not really|never)?\W*+$",
    patterns.IGNORECASE,
)


def strip_answer(text: str) -> str:
    """What an answer tells besides yes or no. "No one" and "no fever" are no answers but parts of what is told."""
    rest = _ANSWER_WORDS.sub("", text)
    return "" if _NOTHING_MORE.match(rest) or is_small_talk(rest) else rest


_ENDS = patterns.compile(
    r"(?:,?\s{0,20}+\b(?:or|and)\b)?,?\s{0,20}\b(?:anything like that|anything else|things like that|"
    r"something like that|at all|or not|or no|"
    r"lately|is that correct|is that right|correct|"
    rf"{RIGHT_AS_NOD}|or anything|or what|no|yet)?\W{{0,20}}+(?:\bor\b\W{{0,20}}+)?$",
    patterns.IGNORECASE,
)
_QUESTION = (
    r"^(?:do|did) (?:you|she|he) (?:also |still |ever |currently )*(?:have|get|feel|notice|experience|had|"
    r"report|suffer from) (?P<thing>.+)",
    r"^(?:have|has|had) (?:you|she|he) (?:also |ever |recently )*(?:had|been having|experienced|noticed|"
    r"felt|been experiencing|gotten) (?P<thing>.+)",
    r"^are (?:you|she|he) (?:also |still |currently )*(?:having|experiencing|feeling|getting|noticing) (?P<thing>.+)",
    r"^(?:what about |how about |and )?(?P<thing>(?:any|no) .+)",
)
_THINGS = tuple(patterns.compile(pattern, patterns.IGNORECASE) for pattern in _QUESTION)
_INVERTED = patterns.compile(
    r"^(?P<verb>do|did|have|are|were|can|could|will|would|has|had) you (?P<rest>.+)", patterns.IGNORECASE
)
_OF_OTHER = patterns.compile(
    r"^(?P<verb>does|did|is|was|has) (?P<who>it|that|(?:the|your) \w+) (?P<rest>.+)", patterns.IGNORECASE
)
_PRESSED = patterns.compile(
    r"^(?:and |any |is there )*(?P<where>when i .+?) ?,?\s?(?:does (?:that|it|this) hurt|is (?:that|"
    r"it) (?:painful|tender|sore)|any pain|is there (?:any )?pain)\b",
    patterns.IGNORECASE,
)
_STATED = patterns.compile(r"^(?:you're|you've|you|your|it's|that's) ", patterns.IGNORECASE)


def state_answer(question: str, is_yes: bool, person: Person) -> str:
    """Question and yes or no as one statement. Empty where the question's form does not allow it."""
    words = tidy(_ENDS.sub("", tidy(question)))
    words = patterns.sub(
        r"^(?:have you noticed|do you (?:know|remember)|can you tell me)(?: if)? ",
        "",
        words,
        flags=patterns.IGNORECASE,
    )
    if patterns.search(r"\ballerg", words, patterns.IGNORECASE) and not is_yes:
        return deny_allergies(words)
    if match := _PRESSED.search(words):
        return third_person(f"{'pain' if is_yes else 'no pain'} {match['where']}", person, own="you")
    for pattern in _THINGS:
        if match := pattern.search(words):
            return _report(match["thing"], is_yes, person)
    if match := _INVERTED.match(words):
        return _answer_to_verb(match["verb"].lower(), match["rest"], is_yes, person)
    if not is_yes and (match := _OF_OTHER.match(words)):
        denied = f"{match['who']} {match['verb'].lower()} not {match['rest']}"
        return third_person(denied, person, own="you")
    if is_yes and _STATED.match(words):
        return history_phrase(words, person, "doctor")
    return ""


_NEVER_ASKED = patterns.compile(
    r"^(?!(?:\W|and |so |but )*(?:you|do|does|did|have|has|had|are|is|was|were|any|ever)\b).{2,120}\bnever\b",
    patterns.IGNORECASE,
)


def state_never(question: str, person: Person) -> str:
    """“Aspirin never made you wheeze?” “No.”: what was asked in a denial is denied in its words."""
    return history_phrase(question.rstrip(" ?"), person, "doctor") if _NEVER_ASKED.match(question) else ""


_SEVERAL = patterns.compile(r",|\bor\b|\bany\b.*\bany\b|\bno\b.*\bno\b", patterns.IGNORECASE)


_LOOSE_END = patterns.compile(
    r"(?<!\s)(?:\s++(?:in|of|on|for|with|at|the|that|to)){1,12}$", patterns.IGNORECASE
)


def _report(thing: str, is_yes: bool, person: Person) -> str:
    thing = _LOOSE_END.sub("", patterns.sub(r"^any\b", "any", thing, flags=patterns.IGNORECASE))
    if not is_yes:
        thing = patterns.sub(r"^no ", "any ", thing, flags=patterns.IGNORECASE)
        return f"{person.subject} denies {third_person(thing, person, 'you')}"
    # "Yes" to one of several is not yes to each; "yes" to "no fever?" may mean either.
    if _SEVERAL.search(thing) or thing.lower().startswith("no "):
        return ""
    things = patterns.sub(r"\bany (?:other )?", "", thing, flags=patterns.IGNORECASE)
    return f"{person.subject} reports {third_person(things, person, 'you')}"


def _answer_to_verb(verb: str, rest: str, is_yes: bool, person: Person) -> str:
    if is_yes and patterns.search(r"\bor\b|\bany(?:thing|one|body|where)\b", rest, patterns.IGNORECASE):
        return ""
    # "Are you not taking anything? – No" may mean either.
    if rest.lower().startswith("not "):
        return ""
    rest = _LOOSE_END.sub("", rest)
    if is_yes:
        rest = patterns.sub(r"^ever |\bany (?:other )?", "", rest)
    if verb == "do" and is_yes:
        return third_person(f"you {rest}", person, own="you")
    if not is_yes:
        rest = patterns.sub(r"^(?:ever|still) ", "", rest)
    helping = {"do": "does", "have": "has", "are": "is", "were": "was"}.get(verb, verb)
    words = [
        person.subject,
        helping,
        "" if is_yes else "not",
        third_person(rest, person, own="you"),
    ]
    return " ".join(word for word in words if word)


_HOW_ARE = patterns.compile(
    r"^(?:and |so )?how(?:'s| is| are| was| were| have| has)(?: been)? (?:your|his|her|the) "
    r"(?P<thing>[a-z]+(?: (?!(?:been|doing|going|feeling|and|today|now|since|lately)\b)[a-z]+){0,3})(?:\b| been)",
    patterns.IGNORECASE,
)


def open_question_topic(question: str) -> str:
    """What an open question is about, to stand before a short answer."""
    words = tidy(question)
    if patterns.search(r"\bhow long\b", words, patterns.IGNORECASE):
        return "duration"
    if patterns.search(
        r"\b(?:when did|how long ago|how many days ago|when was)\b", words, patterns.IGNORECASE
    ):
        return "onset" if patterns.search(r"\b(?:start|begin|notice|happen|first)\b", words) else ""
    if patterns.search(r"\b(?:scale|rate|how (?:bad|severe)|out of 10)\b", words, patterns.IGNORECASE):
        return "severity of pain" if "pain" in words else "severity"
    if how := _HOW_ARE.match(words):
        return how["thing"].lower()
    return ""


# “Are you allergic to penicillin?”; the rest of the question is none of the substance.
_ALLERGIC_TO = patterns.compile(
    r"\ballerg(?:y|ies|ic) to (?P<what>[\w '/-]{2,60}?)(?= (?:at all|that you know|as far as|before)|[^\w '/-]|$)"
    # “I've got erythromycin down as an allergy, is that right?”
    r"|\b(?:got|have|had|see|is|are|was|were) (?P<listed>[\w'/-]{2,40}(?: [\w'/-]{2,40})??)"
    r"(?: (?:down|listed|recorded|noted|marked))? as an allergy\b",
    patterns.IGNORECASE,
)
_ANY_SUBSTANCE = patterns.compile(
    r"^(?:any (?:other )?|some )?(?P<kind>medications?|medicines?|drugs?|foods?)$|^(?:any|some)?thing\b",
    patterns.IGNORECASE,
)
_KIND_OF_ALLERGY = patterns.compile(
    r"\b(?P<kind>(?!any|known|other|no|have|has|your|of|the|some|about|with)[a-z]{3,20}) allerg(?:y|ies)\b",
    patterns.IGNORECASE,
)
# “Are you on any regular medication?” asks for all of them, “any blood pressure tablets” for some.
_ANY_MEDICINE = patterns.compile(
    r"\bany(?: of)? (?P<which>(?:(?:other|more|regular|daily|current|prescription|prescribed|over the counter) ){0,2}"
    r"(?:medications?|medicines?|meds|drugs|tablets|pills))\b(?! (?:for|to|like|such|called)\b)",
    patterns.IGNORECASE,
)
_MEDICINE_ASKED = patterns.compile(
    r"\b(?P<other>other )?(?:medications?|medicines?|meds|tablets|pills)\b|\banything\b(?P<more> else\b)?",
    patterns.IGNORECASE,
)
_OTHER = patterns.compile(r"\b(?:other|else|more)\b", patterns.IGNORECASE)


def asked_substance(question: str) -> str:
    """What somebody was asked to be allergic to, by name; empty where all or a kind was asked for."""
    asked = _ALLERGIC_TO.search(question)
    what = (asked["what"] or asked["listed"]) if asked else ""
    return "" if _ANY_SUBSTANCE.match(what) else what


def deny_allergies(question: str) -> str:
    """What was asked for and nothing wider: “no” to penicillin is no “no known allergies”."""
    if substance := asked_substance(question):
        return f"no known allergy to {substance}"
    other = "other " if _OTHER.search(question) else ""
    asked, named = _ALLERGIC_TO.search(question), _KIND_OF_ALLERGY.search(question)
    of_any = _ANY_SUBSTANCE.match(asked["what"] or "") if asked else None
    if of_any and of_any["kind"]:
        return f"no {other}known {of_any['kind'].lower().rstrip('s')} allergies"
    return f"no {other}known {named['kind'].lower()} allergies" if named else f"no {other}known allergies"


def deny_medication(question: str, asked: str) -> str:
    """`asked`: the object of the question, where its form tells. A class of medicines is denied by its name."""
    if every := _ANY_MEDICINE.search(question):
        return f"denies taking {every['which'].lower()}"
    if asked and not _MEDICINE_ASKED.fullmatch(patterns.sub(r"^(?:taking|using|being on) ", "", asked)):
        return f"denies {asked}"
    words = _MEDICINE_ASKED.search(question)
    is_other = bool(words and (words["other"] or words["more"]))
    return f"denies taking {'other ' if is_other else ''}medications" if words else ""


# “No chest pain?” “Right.”
_RIGHT = patterns.compile(
    r"^\W*(?:(?:that's|yeah|yes)\W+)?(?:right|correct|exactly)\W*$", patterns.IGNORECASE
)
_EXPECTS_NO = patterns.compile(
    r"^\W*(?:(?:and|so|okay|but)\W+)*(?:no (?!one\b)\w|you(?:'re| are| do| have|'ve| were)?(?:n't| not)\b)",
    patterns.IGNORECASE,
)


def agrees_to_no(answer: str, question: str) -> bool:
    """“No chest pain?” “Right.” A yes to it may mean either."""
    return bool(_RIGHT.match(answer) and _EXPECTS_NO.match(question))


# A no and nothing else, however often it is said: only then is what was asked denied whole.
_BARE_NO = patterns.compile(
    r"^\W*(?:well\W+|oh\W+|um\W+|(?:but|and|though) (?=i|he|she|they))*"
    r"(?:not me|no one|nobody|no|nope|nah|never|none|neither|nothing|not really|not at all"
    r"|(?:none|nothing) that i(?:'m| am)? (?:know|aware) of"
    r"|not (?:that i(?:'ve)?|as far as i|that they've) (?:know|noticed|told me)(?: of)?"
    r"|i (?:don't|haven't|didn't|wasn't|am not)|i'm not|(?:he|she)(?:'s not| isn't| is not| doesn't| does not| hasn't)"
    r"|they (?:aren't|don't|haven't)|not (?:sir|ma'am))"
    r"(?:\W+(?:and\W+)?(?:no|nope|never|none|neither|nothing|not at all|not really|nothing like that"
    r"|none of (?:that|those|them)|like that|to both|sir|ma'am|doctor|never have|thank(?:s| you)"
    r"|i (?:don't|haven't|didn't|wasn't|wouldn't say that)"
    r"|(?:he|she|i|they) (?:isn't|doesn't|hasn't|don't|haven't)(?: (?:have|got) any)?|not that i know of|that's it"
    r"|i've never had (?:it|that|those)))*\W*$",
    patterns.IGNORECASE,
)


def is_bare_no(text: str) -> bool:
    return bool(_BARE_NO.match(text))
