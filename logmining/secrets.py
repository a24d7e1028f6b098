"""Secrets and personal data in log lines, hidden before anything is stored or shown to a model.

A value becomes a token made of its kind and a keyed hash: the same value has the same token, so that records of one
person or one key can still be found together, and nobody reads the value out of it. Personal data may be kept
elsewhere, sealed; passwords and keys never leave this module.
"""

import hmac
from collections.abc import Callable
from hashlib import sha256

import pyarrow as pa
import pyarrow.compute as pc

from llm_backend import patterns

# What stands behind these words is hidden, whatever it looks like.
_NAMES = "|".join(
    (
        "pass(?:word|wd)?",
        "secret",
        "(?:api|access|private)[_-]?key",
        "(?:access|refresh|auth|id)[_-]?token",
        "token",
        "authorization",
        "cookie",
        "session[_-]?id",
        "credential",
    )
)
# Not what is hidden already: a token would get a token.
_VALUE = r"(?P<value>[^\s\"',;&}\]‹]{4,500})"
PATTERNS = {
    "secret": rf"(?i)\b(?:{_NAMES})[\"']?\s{{0,2}}[=:]\s{{0,2}}[\"']?(?:bearer |basic )?{_VALUE}",
    "jwt": r"\b(?P<value>eyJ[\w-]{10,1000}\.[\w-]{10,1000}\.[\w-]{5,1000})",
    "aws_key": r"\b(?P<value>(?:AKIA|ASIA)[A-Z0-9]{16})\b",
    "private_key": r"(?P<value>-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----)",
    "email": r"\b(?P<value>[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4})\b",
    "card": r"\b(?P<value>[3-6]\d{3}[ -]?\d{4}[ -]?\d{4}[ -]?\d{3,4})\b",
    # Of mainland China: eighteen digits whose seventh to fourteenth are a day; and mobile numbers.
    "identity_card": r"\b(?P<value>[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx])\b",
    "mobile": r"(?:^|[^\w.])(?P<value>(?:\+?86[ -]?)?1[3-9]\d{9})(?:$|[^\w.])",
}
MAX_VALUES_A_LINE = 20
# Whom a record is about may be worth knowing later; a password in a log helps only who steals it.
REVERSIBLE = frozenset({"email", "card", "identity_card", "mobile"})
TOKEN = patterns.compile(r"‹([a-z_]{1,20})·([0-9a-f]{10})›")


def mask(texts: pa.Array, key: bytes, on_value: Callable[[str, str], None] | None = None) -> pa.Array:
    """The texts with tokens in place of values. `on_value` learns each token of a reversible kind and its value,
    to keep it elsewhere.

    Lines without any are left as they are, and cost one search for each kind.
    """
    for kind, pattern in PATTERNS.items():
        hits = pc.match_substring_regex(texts, pattern=pattern)
        if not pc.any(hits).as_py():
            continue
        places = pc.indices_nonzero(hits)
        lines = pc.take(texts, places)
        for _ in range(MAX_VALUES_A_LINE):
            values = pc.struct_field(pc.extract_regex(lines, pattern=pattern), "value")
            if values.null_count == len(values):
                break
            lines = _replace_values(lines, values, kind, key, on_value)
        texts = pc.replace_with_mask(texts, hits, lines)
    return texts


def token(kind: str, value: str, key: bytes) -> str:
    """Such as ‹email·3f9a1c20d4›: forty bits, so that two values of one organisation are not taken for one."""
    return f"‹{kind}·{hmac.digest(key, value.encode(), sha256).hex()[:10]}›"


def _replace_values(
    lines: pa.Array, values: pa.Array, kind: str, key: bytes, on_value: Callable[[str, str], None] | None
) -> pa.Array:
    tokens = {value: token(kind, value, key) for value in pc.unique(values).to_pylist() if value}
    if on_value and kind in REVERSIBLE:
        for value, name in tokens.items():
            on_value(name, value)
    pairs = zip(lines.to_pylist(), values.to_pylist(), strict=True)
    return pa.array([line.replace(value, tokens[value]) if value else line for line, value in pairs])
