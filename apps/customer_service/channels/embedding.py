"""The sites that may show a channel's widget, and the script that draws it there."""

import hashlib
import json
from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_lazy as _

from apps.core import languages
from apps.core.errors import InvalidInput, Text
from apps.core.singleton import once_per_process
from apps.customer_service.channels.models import Channel
from llm_backend import patterns

# All of them stand in one header of every page.
MAX_ORIGINS = 50
MAX_ORIGIN_CHARACTERS = 200
_HOST = patterns.compile(
    r"(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?|\[[0-9a-f:]+\]"
)


def checked_origins(lines: Iterable[str]) -> list[str]:
    """As a browser writes them. Raises InvalidInput with the line that cannot be used."""
    written = [line.strip() for line in lines if line.strip()]
    if len(written) > MAX_ORIGINS:
        raise _wrong(_("At most 50 sites."))
    return list(dict.fromkeys(_origin(line) for line in written))


def frame_ancestors(channel: Channel) -> list[str]:
    """Our own pages may show it too: that is the preview."""
    return ["'self'", *channel.allowed_domains]


def widget_script(channel: Channel) -> str:
    """The script that a shop's page loads, with all it has to know of the channel."""
    options = {"sites": channel.allowed_domains, "words": _words()}
    return f"{_source().strip()}({json.dumps(options, ensure_ascii=False)});\n"


def version_of(script: str) -> str:
    """Tells a browser whether the script that it keeps still holds."""
    return hashlib.sha256(script.encode()).hexdigest()[:16]


@once_per_process
def _source() -> str:
    path = settings.STATICFILES_DIRS[0] / "customer_service" / "widget.js"
    return str(path.read_text())


def _words() -> dict[str, dict[str, str]]:
    """The page's language decides in the browser, so every language goes along."""
    words = {}
    for code, _name in languages.CHOICES:
        with translation.override(code):
            words[code] = {
                "open": gettext("Chat with us"),
                "close": gettext("Close the chat"),
                "unread": gettext("new messages"),
            }
    return words


def _origin(line: str) -> str:
    # Before it is parsed, which takes the square of a host's combining marks.
    if len(line) > MAX_ORIGIN_CHARACTERS:
        raise _unusable(line)
    try:
        parts = urlsplit(line.lower())
        port = parts.port
    except ValueError as error:
        raise _unusable(line) from error
    host = parts.netloc.rpartition(":")[0] if port is not None else parts.netloc
    is_origin = (
        parts.scheme in ("http", "https")
        and parts.path in ("", "/")
        and not (parts.query or parts.fragment)
        and _HOST.fullmatch(host) is not None
    )
    if not is_origin:
        raise _unusable(line)
    is_default = port == {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port is not None and not is_default else "")


def _unusable(line: str) -> InvalidInput:
    reason = gettext_lazy(
        "“%(line)s” is not a site address. Use the form https://shop.example, without a path."
    )
    return _wrong(reason % {"line": line[:80]})


def _wrong(reason: Text) -> InvalidInput:
    return InvalidInput(fields={"allowed_domains": [reason]})
