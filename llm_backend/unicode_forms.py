"""Unicode normalisation of what strangers write, in time proportional to its length.

Putting combining marks into their canonical order compares each with those before it, so a run of n of them costs n²: 40,000
take a second, a megabyte ten minutes. A run is therefore broken after 30 marks, more than any language writes, as the
Stream-Safe Text Format does (UAX #15, section 13): by a joiner that nobody sees.
"""

import unicodedata

from llm_backend import patterns

MAX_MARKS = 30
COMBINING_GRAPHEME_JOINER = "\u034f"
# Beyond it nothing combines, and what is between the surrogates is no character.
_LAST_MARK = 0x1E94A
# They count as no marks and decompose into some.
_HIDDEN_MARKS = "\u0f73\u0f75\u0f81\uff9e\uff9f"
_MARKS = _HIDDEN_MARKS + "".join(
    chr(code) for code in range(0x300, _LAST_MARK + 1) if unicodedata.combining(chr(code))
)
_LONG_RUN = patterns.compile(f"[{_MARKS}]{{{MAX_MARKS}}}(?=[{_MARKS}])")


def nfkc(text: str) -> str:
    """Makes alike what differs in width, ligature or the order of marks alone."""
    return unicodedata.normalize("NFKC", _break_runs(text))


def nfc(text: str) -> str:
    """Letters with their marks as one character, where there is one."""
    return unicodedata.normalize("NFC", _break_runs(text))


def without_marks(text: str) -> str:
    """Letters without their accents, each as it stands alone: “déjà” as “deja”."""
    return "".join(
        each for each in unicodedata.normalize("NFD", _break_runs(text)) if not unicodedata.combining(each)
    )


def _break_runs(text: str) -> str:
    if len(text) <= MAX_MARKS or text.isascii():
        return text
    return _LONG_RUN.sub(lambda run: run[0] + COMBINING_GRAPHEME_JOINER, text)
