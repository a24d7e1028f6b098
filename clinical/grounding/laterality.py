"""Left, right or both: of which part of the body something is said."""

from clinical.records.record import Problem
from llm_backend import patterns
from llm_backend.wording import normalised

_PARTS = """knee|hip|shoulder|arm|leg|foot|feet|ankle|wrist|hand|eye|ear|breast|lung|kidney|side|chest|abdomen
abdominal|belly|quadrant|flank|elbow|thigh|calf|shin|toe|thumb|finger|groin|neck|temple|heel|cheek|jaw|face
facial|forearm|buttock|testicle|ovary|lobe|carotid|ventricle|ventricular|atrium|atrial|hemisphere|nostril
tonsil|hamstring|achilles|clavicle|rib|ribs|back|nipple|axilla|armpit|scapula|sided|lateral|lower|upper|big|great
small|little|middle|index|ring|inner|outer|medial|ear|heart|bundle|anterior|posterior|parotid|thyroid"""
_PART = "|".join(_PARTS.replace("\n", "|").split("|"))
_ENGLISH = patterns.compile(
    rf"\b(left|right)(?=[\s-]+(?:{_PART}|one)(?:s|es)?\b)|\b(?:on|in|to|from) (?:the|my|your|his|her) (left|right)\b(?! now)"
)
# "Right." alone is a yes, unless it was asked which.
_WHICH = patterns.compile(
    r"\b(?:which|left or right|right or left)\b[^\n]*\n\W*(?:\w+\W+){0,4}?(left|right)\b"
)
_BOTH = patterns.compile(
    r"\bbilateral(?:ly)?\b|\bboth sides\b"
    rf"|\bboth (?:of )?(?:the |my |your |his |her )?(?:{_PART})(?:s|es)?\b"
    r"|双侧|两侧|两边|双(?=[眼耳手脚足膝肩肺下上肾乳髋踝腿臂腕肘])"
)
_CHINESE = patterns.compile(r"左(?!右)|(?<!左)右")


def sides(text: str) -> frozenset[str]:
    """`left` and `right`; both of them where both sides are meant. Other senses of the words do not count."""
    plain = normalised(text)
    found = {next(filter(None, groups)) for groups in _ENGLISH.findall(plain)}
    found |= set(_WHICH.findall(plain))
    found |= {"left" if each == "左" else "right" for each in _CHINESE.findall(plain)}
    return frozenset(found | {"left", "right"}) if _BOTH.search(plain) else frozenset(found)


def problems(claim: str, said: str) -> list[Problem]:
    """`wrong_side`: one that nobody named."""
    return [Problem(code="wrong_side", words=side) for side in sorted(sides(claim) - sides(said))]
