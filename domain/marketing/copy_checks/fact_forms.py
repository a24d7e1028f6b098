"""The exception, the limit or the condition of a fact, taken apart at the words that make it: 除新疆外|包邮."""

from collections.abc import Callable
from typing import Literal, NamedTuple

from llm_backend import patterns

Form = Literal["excepted", "limited", "conditional"]
_EXCEPT = patterns.compile(r"除了?(?!外)")
_OUTSIDE = patterns.compile(r"以外|之外|外|,")
_EXCEPTED_BEHIND = patterns.compile(
    r"除外[)）]?|(?:,? (?:are|is))? (?:excluded|not included|excepted)(?![a-z])"
)
_EXCEPT_EN = patterns.compile(
    r"(?<![a-z])(?:except|excluding|apart from|other than|but not|with the exception of)"
    r"(?: (?:for|in|on|to|of|at)(?![a-z]))?|(?<![a-z])unless(?: (?:it is|they are))?(?![a-z])"
)
# “All shades but Ruby are vegan”
_ALL_BUT = patterns.compile(
    r"(?<![a-z])(?:all|every|any)(?: of)?(?: the| our)? (?P<whole>[a-z]{2,20}(?: [a-z]{2,20})?)"
    r" but (?:the )?(?P<about>[a-z' -]{2,40}?)"
    r" (?=(?:is|are|can|may|must|do|does|have|has|come|comes|include|includes)(?![a-z]))"
)
_ONCE = patterns.compile(r" (?:once|after|when|if)(?: (?:it is|they are))? ")
_IF_NOT = patterns.compile(
    r"(?:(?:,? but)? only)? (?:if|when|while|provided(?: that)?|as long as)"
    r"(?: (?:it is|they are|it's|they're))?(?: still)? (?:un|not )(?=[a-z])"
)
_ONLY = patterns.compile(
    r"(?:仅|只)(?:限于?|供|面向|对|有|(?:支持|能|可以|可)|(?=[㐀-鿿]{1,12}?[可能享]))|(?<![不无有时])限于?(?![时量定制期])"
)
_ENTITLED = patterns.compile(r"可享|享受|领取|使用|参加|可用|购买|专享|才|可以?|能|开放|,")
_ONLY_EN = patterns.compile(
    r"(?<![a-z])(?:only|exclusively|reserved|limited|restricted|exclusive)(?: available)? (?:for|to|in|at|on|with|by) "
)
_ENTITLED_EN = patterns.compile(
    r" (?:(?:can|may) )?"
    r"(?=(?:get|gets|have|receive|use|enjoy|join|book|buy|order|claim|enter|qualify|are eligible)(?![a-z]))"
)
_CONNECTS = (" is for ", " are for ", " for ", " to ", " in ", " on ", " at ", ": ", ", ")
_WITH = patterns.compile(r"下单满|满|凭")
_GRANTED = patterns.compile(r"可享|即可|可|即|才|包|享|免|送|减")
_IF = patterns.compile(
    r"(?: only)? (?:if|when|over|above|(?:on|for) orders (?:over|of|above)|provided(?: that)?) "
)
_SEGMENT = patterns.compile(r"[,，(（]")


class FactForm(NamedTuple):
    """`about`: who is excepted or whom it is limited to; `of`: what."""

    form: Form
    about: str
    of: str


def fact_form(value: str) -> FactForm | None:
    """Of a folded value; None where it does not make any of these."""
    readers: tuple[tuple[Form, Callable[[str], tuple[str, str] | None]], ...] = (
        ("excepted", _read_exception),
        ("limited", _read_limit),
        ("conditional", _read_condition),
    )
    for form, read in readers:
        if parts := read(value):
            return FactForm(form, *parts)
    return None


def _read_exception(value: str) -> tuple[str, str] | None:
    if behind := _EXCEPTED_BEHIND.search(value):
        before, about = _last_segment(value[: behind.start()])
        # “Battery not included” excepts nothing from anything.
        if before or not behind[0].isascii():
            return about, f"{before},{value[behind.end() :]}"
    if begin := _EXCEPT.search(value):
        end = _OUTSIDE.search(value, begin.end())
        if end:
            return value[begin.end() : end.start()], f"{value[: begin.start()]},{value[end.end() :]}"
    if whole := _ALL_BUT.search(value):
        return whole["about"], f"{whole['whole']} {value[whole.end() :]}"
    if (marker := _EXCEPT_EN.search(value)) or (marker := _IF_NOT.search(value)):
        return value[marker.end() :], value[: marker.start()]
    if value.startswith("no ") and (marker := _ONCE.search(value)):
        return value[marker.end() :], value[3 : marker.start()]
    return None


def _read_limit(value: str) -> tuple[str, str] | None:
    if begin := _ONLY.search(value):
        end = _ENTITLED.search(value, begin.end() + 1)
        about = value[begin.end() : end.start() if end else None]
        return about, f"{value[: begin.start()]},{value[end.end() :] if end else ''}"
    if "专享" in value:
        before, _, rest = value.partition("专享")
        return _last_segment(before)[1], rest
    if value.startswith("only ") and (marker := _ENTITLED_EN.search(value)):
        return value[5 : marker.start()], value[marker.end() :]
    if marker := _ONLY_EN.search(value):
        before = value[: marker.start()].rstrip()
        return value[marker.end() :], before.removesuffix(" is").removesuffix(" are")
    if value.endswith(" only"):
        rest = value.removesuffix(" only")
        joint = next((each for each in _CONNECTS if each in rest), None)
        topic, _, about = rest.rpartition(joint) if joint else ("", "", rest)
        return about, topic
    return None


def _read_condition(value: str) -> tuple[str, str] | None:
    if begin := _WITH.search(value):
        end = _GRANTED.search(value, begin.end())
        if end:
            return value[begin.end() : end.start()], f"{value[: begin.start()]},{value[end.start() :]}"
    if marker := _IF.search(value):
        return value[marker.end() :], value[: marker.start()]
    return None


def _last_segment(text: str) -> tuple[str, str]:
    marks = [match.end() for match in _SEGMENT.finditer(text.rstrip(" ,，("))]
    return (text[: marks[-1]], text[marks[-1] :]) if marks else ("", text)
