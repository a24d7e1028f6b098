"""EMAIL_URL → Django's mail settings."""

from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

TIMEOUT_SECONDS = 10


def mail_settings(url: str) -> dict[str, Any]:
    """`smtp://user:password@host:port?from=address`; `smtps` for TLS from the start, `smtp` upgrades to TLS.

    Without a URL mails are written to the log. Raises ValueError for one that names no server.
    """
    if not url:
        return {"EMAIL_BACKEND": "apps.core.mail.LogBackend"}
    parts = urlsplit(url)
    if not _names_a_server(parts):
        raise ValueError(
            "write it as smtp://user:password@host:587?from=address; in a password # is %23, / is %2F, ? is %3F"
        )
    sender = parse_qs(parts.query).get("from", [])
    is_tls = parts.scheme == "smtps"
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname or "localhost",
        "EMAIL_PORT": parts.port or (465 if is_tls else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": is_tls,
        "EMAIL_USE_TLS": not is_tls and bool(parts.username),
        "EMAIL_TIMEOUT": TIMEOUT_SECONDS,
        "DEFAULT_FROM_EMAIL": sender[0] if sender else f"kongming@{parts.hostname or 'localhost'}",
    }


def _names_a_server(parts: SplitResult) -> bool:
    """A password with signs that mean something in an address cuts it short, and another server would be asked."""
    try:
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    is_whole = parts.path in ("", "/") and not parts.fragment
    return parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and has_port and is_whole
