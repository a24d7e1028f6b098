"""What the bytes and headers of a mail say, whatever charset they were declared in."""

from email.errors import HeaderParseError
from email.header import decode_header

from domain.documents import text
from domain.documents.errors import Unreadable

LONGEST_HEADER = 10_000
# What mail programs write is a subset; others read the larger set with the same bytes.
_LARGER_CHARSETS = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "big5": "big5hkscs"}


def decode_text(content: bytes, charset: str | None) -> str:
    """As declared where that works, else as it looks."""
    if charset:
        name = charset.lower().strip()
        try:
            return content.decode(_LARGER_CHARSETS.get(name, name))
        except (LookupError, ValueError):
            pass  # declared wrongly, or a name nobody knows: what it looks like decides
    try:
        return text.decode(content)
    except Unreadable:
        # Better a few wrong characters than no mail.
        return content.decode("utf-8", "replace")


def header_line(raw: str) -> str:
    """A header as it was sent, in one line of `LONGEST_HEADER` characters at most; encoded words stay encoded."""
    line = " ".join(raw[:LONGEST_HEADER].split())
    if any("\udc80" <= character <= "\udcff" for character in line):
        # Not encoded at all, against the rules: bytes that the parser kept as half surrogates.
        line = decode_text(line.encode("utf-8", "surrogateescape"), None)
    return line


def header_words(raw: str) -> str:
    """A header as people read it: `=?gbk?B?…?=` is “…”."""
    line = header_line(raw)
    try:
        words = decode_header(line)
    except HeaderParseError:
        # Encoded wrongly: as it stands it tells more than nothing.
        return line
    texts = []
    for word, charset in words:
        if isinstance(word, bytes):
            # decode_header gives what stands between encoded words as bytes without a charset.
            word = decode_text(word, charset) if charset else word.decode("raw-unicode-escape", "replace")
        texts.append(word)
    return " ".join("".join(texts).split())
