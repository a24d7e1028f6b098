"""Where a value begins and ends in a line, and whether it can be a secret: not `password=null`, not `token: expired`."""

from dataclasses import dataclass

from domain.logs.secret_names import WORDS
from llm_backend import patterns

# What stands around a value: brackets of a list or a dump, then a quotation mark with as many backslashes as there are
# texts around it.
_OPENING = patterns.compile(r"[\[(<]*+(?:[bu]?(?P<quote>\\{0,15}+[\"'`]|%22|&quot;))?")
_SCHEME = patterns.compile(
    r"(?i)(?:bearer|basic|token|digest|negotiate|ntlm|apikey|oauth|aws4-hmac-sha256)[ ]++"
)
# `&`, `;` and `,` end a value where another name or nothing comes behind them; passwords hold them too.
_UNQUOTED = patterns.compile(
    r"(?:[^\s\"'`<&;,\uff0c\uff1b\u3002\u3001)\]}>\\]++|&(?![\w.%\[\]-]*+=)|;(?!\s|\Z|[\w .-]*+=)"
    r"|,(?!\s|\Z|[\"'{\[\u3400-\u9fff]|[\w.-]*+[=:])|[)\]}>](?=[^\s,;.)\]}>\"'])|\\++(?![\"'nr\\]))*+"
)
_COOKIES = patterns.compile(r"(?:;[ ]?+[^\s;,\"'=]++=[^\s;,\"']*+)*+")
_QUOTE = patterns.compile(r"(?P<slashes>\\*+)(?P<mark>[\"'`])")
_NEXT_OF_LIST = patterns.compile(r"[ ]*+,[ ]*+(?=\\*+[\"'`])")
_HIDDEN = patterns.compile(r"‹[a-z_]{1,20}·[0-9a-f]{10}›")
_PLACEHOLDER = patterns.compile(
    r"[*x.•…-]++|[$%]?\{.*|\$\(.*|\$[A-Z_]++|%[a-z(].{0,30}|<.*|\[?(?i:filtered|redacted|hidden|masked|removed|protected)\]?"
)
_CHINESE = patterns.compile(r"[\u3400-\u9fff]++")
_HEXADECIMAL_NUMBER = patterns.compile(r"0x[0-9a-fA-F]{1,16}")
_PATH = patterns.compile(r"[~.]{0,2}/.*|[A-Za-z]:\\.*")
MIN_TOKEN_CHARACTERS, MIN_DIGITS = 4, 6
MIN_RANDOM_CHARACTERS = 8


@dataclass(frozen=True)
class Span:
    start: int
    end: int
    is_quoted: bool
    next_of_list: int = -1
    """Where the next value of the same list begins."""


def span_of_value(text: str, place: int, *, is_cookie: bool = False) -> Span:
    """The value that stands at this place, without what stands around it. One that is never closed goes to the end."""
    opening = _OPENING.match(text, place)
    start, quote = (opening.end(), opening["quote"]) if opening else (place, None)
    if scheme := _SCHEME.match(text, start):
        start = scheme.end()
    if quote in ("%22", "&quot;"):
        end = text.find(quote, start)
        return Span(start, len(text) if end < 0 else end, is_quoted=True)
    if quote:
        end = _closing(text, start, quote)
        following = _NEXT_OF_LIST.match(text, end + len(quote)) if opening and "[" in opening[0] else None
        return Span(start, end, is_quoted=True, next_of_list=following.end() if following else -1)
    end = _end(_UNQUOTED, text, start)
    if is_cookie:
        end = _end(_COOKIES, text, end)
    while end > start and text[end - 1] in ".,:;":
        end -= 1
    return Span(start, end, is_quoted=False)


def is_secret_value(value: str, *, is_password: bool, is_sentence: bool) -> bool:
    """`is_sentence`: it stands behind a colon and a space, without quotation marks, as words do."""
    word = value.strip().lower()
    is_empty = (
        not word or word in WORDS["nothing"] or _PLACEHOLDER.fullmatch(value) or _HIDDEN.fullmatch(value)
    )
    if is_empty or _CHINESE.match(value):
        return False
    if is_sentence and word.rstrip("!?") in WORDS["states"]:
        return False
    if is_password:
        return not _PATH.fullmatch(value)
    is_number = value.isdigit() and len(value) < MIN_DIGITS
    return len(value) >= MIN_TOKEN_CHARACTERS and not is_number and not _HEXADECIMAL_NUMBER.fullmatch(value)


def looks_random(value: str) -> bool:
    """No word of a sentence: letters with digits among them, and long enough. Moments and numbers are none either."""
    if _HEXADECIMAL_NUMBER.fullmatch(value):
        return False
    digits = sum(letter.isdigit() for letter in value)
    letters = sum(letter.isascii() and letter.isalpha() for letter in value)
    return len(value) >= MIN_RANDOM_CHARACTERS and digits >= 2 and letters >= 2 and not value[:4].isdigit()


def is_no_word(value: str) -> bool:
    """What a person does not take for a word of the sentence: with digits, symbols or capitals inside."""
    return not value.isalpha() or value[1:] != value[1:].lower()


def _closing(text: str, start: int, quote: str) -> int:
    """The mark that closes `quote`. A mark inside of the value has more backslashes, doubled with each text around it."""
    depth, mark = len(quote) - 1, quote[-1]
    for found in _QUOTE.finditer(text, start):
        more = len(found["slashes"]) - depth
        if found["mark"] == mark and (more <= 0 or more // (depth + 1) % 2 == 0):
            return found.end() - 1 - min(depth, len(found["slashes"]))
    return len(text)


def _end(pattern: patterns.Pattern[str], text: str, place: int) -> int:
    found = pattern.match(text, place)
    return found.end() if found else place
