"""English answers that name what they deny: “no rash, and no ulcers that I've noticed”, “nothing else”."""

from domain.clinical.dialogue.clause_topics_en import RELATIVE, is_deniable
from llm_backend import patterns

# “Never had psoriasis.”
_NEVER = (
    r"(?:(?:nobody|no one)(?: in (?:my|his|her) family| else)? (?:has|had|have) (?:any )?"
    r"|(?:(?:he|she|they|the patient) (?:has |have )?)?never (?:had (?:any )?|any ))"
)
_OWN_NO = patterns.compile(
    rf"^(?:no |{_NEVER})(?!(?:it|them|that|this|those|one)\b)"
    r"(?P<what>[\w ',/-]{2,260}?)"
    r"(?: that (?:i|he|she|they|the patient)(?:'ve| has| have)? (?:noticed|know of|seen))?$",
    patterns.IGNORECASE,
)
# “Iodine no”, “shellfish, no”
_TRAILING_NO = patterns.compile(
    r"^(?P<what>(?!(?:yes|oh|well|i|he|she|it|they)\b)[\w'-]{2,30}(?: [\w'-]{2,30})?),? no\W*$",
    patterns.IGNORECASE,
)
_MORE_NO = patterns.compile(r",? (?:and |or )?no (?=\w)", patterns.IGNORECASE)
_THINGS = patterns.compile(r",? (?:or|and) |, (?:or |and )?(?:any )?", patterns.IGNORECASE)
MAX_ASKED_WORDS = 5
MAX_ITEMS, MAX_ITEM_CHARACTERS = 12, 60
# “I've never had a stone my dad had them a lot”: without marks a second clause begins, which no denial may swallow.
_SECOND_CLAUSE = patterns.compile(
    rf"\b(?:{RELATIVE}|i|he|she|they|had|has|have|was|were|did|does|is|are)\b", patterns.IGNORECASE
)
_NEVER_OWN = patterns.compile(
    r"^(?:(?:he|she|they|the patient) (?:has |have )?)?never\b", patterns.IGNORECASE
)
_NOTHING_ELSE = patterns.compile(
    r"^\W*(?:and |but )?(?:nothing|none|no)\W+(?:else|others?|more)\W*$", patterns.IGNORECASE
)
# By section, what a record says for it.
_OTHERS = {
    "allergies": "no other known allergies",
    "medical_history": "denies other medical problems",
    "surgical_history": "denies other operations",
    "medications": "denies taking other medications",
    "family_history": "no other family history",
}


def is_own_denial(text: str) -> bool:
    return bool(_denied_items(text) or _TRAILING_NO.match(text))


def _denied_items(text: str) -> list[str]:
    """“No rash, and no ulcers that I've noticed”: rash and ulcers; none where something else is told with them."""
    own_no = _OWN_NO.match(text)
    items = _MORE_NO.split(own_no["what"]) if own_no else []
    is_list = len(items) <= MAX_ITEMS and all(
        1 < len(item) <= MAX_ITEM_CHARACTERS and "," not in item for item in items
    )
    return items if is_list else []


def _as_asked(item: str, asked: str) -> str:
    """“Coughing up blood?” “No blood”: no blood when coughing. Of several that it may mean it stands for none."""
    ends = [
        thing
        for thing in _THINGS.split(asked)
        if thing.lower().endswith(f" {item.lower()}") and len(thing.split()) <= MAX_ASKED_WORDS
    ]
    return ends[0] if len(ends) == 1 else item


def own_denial(text: str, section: str, asked: str = "") -> str:
    """The denial in a record's words; empty where it is none, or where its own words tell it better.

    `asked`: the things that it answers.
    """
    if _NOTHING_ELSE.match(text):
        return _OTHERS.get(section, "")
    if section == "allergies" and (trailing := _TRAILING_NO.match(text)):
        return f"no known allergy to {trailing['what'].lower()}"
    items = _denied_items(text) if section != "physical_exam" else []
    what = " or ".join(_as_asked(item, asked) for item in items)
    if not what or _SECOND_CLAUSE.search(what):
        return ""
    if section == "family_history" and _NEVER_OWN.match(text):
        return ""
    if section == "allergies":
        return f"no {what}"
    if section == "family_history":
        return f"no family history of {what}"
    return f"denies {what}" if is_deniable(what) else ""
