"""Keeps what opens an account or a file out of the log: addresses of invitations, resets and signed files."""

import logging

from llm_backend import patterns

# The part after these opens something for whoever has it.
SECRET_ADDRESSES = ("/accounts/password/reset/key/", "/join/", "/c/files/")
_SECRET = patterns.compile("(" + "|".join(map(patterns.escape, SECRET_ADDRESSES)) + r")[^\s/?\"'>]+")
HIDDEN = r"\1…"


class SecretsHidden(logging.Filter):
    """Takes secrets out of every handler's lines: Django's own name the path of a request that failed."""

    def filter(self, record: logging.LogRecord) -> bool:
        # Django adds the request to its lines; the JSON line would print it with its path.
        record.__dict__.pop("request", None)
        message = record.getMessage()
        if any(address in message for address in SECRET_ADDRESSES):
            record.msg, record.args = _SECRET.sub(HIDDEN, message), None
        return True
