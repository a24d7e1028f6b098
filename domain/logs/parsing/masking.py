"""Typed parameters of log lines: what stands for a value is replaced by one mark, and what is left is the line's shape.

The mask is one RE2 expression, run by Arrow over a whole column, so it is linear in the text whatever the text is. It
replaces every kind of value by the same mark, because a template must not change when an id happens to have digits only;
which kind a value is of is read from the value itself (`parameter_type`). See docs/decisions/log-mining.md.
"""

from enum import StrEnum

import pyarrow as pa
import pyarrow.compute as pc

from llm_backend import patterns

PARAMETER = "\x11"
"""What stands for a value inside shapes. A control character: no delimiter, and one letter to compare."""
SPAN = "\x12"
"""The same for values of any number of words: lists, and what stands in brackets or quotes."""

MEMORY = pa.system_memory_pool()
"""Arrow's own pool keeps twenty megabytes of what it gave out."""

_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6}"
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_URL = r"\b[A-Za-z][A-Za-z0-9+.\-]*://[^\s\"'<>()\[\]{},;]+"
_MAIL = r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+"
_DATE = (
    rf"\b(?:{_DAY},? )?{_MONTH} [ 0-9]?[0-9] [0-9:]{{5,8}}(?:\.[0-9]+)?(?: [A-Z]{{3,4}})?(?: [0-9]{{4}}\b)?"
)
_UUID = r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_IPV6_OR_MAC = r"\b(?:[0-9a-fA-F]{1,4}::?){3,7}[0-9a-fA-F]{0,4}"
_HEXADECIMAL = r"\b(?:[0-9a-f]{8,}|[0-9A-F]{8,})\b"
_NAME_LETTER = r"A-Za-z_.\-+@%#~$À-ɏ぀-鿿"
# `\B` before the slash: not the one in "read/write". An address after a slash is an address.
_PATH = rf"\B[~.]{{0,2}}/[{_NAME_LETTER}][{_NAME_LETTER}0-9/]*(?:\?[^\s\"'<>]*)?"
_WINDOWS_PATH = r"\b[A-Za-z]:\\[^\s\"'<>|,;]*"
_SHORT_TIME = r"<\s?[0-9]+\s?(?:ns|us|ms|s|secs?|seconds?|mins?|minutes?)\b"
# Bytes that are no text, and what a line must not be able to write itself.
_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+|<\*{1,2}>"
# A value begins with a digit that begins a word, or with two digits anywhere: "jk2_init" and "tty2" are names,
# "blk_3886" and "child672" are a name and a value. It goes on as long as words of its own kind hang on.
_NUMBER = r"[\-+]?(?:\b[0-9]|[0-9]{2})(?:[._\-]?[0-9A-Za-z]|[:+/,][0-9])*%?"

MASK = "|".join(
    (
        _CONTROL,
        _URL,
        _MAIL,
        _DATE,
        _UUID,
        _IPV6_OR_MAC,
        _HEXADECIMAL,
        _PATH,
        _WINDOWS_PATH,
        _SHORT_TIME,
        _NUMBER,
    )
)


def mask_lines(lines: pa.Array) -> pa.Array:
    """The shape of each line of a column of strings."""
    return pc.replace_substring_regex(lines, pattern=MASK, replacement=PARAMETER, memory_pool=MEMORY)


class ParameterType(StrEnum):
    IP = "ip"
    MAC = "mac"
    URL = "url"
    MAIL = "mail"
    PATH = "path"
    UUID = "uuid"
    HEXADECIMAL = "hex"
    TIME = "time"
    DURATION = "duration"
    SIZE = "size"
    NUMBER = "number"
    ID = "id"
    USER = "user"
    TEXT = "text"


_DURATION_UNITS = "ns|us|µs|ms|msec|msecs|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hours?|days?"
_SIZE_UNITS = "[kKMGTP]i?B?|[bB]|bytes?|KB|MB|GB|TB|pages"
_TYPES = (
    (ParameterType.MAC, patterns.compile(r"(?:[0-9a-fA-F]{2}[:\-]){5}[0-9a-fA-F]{2}")),
    (
        ParameterType.IP,
        patterns.compile(
            r"/?(?:\d{1,3}\.){3}\d{1,3}(?:[:/]\d{1,5})?"
            r"|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){4,7}|[0-9a-fA-F:]{0,30}::[0-9a-fA-F:]{0,30}"
        ),
    ),
    (
        ParameterType.UUID,
        patterns.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    ),
    (ParameterType.URL, patterns.compile(r"[A-Za-z][A-Za-z0-9+.\-]{1,15}://.*", patterns.DOTALL)),
    (ParameterType.MAIL, patterns.compile(r"\A[^\s@/]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+")),
    (
        ParameterType.TIME,
        patterns.compile(
            r"\d{4}[-/.]\d\d?[-/.]\d\d?(?:[T \-][\d:.,Z+\-]{0,30})?|\d\d?:\d\d(?::\d\d)?(?:[.,:]\d{1,9})?"
            r"|[A-Z][a-z]{2}[\w, ]{1,20}\d\d:\d\d:\d\d[\w. ]{0,12}"
        ),
    ),
    (ParameterType.PATH, patterns.compile(r"(?:~|\.{1,2})?/.*|[A-Za-z]:\\.*", patterns.DOTALL)),
    (ParameterType.DURATION, patterns.compile(rf"\A<?\s?\d+(?:\.\d+)?\s?(?:{_DURATION_UNITS})")),
    (ParameterType.SIZE, patterns.compile(rf"\A\d+(?:\.\d+)?\s?(?:{_SIZE_UNITS})")),
    (ParameterType.NUMBER, patterns.compile(r"\A[-+]?\d+(?:[.,]\d+)*%?")),
    (ParameterType.HEXADECIMAL, patterns.compile(r"0x[0-9a-fA-F]+|[0-9a-f]{6,}|[0-9A-F]{6,}")),
    (ParameterType.ID, patterns.compile(r"\A\S*\d\S*")),
)
_UNIT_DURATION = patterns.compile(rf"(?:{_DURATION_UNITS})\b")
_UNIT_SIZE = patterns.compile(rf"(?:{_SIZE_UNITS})\b")
_USER_BEFORE = patterns.compile(
    r"(?:\buser(?:name)?|\blogname|\baccount(?: name)?)[ \t=:'\"]{1,4}\Z", patterns.IGNORECASE
)
MAX_TYPED_CHARACTERS = 200


def parameter_type(value: str, before: str = "", after: str = "") -> ParameterType:
    """What kind of value this is, by its form, and by the words around it in its template."""
    value = value[:MAX_TYPED_CHARACTERS]
    if _USER_BEFORE.search(before[-MAX_TYPED_CHARACTERS:]):
        return ParameterType.USER
    matching_type = next((name for name, pattern in _TYPES if pattern.fullmatch(value)), ParameterType.TEXT)
    if matching_type is not ParameterType.NUMBER:
        return matching_type
    unit = after[:20].lstrip()
    if _UNIT_DURATION.match(unit):
        return ParameterType.DURATION
    return ParameterType.SIZE if _UNIT_SIZE.match(unit) else matching_type
