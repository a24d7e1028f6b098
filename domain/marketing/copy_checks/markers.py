"""Hashtags, links and emoji of a text."""

from domain.marketing.copy_checks.folding import Coverage, Span
from llm_backend import patterns

_LINK = patterns.compile(
    r"(?:https?://|www\.)[^\s<>\"'，。；！？（）、」』【】《》]{1,500}"
    r"|(?<![\w@.-])[a-z0-9-]{1,40}\.(?:com|cn|net|org|io|me|co|shop|example)(?![\w-])(?:/[\w./?=&%#-]{0,200})?",
    patterns.ASCII | patterns.IGNORECASE,
)
_AFTER_LINK = ".,;:!?)"
# “#1” counts; a tag says something.
_HASHTAG = patterns.compile(r"[#＃](?!\d{1,20}(?!\w))[^\s#＃，。！？；：,!?;:、…]{1,60}")
_HASHTAG_CLOSED = patterns.compile(r"[#＃][^#＃\n]{1,60}[#＃]")
_PICTURE = patterns.compile(
    r"[\U0001f000-\U0001faff\u2600-\u27bf\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u231a\u231b\u23e9-\u23fa\u3030\u303d]"
)
_KEYCAP = "\u20e3"


def links(text: str) -> list[tuple[Span, str]]:
    spans = []
    for match in _LINK.finditer(text):
        link = match[0].rstrip(_AFTER_LINK)
        spans.append((Span(match.start(), match.start() + len(link)), link))
    return spans


def hashtags(text: str, *, are_closed: bool = False) -> list[Span]:
    """`are_closed`: a # on both sides, as Weibo has it."""
    pattern = _HASHTAG_CLOSED if are_closed else _HASHTAG
    coverage = Coverage(len(text), (span for span, _ in links(text)))
    return [Span(*match.span()) for match in pattern.finditer(text) if not coverage.touches(match.span())]


def emoji(text: str) -> list[Span]:
    """One for each that is seen, of however many code points it is made."""
    spans, place = [], 0
    for grapheme in patterns.graphemes(text):
        if _PICTURE.search(grapheme) or _KEYCAP in grapheme:
            spans.append(Span(place, place + len(grapheme)))
        place += len(grapheme)
    return spans


def without_markers(text: str, *, are_closed: bool = False) -> str:
    """As long as the text, with blanks where hashtags and links stood."""
    letters = list(text)
    for span in [*(span for span, _ in links(text)), *hashtags(text, are_closed=are_closed)]:
        letters[span.start : span.end] = " " * (span.end - span.start)
    return "".join(letters)
