"""From “I” and “you” to the patient: persons and verbs of spoken English, rewritten word by word."""

import re
from dataclasses import dataclass

_ADVERBS = frozenset(
    [
        "just",
        "really",
        "also",
        "usually",
        "always",
        "never",
        "sometimes",
        "still",
        "kind",
        "kinda",
        "actually",
        "probably",
        "already",
        "only",
        "even",
        "often",
        "occasionally",
        "definitely",
        "mostly",
        "currently",
        "basically",
        "generally",
        "recently",
        "normally",
        "typically",
        "hardly",
        "first",
    ]
)
_UNCHANGED = frozenset(
    [
        "was",
        "were",
        "had",
        "did",
        "would",
        "could",
        "should",
        "can",
        "will",
        "might",
        "may",
        "must",
        "went",
        "took",
        "got",
        "felt",
        "thought",
        "said",
        "told",
        "came",
        "saw",
        "knew",
        "began",
        "started",
        "fell",
        "broke",
        "hurt",
        "put",
        "cut",
        "made",
        "ran",
        "gave",
        "found",
        "left",
        "lost",
        "kept",
        "ate",
        "drank",
        "slept",
        "woke",
        "heard",
        "hit",
        "met",
        "paid",
        "read",
        "sat",
        "spoke",
        "spent",
        "stood",
        "understood",
        "wore",
        "won",
        "wrote",
        "grew",
        "threw",
        "used",
        "to",
        "of",
        "and",
        "or",
        "not",
        "i",
        "a",
        "the",
        "in",
        "on",
        "with",
        "for",
        "at",
        "as",
        "so",
        "too",
        "that",
        "this",
        "which",
        "who",
        "where",
        "when",
        "if",
        "about",
        "from",
        "by",
        "until",
        "than",
        "but",
        "because",
        "bought",
        "brought",
        "caught",
        "done",
        "been",
        "gone",
        "seen",
        "stopped",
        "slipped",
        "twisted",
        "tripped",
        "dropped",
        "quit",
        "let",
        "became",
    ]
)
_IRREGULAR = {"am": "is", "are": "is", "have": "has", "do": "does", "go": "goes", "ca": "can"}
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
    possessive: str = "the patient's"
    object: str = "the patient"
    reflexive: str = "the patient"


HE = Person("he", "his", "him", "himself")
SHE = Person("she", "her", "her", "herself")
UNNAMED = Person()

_FEMALE = re.compile(
    r"\b(?:year[- ]old (?:[a-z-]+ ){0,3}?(?:female|woman|lady|girl)|mrs|ms|miss|ma'am|madam)\b", re.IGNORECASE
)
_MALE = re.compile(
    r"\b(?:year[- ]old (?:[a-z-]+ ){0,3}?(?:male|man|gentleman|boy)|mr|mister|sir|mr\.)\b", re.IGNORECASE
)


def person_of(text: str) -> Person:
    """Told by how the patient is described or addressed, nothing else."""
    female, male = len(_FEMALE.findall(text)), len(_MALE.findall(text))
    if female == male:
        return UNNAMED
    return SHE if female > male else HE


def third_person(text: str, person: Person, *, speaks_of_self: bool) -> str:
    """`speaks_of_self`: “I” is the patient; otherwise “you” is."""
    own = "i" if speaks_of_self else "you"
    owned = _FIRST if speaks_of_self else _SECOND
    written: list[str] = []
    is_after_subject = False
    words = text.split()
    for place, word in enumerate(words):
        bare = word.lower().strip(",;")
        tail = word[len(word.rstrip(",;")) :]
        if bare == own or (bare in _SHORT and bare.startswith(own + "'")):
            is_object = own == "you" and _follows_a_verb(words, place)
            written.append((person.object if is_object else person.subject) + tail)
            is_after_subject = bare == own and not is_object
            if bare != own:
                written.append(_third(_SHORT[bare]))
        elif bare in owned:
            written.append(_owned(person, owned[bare]) + tail)
            is_after_subject = False
        elif is_after_subject:
            written.append(word if bare in _ADVERBS else _third(bare) + tail)
            is_after_subject = bare in _ADVERBS
        else:
            written.append(_LONG[bare] + tail if bare in _LONG else word)
    return " ".join(written)


def _owned(person: Person, case: str) -> str:
    return {"poss": person.possessive, "obj": person.object, "self": person.reflexive}[case]


_TAKES_OBJECT = frozenset(
    [
        "see",
        "want",
        "give",
        "tell",
        "told",
        "gave",
        "ask",
        "asked",
        "let",
        "have",
        "start",
        "put",
        "get",
        "send",
        "refer",
        "treat",
        "help",
        "for",
        "to",
        "with",
        "of",
        "on",
        "show",
        "recommend",
        "advise",
        "do",
        "prescribe",
        "refer",
        "keep",
    ]
)


def _follows_a_verb(words: list[str], place: int) -> bool:
    """“I want you to …”: you are told of, you do nothing."""
    following = words[place + 1].lower() if place + 1 < len(words) else ""
    if (
        following in _IRREGULAR
        or following in _NEGATED
        or following in _UNCHANGED - {"to", "on", "in", "for", "a"}
    ):
        return following in {"to", "and", "or", "with", "about", "for", "at", "of"}
    return place > 0 and words[place - 1].lower() in _TAKES_OBJECT


def _third(verb: str) -> str:
    """The verb after he or she. Past forms and what is no verb stay."""
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    if verb in _NEGATED:
        return _NEGATED[verb]
    if verb in _UNCHANGED or verb.endswith(("ed", "ing", "ly", "n't", "s")) or not verb.isalpha():
        return verb
    if verb.endswith(("sh", "ch", "x", "z", "o")):
        return verb + "es"
    if verb.endswith("y") and verb[-2:-1] not in "aeiou":
        return verb[:-1] + "ies"
    return verb + "s"
