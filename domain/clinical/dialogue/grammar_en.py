"""From “I” and “you” to the patient: persons and verbs of spoken English, rewrite word by word."""

from dataclasses import dataclass
from typing import Literal

from llm_backend import patterns

# “You take it daily, right?”; “on the right” is a side.
RIGHT_AS_NOD = r"(?<!\bthe )(?<!\bmy )(?<!\byour )(?<!\bhis )(?<!\bher )(?<!\bto )(?<!\bor )(?<!\bon )right"

_ADVERB_WORDS = """
just really also usually always never sometimes still kind kinda actually probably already only even
often occasionally definitely mostly currently basically generally recently normally typically
hardly first
"""
_ADVERBS = frozenset(_ADVERB_WORDS.split())
# Past forms and little words that stand behind “I” and take no s.
_UNCHANGED_WORDS = """
was were had did would could should can will might may must went took got felt thought said told
came saw knew began started fell broke hurt put cut made ran gave found left lost kept ate drank
slept woke heard hit met paid read sat spoke spent stood understood wore won wrote grew threw used
to of and or not i a the in on with for at as so too that this which who where when if about from by
until than but because meant sent built bought brought caught done been gone seen stopped slipped twisted tripped
dropped quit let became forgot beat bent bit bled blew burst chose crept dealt dove drew drove fed flew forgave fought
froze hid held hung knelt laid lay led leapt lent lit mistook rang rode rose sank sang shook shot shut slid spat split
spread sprang stole stuck stung struck swam swore swung taught tore threw underwent withdrew wept wound overdid cannot now
then here there today again tomorrow
"""
_UNCHANGED = frozenset(_UNCHANGED_WORDS.split())
_IRREGULAR = {"am": "is", "are": "is", "have": "has", "do": "does", "go": "goes", "ca": "can"}
# They end like a past or a participle and are none.
_ENDS_LIKE_PAST = "need feed bleed breed bring ring sing swing cling sting"
_IRREGULAR |= {verb: f"{verb}s" for verb in _ENDS_LIKE_PAST.split()}
_IRREGULAR |= {"rely": "relies", "apply": "applies", "reply": "replies"}
# A record writes no contractions.
_NEGATED = {
    "don't": "does not",
    "haven't": "has not",
    "aren't": "is not",
    "didn't": "did not",
    "wasn't": "was not",
    "weren't": "was not",
    "can't": "cannot",
    "couldn't": "could not",
    "won't": "will not",
    "wouldn't": "would not",
    "hadn't": "had not",
}
_SHORT = {"i'm": "am", "i've": "have", "i'd": "would", "i'll": "will", "you're": "are", "you've": "have"}
_SHORT |= {"you'd": "would", "you'll": "will"}
_FIRST = {"my": "poss", "me": "obj", "mine": "poss", "myself": "self"}
_SECOND = {"your": "poss", "yours": "poss", "yourself": "self"}
_LONG = {
    "isn't": "is not",
    "doesn't": "does not",
    "it's": "it is",
    "that's": "that is",
    "there's": "there is",
    "didn't": "did not",
    "wasn't": "was not",
    "won't": "will not",
}


@dataclass(frozen=True)
class Person:
    """How the record speaks of the patient. Where nobody said whether he or she, no pronoun is guessed."""

    subject: str = "the patient"
    possessive: str = "their"
    object: str = "the patient"
    reflexive: str = "themselves"


# Who speaks for the patient: “my” stays, since it may be said of the patient (“my son”).
INFORMANT = Person("informant", "my", "informant", "themselves")
HE = Person("he", "his", "him", "himself")
SHE = Person("she", "her", "her", "herself")
UNNAMED = Person()

_FEMALE = patterns.compile(
    r"\b(?:year[- ]old (?:[a-z-]+ ){0,3}?(?:female|woman|lady|girl)|mrs|ms|miss|ma'am|madam)\b",
    patterns.IGNORECASE,
)
_MALE = patterns.compile(
    r"\b(?:year[- ]old (?:[a-z-]+ ){0,3}?(?:male|man|gentleman|boy)|mr|mister|sir|mr\.)\b",
    patterns.IGNORECASE,
)


def find_person(text: str) -> Person:
    """Told by how the patient is described or addressed, nothing else."""
    female, male = len(_FEMALE.findall(text)), len(_MALE.findall(text))
    # Where both are named as often, the talk is of two people: no pronoun is better than the wrong one.
    if female == male:
        return UNNAMED
    return SHE if female > male else HE


def third_person(text: str, person: Person, own: Literal["i", "you", ""]) -> str:
    """`own`: the word that means the patient; a relative's “I” and “you” are others."""
    pronouns = {"i": _FIRST, "you": _SECOND, "": {}}[own]
    parts: list[str] = []
    is_after_subject = False
    words = text.split()
    for place, word in enumerate(words):
        bare = word.lower().strip(",;.")
        tail = word[len(word.rstrip(",;.")) :]
        # “I” and “I've” alike: the pronoun becomes the patient, what was joined to it a verb.
        if own and (bare == own or (bare in _SHORT and bare.startswith(own + "'"))):
            # “You'll” and “you're” have their verb: they are no object.
            is_object = own == bare == "you" and _is_object(words, place)
            parts.append((person.object if is_object else person.subject) + tail)
            is_after_subject = bare == own and not is_object
            if bare != own:
                parts.append(_helping_verb(bare, words, place))
        elif bare in pronouns:
            forms = {"poss": person.possessive, "obj": person.object, "self": person.reflexive}
            parts.append(forms[pronouns[bare]] + tail)
            is_after_subject = False
        elif is_after_subject:
            parts.append(word if bare in _ADVERBS else _third(bare) + tail)
            is_after_subject = bare in _ADVERBS
        elif bare in _LONG:
            # “It's been” is it has, “it's worse” it is.
            following = words[place + 1].lower() if place + 1 < len(words) else ""
            is_perfect = bare.endswith("'s") and following in ("been", "gotten", "had", "got")
            parts.append((f"{bare[:-2]} has" if is_perfect else _LONG[bare]) + tail)
        else:
            parts.append(word)
    return " ".join(parts)


_PARTICIPLE_WORDS = """
been had done gone got gotten forgotten taken given seen come become begun felt kept lost left told thought found made met
known grown eaten drunk driven broken fallen slept heard hurt put read run said sent spent stood worn written
"""
_PARTICIPLES = frozenset(_PARTICIPLE_WORDS.split())
_LEADING_WORDS = """
that if when and because so as while but think know what how where hope since until or then before after which said says
like believe see
"""
_LEADS_TO_SUBJECT = frozenset(_LEADING_WORDS.split())
# “See you have”: you are no object; “see you back in two weeks”, “to see you now”: you are seen.
_SEEN_DOING_WORDS = "are were have had do did can could should will would need want take smoke drink"
_SEEN_DOING = frozenset(_SEEN_DOING_WORDS.split())
_HELPING_WORDS = "was were had did would could should can will might may must need want"
_VERBS = frozenset([*_IRREGULAR, *_NEGATED, *_HELPING_WORDS.split()])


def _helping_verb(bare: str, words: list[str], place: int) -> str:
    """“I'd rather” is would, “I'd forgotten”, “I'd never smoked” are had."""
    behind = (word.lower().strip(",;.") for word in words[place + 1 :])
    following = next((word for word in behind if word not in _ADVERBS), "")
    is_perfect = bare.endswith("'d") and (following in _PARTICIPLES or following.endswith("ed"))
    return "had" if is_perfect else _third(_SHORT[bare])


def _is_object(words: list[str], place: int) -> bool:
    """“I want you to …”: you are told of, you do nothing."""
    previous = words[place - 1].lower().strip(",;") if place else ""
    following = words[place + 1].lower().strip(",;") if place + 1 < len(words) else ""
    if previous == "see":
        return following not in _SEEN_DOING
    if previous == "like" and place > 1 and words[place - 2].lower().endswith(("would", "'d")):
        # “I'd like you back in two weeks”
        return True
    return bool(previous) and following not in _VERBS and previous not in _LEADS_TO_SUBJECT


def _third(verb: str) -> str:
    """The verb after he or she. Past forms and what is no verb stay."""
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    if verb in _NEGATED:
        return _NEGATED[verb]
    if verb.endswith("ss"):
        return verb + "es"
    if verb in _UNCHANGED or verb.endswith(("ed", "ing", "ly", "n't", "s")) or not verb.isalpha():
        return verb
    if verb.endswith(("sh", "ch", "x", "z", "o")):
        return verb + "es"
    if verb.endswith("y") and verb[-2:-1] not in "aeiou":
        return verb[:-1] + "ies"
    return verb + "s"
