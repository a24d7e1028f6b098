"""The parts of a text: title, points, paragraphs, sentences, and the closing of a letter."""

from itertools import pairwise

from llm_backend import patterns
from llm_backend.sentences import sentences

MAX_TITLE_CHARACTERS, MAX_CLOSING_CHARACTERS, MAX_CLOSING_LINES = 60, 40, 10
# What ends a sentence; a line that ends otherwise is a name, a heading or a greeting.
STOPS = tuple("。.!！?？…；;”’」』）)\"'")
# What stands before a point; in Chinese also “1．”, “1）”, “（1）”, “①”, “一、” and “（一）”.
# Neither “**bold**” nor “---” nor 3.5 begins one.
_COUNT = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})"
POINT_MARK = rf"(?:[•·①-⑳]|-(?!-)|\*(?!\*)|\d{{1,2}}(?:[)．）]|\.(?!\d))|{_COUNT}、|[(（]{_COUNT}[)）])"
POINT = patterns.compile(rf"[ \t]{{0,20}}{POINT_MARK}[ \t]{{0,20}}(?=\S)")
_CLOSING = patterns.compile(
    r"此致|敬礼|祝好|祝您|祝大家|顺颂|谨启|敬上|谢谢|(?:再次)?感谢"
    r"|thank you|thanks|(?:best|kind|warm)\s+regards|sincerely|yours\b|regards\b|cheers\b",
    patterns.IGNORECASE,
)


def has_title(text: str) -> bool:
    first, _end, rest = text.strip().partition("\n")
    is_short = 0 < len(first) <= MAX_TITLE_CHARACTERS and first[-1] not in "。.!！?？;；:：,，"
    return is_short and rest.startswith("\n") and not POINT.match(first)


def points(text: str) -> list[str]:
    return [line for line in text.splitlines() if POINT.match(line)]


def paragraphs(text: str, *, with_title: bool) -> list[str]:
    """Stretches between empty lines; a title is none where one was asked for."""
    return text_blocks(text)[with_title and has_title(text) :]


def text_blocks(text: str) -> list[str]:
    return [part.strip() for part in patterns.split(r"\n[ \t]*\n\s*", text) if part.strip()]


def pieces_of(text: str) -> list[str]:
    """Its sentences, each with the white space behind it: together they are the text."""
    starts = [0, *(each.start for each in sentences(text)[1:]), len(text)]
    return [text[start:end] for start, end in pairwise(starts)] if text else []


def joined(parts: list[str], language: str) -> str:
    """As one paragraph: sentences go on in the line; greetings, names, headings and points keep lines of their own."""
    text = parts[0] if parts else ""
    for part in parts[1:]:
        is_prose = text.endswith(STOPS) and not POINT.match(text.rsplit("\n", 1)[-1])
        goes_on = is_prose and part.split("\n", 1)[0].endswith(STOPS) and not POINT.match(part)
        text += (("" if language == "Chinese" else " ") if goes_on else "\n") + part
    return text


def closing_place(text: str) -> int:
    """Where the greeting and the names begin that a letter ends with; the end of the text where there are none."""
    lines = text.rstrip().split("\n")
    at = count = len(lines)
    while at > 1 and count - at < MAX_CLOSING_LINES and _may_close(lines[at - 1]):
        at -= 1
    while at < count and not lines[at].strip():
        at += 1
    return len("\n".join(lines[:at])) if any(lines[at:]) else len(text)


def _may_close(line: str) -> bool:
    plain = line.strip()
    is_short = (
        len(plain) <= MAX_CLOSING_CHARACTERS and not POINT.match(line) and not plain.startswith(("# ", "##"))
    )
    return is_short and (not plain.endswith(STOPS) or plain[:1] in "[【" or _CLOSING.match(plain) is not None)
