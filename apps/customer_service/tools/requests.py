"""One request to the system behind a lookup: filled in, sent, read. Never raises for that system's fault."""

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote

from django.utils.translation import gettext as _

from apps.accounts.actors import Actor
from apps.core import ssrf_guard
from apps.customer_service.tools import response_text
from apps.customer_service.tools.models import LookupTool
from apps.customer_service.tools.parameters import placeholders
from apps.customer_service.tools.response_text import PathMissing
from apps.inference import calls
from apps.jobs.runs import JobRun

logger = logging.getLogger(__name__)

ANSWER_CHARACTERS = 64_000
# These are answers: the visitor learns that there is no such thing.
NOTHING_FOUND = frozenset({204, 404, 410})
MASK = "•••"
# Shorter ones stand in ordinary words too.
MIN_MASKED = 6


@dataclass(frozen=True)
class Outcome:
    """`text` as the model will read it; empty when `error` says why there is none."""

    text: str = ""
    status: int | None = None
    error: str = ""
    is_found: bool = True
    milliseconds: int = 0


def send(caller: JobRun | Actor, tool: LookupTool, arguments: Mapping[str, str]) -> Outcome:
    """On the event loop, where a cancel of the job ends it at once."""
    started = time.monotonic()
    answer = calls.wait_for(caller, ssrf_guard.send(_message(tool, arguments)))
    milliseconds = round((time.monotonic() - started) * 1000)
    outcome = _outcome(tool, answer)
    text, error = _mask_key(tool, outcome.text), _mask_key(tool, outcome.error)
    return replace(outcome, text=text, error=error, milliseconds=milliseconds)


def filled_url(tool: LookupTool, arguments: Mapping[str, str]) -> str:
    """Every value is quoted: none can leave its place in the path or the query."""
    path, mark, query = tool.url.partition("?")
    return (
        path.format(**_quote_values(path, arguments)) + mark + query.format(**_quote_values(query, arguments))
    )


def leaves_its_place(tool: LookupTool, arguments: Mapping[str, str]) -> list[str]:
    """Names of values in the path that some servers read as steps up or down, quoted or not."""
    path = tool.url.partition("?")[0]
    return [
        name
        for name in placeholders(path)
        if any(mark in arguments.get(name, "") for mark in ("/", "\\", "..")) or arguments.get(name) == "."
    ]


def _quote_values(template: str, arguments: Mapping[str, str]) -> dict[str, str]:
    return {name: quote(arguments.get(name, ""), safe="") for name in placeholders(template)}


def _message(tool: LookupTool, arguments: Mapping[str, str]) -> ssrf_guard.Message:
    headers = {"Accept": "application/json, text/plain;q=0.5", "User-Agent": "Kongming-Lookups/1"}
    if tool.secret and tool.secret_header:
        headers[tool.secret_header] = tool.secret
    body = b""
    if tool.method == LookupTool.Method.POST:
        headers["Content-Type"] = "application/json"
        body = json.dumps(dict(arguments), ensure_ascii=False).encode()
    return ssrf_guard.Message(
        filled_url(tool, arguments),
        body,
        headers,
        method="POST" if tool.method == LookupTool.Method.POST else "GET",
        seconds=tool.timeout_seconds,
        characters=ANSWER_CHARACTERS,
    )


def _outcome(tool: LookupTool, answer: ssrf_guard.Answer) -> Outcome:
    status = answer.status
    if status is None:
        return Outcome(error=answer.error or "no answer")
    if status in NOTHING_FOUND:
        return _nothing_found(tool, status)
    if not answer.is_accepted:
        moved = " (redirects are not followed)" if 300 <= status < 400 else ""
        return Outcome(status=status, error=f"HTTP {status}{moved}")
    if answer.is_cut:
        return Outcome(status=status, error="the answer is longer than 64 kB")
    return _read(tool, answer.text, status)


def _read(tool: LookupTool, body: str, status: int) -> Outcome:
    try:
        text = response_text.readable(response_text.part_of(json.loads(body), tool.result_path))
    except PathMissing as step:
        return Outcome(
            status=status, error=f"the answer has no part “{tool.result_path}”: “{step}” is missing"
        )
    except RecursionError:
        return Outcome(status=status, error="the answer is nested too deeply")
    except ValueError:
        if tool.result_path:
            return Outcome(status=status, error="the answer is not JSON")
        # Plain text is fine where all of the answer is wanted.
        text = response_text.cut(body)
    return Outcome(text, status) if text else _nothing_found(tool, status)


def _nothing_found(tool: LookupTool, status: int) -> Outcome:
    text = _("%(source)s: nothing found.") % {"source": tool.label}
    return Outcome(text, status, is_found=False)


def _mask_key(tool: LookupTool, text: str) -> str:
    """Some systems repeat what they were sent."""
    # The whole header, and the key without the word in front of it, as in “Bearer …”.
    for secret in (tool.secret, tool.secret.rpartition(" ")[2]):
        if len(secret) >= MIN_MASKED:
            text = text.replace(secret, MASK)
    return text
