"""English questions as what they ask for: “Have you had any fever?” asks for fever, “Did you hit your head?” for a blow."""

from domain.clinical.dialogue.grammar_en import Person, third_person
from domain.clinical.dialogue.text_normalisation_en import tidy
from llm_backend import patterns

_LEAD = patterns.compile(
    r"^(?:and|so|okay|now|but|what about|how about|then|also|any other)\s+", patterns.IGNORECASE
)
_TAIL = patterns.compile(
    r"(?:(?<![\s,]),?\s++(?:at all|before(?: this)?|in the past|lately|recently|yet|or anything"
    r"|or anything like that|like that|too|that kind of thing|or not)){1,4}$",
    patterns.IGNORECASE,
)
_WHO = r"(?:you|he|she|they|it|anyone|anybody)"
_OFTEN = r"(?:also |ever |still |currently |now |really |usually )*"
_HAVING = (
    r"(?:have|having|had|get|getting|gotten|notice|noticed|noticing|experienc\w+|feel any|use|used|using)"
)
# The forms in which a question names a thing; the first that fits decides.
_THINGS = (
    patterns.compile(
        rf"^(?:do|does|did) {_WHO}(?: else)?(?: (?:in|at) (?:(?:your|the|his|her) )?(?:family|home"
        rf"|house))? {_OFTEN}{_HAVING} (?P<thing>.+)",
        patterns.IGNORECASE,
    ),
    patterns.compile(rf"^(?:have|has|had) {_WHO} {_OFTEN}{_HAVING} (?P<thing>.+)", patterns.IGNORECASE),
    patterns.compile(
        rf"^(?:are|is|were|was) {_WHO} {_OFTEN}(?:having|experiencing|getting|noticing) (?P<thing>.+)",
        patterns.IGNORECASE,
    ),
    patterns.compile(r"^(?:is|are|was|were) there (?P<thing>.+)", patterns.IGNORECASE),
    patterns.compile(
        r"^has anyone told (?:you|him|her) (?:that )?(?:you|he|she) (?:has|have) (?P<thing>.+)",
        patterns.IGNORECASE,
    ),
    patterns.compile(
        r"^(?:do|does|did) (?:your|his|her) \w+ (?:and \w+ )?(?:have|had) (?P<thing>.+)", patterns.IGNORECASE
    ),
    patterns.compile(r"^does (?P<thing>.+) run in (?:your|the|his|her) family", patterns.IGNORECASE),
    patterns.compile(
        r"^how (?:long|often|many years) have (?:you|he|she) (?:had|known about|been having) (?P<thing>.+)",
        patterns.IGNORECASE,
    ),
    patterns.compile(r"^when (?:was|were|is) (?:your|his|her) (?P<thing>.+)", patterns.IGNORECASE),
    patterns.compile(r"^(?P<thing>(?:any|no) .+)", patterns.IGNORECASE),
    patterns.compile(r"^(?:ever|previous|prior) (?:had |have |been )?(?P<thing>.+)", patterns.IGNORECASE),
)
_VERB = patterns.compile(
    rf"^(?:do|does|did|can) {_WHO} {_OFTEN}(?P<verb>\w+)(?P<rest>.*)", patterns.IGNORECASE
)
_PERFECT = patterns.compile(rf"^(?:have|has|had) {_WHO} {_OFTEN}(?P<rest>.+)", patterns.IGNORECASE)
_BEING = patterns.compile(rf"^(?:are|is|were|was) {_WHO} {_OFTEN}(?P<rest>.+)", patterns.IGNORECASE)
_OF_PART = patterns.compile(
    r"^(?:has|have|is|are|was|were) (?:your|the|his|her) (?P<part>\w+(?: (?:or|and) \w+)?) (?:been )?(?P<rest>.+)",
    patterns.IGNORECASE,
)
_NOUNS = patterns.compile(
    r"^(?!(?:do|does|did|have|has|had|is|are|was|were|can|could|what|how|when|where|who|which|why|tell)\b).+",
    patterns.IGNORECASE,
)
_ASKED_WITH = patterns.compile(
    r"\b(?:who|what|how|when|where|why|which|anyone|anybody|you)\b", patterns.IGNORECASE
)
_ARTICLE = patterns.compile(
    r"^(?:any|no|a|an|some|the|other|these|this|those)\s+(?:of\s+)?", patterns.IGNORECASE
)
_MORE_ANY = patterns.compile(r"\b(?:any|anything like)\s+", patterns.IGNORECASE)
_FAMILY_PLACE = patterns.compile(
    r"(?:(?<![\s,]),?\s++)?\b(?:in|on either side of|at) (?:your|the|his|her) (?:own )?(?:family"
    r"|home)(?: history)?\b|^(?:any |a )?family history of ",
    patterns.IGNORECASE,
)
_NAMELESS = patterns.compile(
    r"^(?:it|that|this|(?:the )?same(?: thing)?|(?:anything|something)(?: else)?|questions?|concerns?|doubts?"
    r"|(?:(?:other|more|new|such|health|medical|chronic|serious|major|ongoing) ){0,2}(?:problems?|conditions?)"
    r"|(?:\w+ )?(?:medications?|medicines?))$",
    patterns.IGNORECASE,
)
# “Have you been on that?” names nothing.
_POINTING_WORDS = """
having being been on in at to of it that this them those these there here one do doing done the a any now anything up down
"""
_POINTING = frozenset(_POINTING_WORDS.split())
# “Did you hit your head?” asks for having hit it.
_SAME_IN_PAST = frozenset(["hit", "put", "cut", "hurt", "quit"])
_DOUBLED = frozenset(["get", "run", "stop", "sit"])


_NOT_YOU = patterns.compile(
    r"^(?:(?:and|so|but|okay|then)\W+)*you(?: (?P<verb>have|do|are|did|were)(?:n't| not)|'(?P<short>ve|re) not) (?=\w)",
    patterns.IGNORECASE,
)
_SHORT_VERBS = {"ve": "have", "re": "are"}


def asked_thing(question: str, person: Person) -> str:
    """What it asks for, as the object of “denies”; empty where its form does not tell."""
    words = _TAIL.sub("", tidy(question.rstrip(" ?")))
    # “You haven't hit your head?” asks whether somebody has.
    words = _NOT_YOU.sub(lambda asks: f"{asks['verb'] or _SHORT_VERBS[asks['short'].lower()]} you ", words)
    while (shorter := _LEAD.sub("", words)) != words:
        words = shorter
    words = _FAMILY_PLACE.sub("", words)
    thing = _asked_words(words)
    thing = _MORE_ANY.sub("", _ARTICLE.sub("", thing)).strip(" ,.")
    if not thing or _NAMELESS.match(thing) or set(thing.lower().split()) <= _POINTING:
        return ""
    thing = third_person(thing, person, own="you")
    return thing if thing[1:2].isupper() else thing[0].lower() + thing[1:]


def _asked_words(words: str) -> str:
    for pattern in _THINGS:
        if match := pattern.match(words):
            return match["thing"]
    if match := _VERB.match(words):
        return f"{_gerund(match['verb'].lower())}{match['rest']}"
    if match := _PERFECT.match(words):
        return f"having {match['rest']}"
    if match := _OF_PART.match(words):
        return _of_part(match["part"], match["rest"], is_perfect=words.lower().startswith("ha"))
    if match := _BEING.match(words):
        rest = match["rest"]
        return rest if rest.split()[0].endswith("ing") else f"being {rest}"
    # A bare noun asks as well: “Fever?” So long a run of words is no noun.
    is_noun = bool(_NOUNS.match(words)) and not _ASKED_WITH.search(words)
    return words if is_noun and len(words.split()) <= 8 else ""


def _of_part(part: str, rest: str, *, is_perfect: bool) -> str:
    """“Have your stools been black”, “is the baby moving”, “has your skin turned yellow”."""
    if rest.endswith("ing"):
        return f"{part} {rest}"
    if len(rest.split()) == 1:
        return f"{rest} {part}"
    return f"{part} having {rest}" if is_perfect else ""


def _gerund(verb: str) -> str:
    if verb in _SAME_IN_PAST:
        return f"having {verb}"
    if verb in _DOUBLED:
        return f"{verb}{verb[-1]}ing"
    if verb.endswith("ie"):
        return f"{verb[:-2]}ying"
    is_silent = verb.endswith("e") and not verb.endswith(("ee", "ye"))
    return f"{verb[:-1]}ing" if is_silent else f"{verb}ing"
