"""Requests of connectors, each through the SSRF guard, bounded, and obedient where the other side is busy."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal
from urllib.parse import urljoin

from django.conf import settings
from lxml import etree

from apps.connectors.reasons import Busy, ItemGone, SourceError
from apps.core import ssrf_guard, xml_input
from apps.core.errors import InvalidInput
from apps.core.ssrf_guard import Download, Message
from apps.core.xml_input import NotXml
from apps.jobs.runs import JobRun

AGENT = "Kongming"
SECONDS = 60
# Of lists: what they say is read in this process.
LIST_BYTES = 8 * 2**20
BUSY_SECONDS, MAX_BUSY_SECONDS = 60.0, 3600.0


class HttpClient:
    """`allows_http`: nothing secret is sent along."""

    def __init__(
        self, run: JobRun, *, headers: Mapping[str, str] | None = None, allows_http: bool = False
    ) -> None:
        self.run, self.allows_http = run, allows_http
        self.headers = {"User-Agent": f"{AGENT}/1", **(headers or {})}

    def ask(
        self,
        url: str,
        *,
        method: Literal["GET", "POST", "PROPFIND"] = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        max_bytes: int = LIST_BYTES,
    ) -> Download:
        """Whatever it answers, but for what is too large. Raises SourceError and Busy."""
        message = Message(url, body, {**self.headers, **(headers or {})}, method=method, seconds=SECONDS)
        try:
            ssrf_guard.check_url(url, allows_http=self.allows_http)
            answer = self.run.wait_for(ssrf_guard.download(message, max_bytes=max_bytes))
        except InvalidInput as error:
            raise SourceError("private", error.reason) from error
        except ssrf_guard.Unreachable as error:
            raise SourceError(error.code, error.detail) from error
        after = answer.headers.get("retry-after", "")
        if answer.status == 429 or (answer.status == 503 and after):
            raise Busy(_seconds_of(after))
        if answer.is_cut:
            raise SourceError("too_large")
        if answer.headers.get("content-encoding", "identity").lower() != "identity":
            raise SourceError("packed")
        return answer

    def fetch(self, url: str, **options: object) -> Download:
        """What stands at an address. Raises ItemGone too."""
        answer = self.ask(url, max_bytes=settings.UPLOAD_MAX_BYTES, **options)  # type: ignore[arg-type]
        if answer.status in (404, 410):
            raise ItemGone
        require_success(answer)
        return answer

    def read_list(self, url: str, **options: object) -> Download:
        answer = self.ask(url, **options)  # type: ignore[arg-type]
        require_success(answer)
        return answer


def require_success(answer: Download) -> None:
    """Raises SourceError in the words of what most likely is wrong."""
    status = answer.status
    if 200 <= status < 300:
        return
    if 300 <= status < 400:
        raise SourceError("redirect", answer.headers.get("location", ""))
    code = {401: "login", 403: "login", 404: "missing", 410: "missing"}.get(status, "status")
    raise SourceError(code, f"HTTP {status}")


def joined(base: str, reference: str) -> str:
    """Where a reference of a stranger leads; empty for what is none."""
    if len(reference) > ssrf_guard.MAX_URL_CHARACTERS:
        return ""
    try:
        return urljoin(base, reference.strip())
    except ValueError:
        return ""


def parse_xml(content: bytes, *, is_strict: bool = True) -> etree._Element:
    """`is_strict`: damaged XML is refused, as what is missing in it would look as if it were gone. Raises SourceError."""
    try:
        return xml_input.parse_xml(content, is_strict=is_strict)
    except NotXml as error:
        raise SourceError("protocol", str(error)) from error


def _seconds_of(retry_after: str) -> float:
    seconds = BUSY_SECONDS
    if retry_after.isdecimal() and len(retry_after) < 9:
        seconds = float(retry_after)
    elif retry_after:
        try:
            moment = parsedate_to_datetime(retry_after)
        except ValueError:
            return seconds
        seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 1.0), MAX_BUSY_SECONDS)
