"""Does a message say that it cannot wait? Rules, so that staff can see why."""

from domain.text.understanding.phrases import phrases
from llm_backend import patterns

_WORDS = patterns.compile(
    r"\b(urgent(ly)?|asap|as soon as possible|immediately|right (now|away)|emergency|at once"
    r"|can(no|')?t wait|running out of time|last chance|deadline"
    r"|(leav(e|es|ing)|depart(s|ing)?|need(s|ed)? (it|this|them)|due|expires?)\b.{0,30}\b(today|tonight|tomorrow|in an hour"
    r"|in \d+ (minutes?|hours?)))\b"
    r"|紧急|加急|很急|着急|急用|急需|急等|立刻|立即|马上(就?要|处理|给我|解决|退|回)|尽快|赶紧|赶快|等不及|来不及|十万火急|急急",
    patterns.IGNORECASE,
)
_THEFT = patterns.compile(
    r"\b(stolen|fraud|hacked|unauthori[sz]ed)\b|被盗|盗刷|诈骗",
    patterns.IGNORECASE,
)
_NOT = patterns.compile(
    r"\b(not|no|isn't|nothing) (at all )?(urgent|in a hurry|hurry|rush)\b|不(着|太|是很)?急|没那么急",
    patterns.IGNORECASE,
)


def is_urgent(text: str) -> bool:
    """Says “now”, or names a matter of law or safety or a theft of money or an account."""
    if phrases("sensitive").found_in(text) or _THEFT.search(text):
        return True
    return bool(_WORDS.search(text)) and not _NOT.search(text)
