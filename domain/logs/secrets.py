"""Secrets and personal data in columns of log lines, hidden before anything is stored or shown to a model.

A value becomes a token made of its kind and a keyed hash: the same value has the same token, so that records of one
person or one key can still be found together, and nobody reads the value out of it. Personal data may be kept
elsewhere, sealed; passwords and keys never leave this module.
"""

import hmac
from collections.abc import Callable, Sequence
from hashlib import sha256

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.logs.secret_rules import KEY_BEGIN_HINT, KEY_END, KEY_PIECE, PERSONAL, SECRETS, Replace, Rule
from llm_backend import patterns

# Whom a record is about may be worth knowing later; a password in a log helps only who steals it.
REVERSIBLE = frozenset(rule.kind for rule in PERSONAL)
# A key of 16,384 bits has as many lines.
MAX_KEY_ROWS = 210
TOKEN = patterns.compile(r"‹([a-z_]{1,20})·([0-9a-f]{10})›")


def mask(texts: pa.Array, key: bytes, on_value: Callable[[str, str], None] | None = None) -> pa.Array:
    """The texts with tokens in place of values. `on_value` learns each token of a reversible kind and its value,
    to keep it elsewhere.

    Lines without any are left as they are, and cost two searches: all rules in one would be slower than one by one.
    """

    def replace(kind: str, value: str) -> str:
        name = token(kind, value, key)
        if on_value and kind in REVERSIBLE:
            on_value(name, value)
        return name

    return _apply(PERSONAL, _apply(SECRETS, _hide_key_rows(texts, replace), replace), replace)


def _hide_key_rows(texts: pa.Array, replace: Replace) -> pa.Array:
    """A key whose lines are records of their own: those behind its beginning."""
    begins = pc.match_substring_regex(texts, pattern=KEY_BEGIN_HINT).fill_null(False)
    hidden: dict[int, str] = {}
    for place in pc.indices_nonzero(begins).to_pylist() if pc.any(begins).as_py() else ():
        for row, text in enumerate(texts.slice(place, MAX_KEY_ROWS).to_pylist(), start=place):
            if row > place and text:
                hidden[row] = KEY_PIECE.hide(text, replace)
            if KEY_END in (text or ""):
                break
    if not hidden:
        return texts
    is_hidden = np.zeros(len(texts), bool)
    is_hidden[list(hidden)] = True
    changed = pa.array([hidden[row] for row in sorted(hidden)], texts.type)
    return pc.replace_with_mask(texts, pa.array(is_hidden), changed)


def _apply(rules: Sequence[Rule], texts: pa.Array, replace: Replace) -> pa.Array:
    any_hint = "|".join(f"(?:{hint})" for hint in dict.fromkeys(rule.hint for rule in rules))
    hits = pc.match_substring_regex(texts, pattern=any_hint).fill_null(False)
    if not pc.any(hits).as_py():
        return texts
    lines = texts.filter(hits)
    for rule in rules:
        own = pc.match_substring_regex(lines, pattern=rule.hint)
        if pc.any(own).as_py():
            hidden = [rule.hide(line, replace) for line in lines.filter(own).to_pylist()]
            lines = pc.replace_with_mask(lines, own, pa.array(hidden, lines.type))
    return pc.replace_with_mask(texts, hits, lines)


def token(kind: str, value: str, key: bytes) -> str:
    """Such as ‹email·3f9a1c20d4›: forty bits, so that two values of one organisation are not taken for one."""
    return f"‹{kind}·{hmac.digest(key, value.encode(), sha256).hex()[:10]}›"
