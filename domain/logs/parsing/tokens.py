"""Words of a shape and the delimiters between them."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from domain.logs.parsing.masking import PARAMETER, SPAN
from llm_backend import patterns

Words = tuple[str, ...]
Delimiters = tuple[str, ...]

VALUE_OPENERS = frozenset("=([{\"'<|")
"""After these stands a value more often than a word of the message; between these it may also be missing."""

UNITS = frozenset(
    [
        "ns",
        "us",
        "µs",
        "ms",
        "msec",
        "msecs",
        "s",
        "sec",
        "secs",
        "second",
        "seconds",
        "min",
        "mins",
        "minute",
        "minutes",
        "h",
        "hour",
        "hours",
        "day",
        "days",
        "b",
        "B",
        "byte",
        "bytes",
        "k",
        "K",
        "KB",
        "kB",
        "KiB",
        "MB",
        "MiB",
        "GB",
        "GiB",
        "TB",
        "TiB",
        "M",
        "G",
        "T",
        "元",
        "毫秒",
        "秒",
        "分钟",
        "小时",
    ]
)
_PARTICIPLES = (
    *("paid", "sent", "found", "built", "made", "done", "left", "written", "taken", "given", "seen", "gone"),
    *("begun", "run", "sold", "bought", "told", "kept", "held", "met", "caught", "brought", "thrown", "known"),
    *("shown", "broken", "chosen", "frozen", "cut", "hit", "shut", "split"),
)  # fmt: skip
_STATES = frozenset(
    [
        "up",
        "down",
        "start",
        "stop",
        "begin",
        "end",
        "open",
        "close",
        "ok",
        "success",
        "failure",
        "fail",
        "error",
        "warning",
        "ready",
        "busy",
        "idle",
        "active",
        "inactive",
        "alive",
        "dead",
        "lost",
        *_PARTICIPLES,
        "over",
        "read",
        "write",
        "send",
        "receive",
        "add",
        "remove",
        "create",
        "delete",
        "get",
        "set",
        "put",
        "load",
        "save",
        "enter",
        "exit",
        "leave",
        "join",
        "full",
        "empty",
        "missing",
        "valid",
        "invalid",
        "good",
        "bad",
        "high",
        "low",
        "normal",
        "online",
        "offline",
        "true",
        "false",
        "yes",
        "no",
        "on",
        "off",
        "null",
        "none",
    ]
)
_VERB = patterns.compile(r"[a-z](?:ed|ing|ful|able|ible|tion|ure)\Z")
# The end of a sentence at the end of a line is none of its last word, which may be a value.
_DELIMITER = patterns.compile(
    r"([ \t\r\n]+|(?<![.!。…])[.!。…]++\Z|[=,;()\[\]{}\"'|:<>，；：（）【】「」、“”])"
)
_IDENTIFIER = patterns.compile(r"[\x11\x12._/@$\\#*\-0-9]|[a-z][A-Z]|\A[A-Z][a-z]+[A-Z]")
_HOST = patterns.compile(r"\A[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_TOP_LEVELS = "com|org|net|edu|gov|mil|int|info|biz|local|localdomain|internal|intranet|corp|lan|home|test|example|invalid"
_COUNTRIES = "ar|at|au|br|ca|ch|cn|cz|de|dk|es|eu|fi|fr|hk|ie|il|io|jp|kr|mx|nl|nz|pt|ru|se|sg|tw|ua|uk|us|za"
# The whole word: "java.net.SocketException" is a class, "db.example.net" and "db.example.net:5432/orders" are places.
_HOST_WORD = patterns.compile(
    rf"(?<![\w.@$\\/\x11-])(?:(?:[A-Za-z0-9\x11_](?:[A-Za-z0-9\x11_-]{{0,62}})?\.){{1,8}}(?:{_TOP_LEVELS})"
    rf"|(?:[A-Za-z0-9\x11_](?:[A-Za-z0-9\x11_-]{{0,62}})?\.){{2,8}}(?:{_COUNTRIES})|localhost(?=:\x11))"
    r"(?::\x11)?(?:/[^\s\"'<>()\[\]{},;:]{1,200}(?::[^\s\"'<>()\[\]{},;:/]{1,60})?)?(?![\w$\\-]|\.[\w\x11])"
)
# "tests/cart/test_total.py::test_empty", and no "read/write".
_FILE = patterns.compile(
    r"(?<![\w.@$\\/:\x11-])(?:[\w.\x11-]{1,60}/){1,10}[\w.\x11-]{1,60}\.[A-Za-z]{1,5}(?:::[\w.\x11-]{1,80}){0,3}(?![\w/\\$-])"
)
# Chinese letters are letters to `\b`, so the mask has missed what stands right behind them: "优惠券pv4qw".
_BEHIND_CHINESE = patterns.compile(r"(?<=[一-鿿])[A-Za-z]{0,20}[0-9\x11][A-Za-z0-9\x11_-]{0,40}")
_FILE_END = patterns.compile(r"/[\w.\x11-]{1,60}\.[A-Za-z]{1,5}")
_HOST_END = patterns.compile(rf"\.(?:{_TOP_LEVELS}|{_COUNTRIES})(?![\w-])|localhost:")
_LIST = patterns.compile(r"\x11(?:(?:, ?|[ |;、]|##)\x11)+")


class Tokens(NamedTuple):
    """Words and delimiters in turn: there is one word more, and words between two delimiters may be empty."""

    words: Words
    delimiters: Delimiters
    """Any run of white space is one space: columns that a program aligned are no different messages."""
    spacing: Delimiters
    """The delimiters as they were written, with what stands before the first word and after the last."""


def split_tokens(shape: str) -> Tokens:
    text = shape.strip()
    start = shape.find(text)
    parts = _DELIMITER.split(text)
    written = parts[1::2]
    return Tokens(
        words=tuple(parts[0::2]),
        delimiters=tuple(" " if part.isspace() else part for part in written),
        spacing=(shape[:start], *written, shape[start + len(text) :]),
    )


def split_words(shape: str) -> list[str]:
    """Words and delimiters in turn, beginning and ending with a word."""
    return [" " if part.isspace() else part for part in _DELIMITER.split(shape.strip())]


def join_tokens(words: Words, spacing: Delimiters) -> str:
    return spacing[0] + "".join(word + after for word, after in zip(words, spacing[1:], strict=True))


def merge_spacing(tokens: Sequence[Tokens]) -> Delimiters:
    """What was written between the words, where all wrote the same, else one space."""
    if len({each.spacing for each in tokens}) == 1:
        return tokens[0].spacing
    between = zip(*(each.spacing[1:-1] for each in tokens), strict=True)
    return ("", *(same[0] if len(set(same)) == 1 else " " for same in between), "")


def is_identifier(word: str) -> bool:
    """Whether a word looks like the name of something: a host, a file, a class, an id; not like a word of a sentence."""
    return word not in (PARAMETER, SPAN) and _IDENTIFIER.search(word) is not None


def is_constant(word: str) -> bool:
    """One of an enumeration, as programs write it: "GET", "CLOSE_WAIT"."""
    return len(word) > 2 and word.isupper()


def is_state(word: str) -> bool:
    """Whether a word says what happens, as the verbs and states of messages do, not who or what it happens to."""
    return word.lower() in _STATES or _VERB.search(word) is not None


def is_name(word: str) -> bool:
    return is_identifier(word) and not is_constant(word)


def is_numbered(word: str) -> bool:
    return PARAMETER in word or any(letter.isdigit() for letter in word)


def is_unit(word: str) -> bool:
    return word in UNITS


def opens_value(delimiters: Delimiters, position: int) -> bool:
    """Whether what stands before this word opens a value: the first quote of two does, the second does not."""
    before = delimiters[position - 1] if position else ""
    if before not in VALUE_OPENERS:
        return False
    return before not in "\"'" or delimiters[:position].count(before) % 2 == 1


def is_host(word: str) -> bool:
    return _HOST.fullmatch(word) is not None


@lru_cache(maxsize=4_096)
def without_hosts(shape: str) -> str:
    """Hosts, with their port and what they serve there, are values as addresses are, and so are files below a folder."""
    if not shape.isascii():
        shape = _BEHIND_CHINESE.sub(PARAMETER, shape)
    if _FILE_END.search(shape):
        shape = _FILE.sub(PARAMETER, shape)
    return _HOST_WORD.sub(PARAMETER, shape) if _HOST_END.search(shape) else shape


def has_letters(word: str) -> bool:
    return any(letter.isalpha() for letter in word)


def collapse_lists(text: str) -> str:
    """Values that follow each other with nothing else between them, as one value of any length."""
    return _LIST.sub(SPAN, text)
