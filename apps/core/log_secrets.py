"""Keeps what opens an account or a file out of the log: passwords, keys, addresses of invitations, resets and files."""

import logging

from domain.logs.secret_rules import hide_secrets
from llm_backend import patterns

# The part after these opens something for whoever has it.
SECRET_ADDRESSES = ("/accounts/password/reset/key/", "/join/", "/c/files/")
_SECRET = patterns.compile("(" + "|".join(map(patterns.escape, SECRET_ADDRESSES)) + r")[^\s/?\"'>]+")
HIDDEN = r"\1…"


def without_secrets(text: str) -> str:
    """What a library says of an address or a request often quotes the password in it."""
    return hide_secrets(_SECRET.sub(HIDDEN, text), lambda _kind, _value: "…")


class SecretsHidden(logging.Filter):
    """Takes secrets out of every handler's lines: Django's own name the path of a request that failed."""

    def filter(self, record: logging.LogRecord) -> bool:
        # Django adds the request to its lines; the JSON line would print it with its path.
        record.__dict__.pop("request", None)
        record.msg, record.args = without_secrets(record.getMessage()), None
        return True
