"""Each request counted and timed, with one id: in the answer, in every log line, in the span. Errors and exports in the form
that is sent, under the Content-Security-Policy: nothing inline, nothing from elsewhere, except where a package needs it.
"""

import base64
import hashlib
import tempfile
import time
from collections.abc import Callable
from typing import cast
from uuid import uuid4

from csp.middleware import CSPMiddleware, PolicyParts
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from opentelemetry import trace
from prometheus_client import Counter, Histogram

from apps.core import context, error_pages, errors
from apps.core.range_response import SENT_AT_ONCE
from llm_backend import patterns

tracer = trace.get_tracer("kongming.web")
REQUESTS = Counter("kongming_http_requests_total", "Answered requests", ["method", "route", "status"])
SECONDS = Histogram(
    "kongming_http_request_seconds",
    "Until the answer begins",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
# Anything else that a stranger invents counts as one: each label value is a time series for good.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Nearly every export is smaller; a large one lies in a file that goes with the answer.
SPOOLED_IN_MEMORY = 1024 * 1024
_ACCEPTED_ID = patterns.compile(r"[\w-]{8,64}")

INLINE = "'unsafe-inline'"

# Pages of packages, by address. Nothing that visitors or models write is shown on them unescaped.
POLICY_EXCEPTIONS: dict[str, dict[str, list[str]]] = {
    # django-unfold runs on Alpine.js, which evaluates its attributes.
    "/admin/": {"script-src": ["'self'", INLINE, "'unsafe-eval'"], "style-src": ["'self'", INLINE]},
    "/api/docs/": {"style-src": ["'self'", INLINE]},
    "/api/redoc/": {"style-src": ["'self'", INLINE], "worker-src": ["blob:"]},
}

GetResponse = Callable[[HttpRequest], HttpResponse]


def request_metrics(get_response: GetResponse) -> GetResponse:
    """By route, not by address, so that ids make no new series."""

    def answer(request: HttpRequest) -> HttpResponse:
        start = time.perf_counter()
        response = get_response(request)
        route = request.resolver_match.route if request.resolver_match else "unknown"
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(method, route, response.status_code).inc()
        SECONDS.labels(route).observe(time.perf_counter() - start)
        return response

    return answer


def request_context(get_response: GetResponse) -> GetResponse:
    def answer(request: HttpRequest) -> HttpResponse:
        identity = take_request_id(request)
        with tracer.start_as_current_span(str(request.method)) as span:
            response = get_response(request)
            if request.resolver_match:
                span.update_name(f"{request.method} {request.resolver_match.route}")
        response["X-Request-Id"] = identity
        return response

    return answer


def take_request_id(request: HttpRequest) -> str:
    """The id that log lines and answers of the request name from now on."""
    header = request.headers.get("X-Request-Id", "")
    # A proxy's id is taken over, so one search finds its log and ours; it is a stranger's text all the same.
    identity = header if _ACCEPTED_ID.fullmatch(header) else uuid4().hex
    context.request_id.set(identity)
    context.organisation_id.set("")
    return identity


def application_errors(get_response: GetResponse) -> GetResponse:
    """An ApplicationError that a view raises becomes its page, or its JSON where programs call."""

    def answer(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def answer_error(request: HttpRequest, exception: Exception) -> HttpResponse | None:
        error = exception if isinstance(exception, errors.ApplicationError) else None
        error = error or errors.no_defect(exception)
        return error_pages.error_answer(request, error) if error else None

    answer.process_exception = answer_error  # type: ignore[attr-defined]
    return answer


def never_stored(get_response: GetResponse) -> GetResponse:
    """No browser or proxy keeps what was answered, errors included, unless the view says that it is for everybody."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if "public" not in response.get("Cache-Control", ""):
            response["Cache-Control"] = "no-store"
        return response

    return answer


def spooled_exports(get_response: GetResponse) -> GetResponse:
    """An export is written at the speed of the database and then sent at that of the client.

    Otherwise whoever reads slowly would hold its thread, transaction and connection.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        response: HttpResponseBase = get_response(request)
        # A FileResponse has its file already, and an asynchronous answer is streamed on the event loop.
        if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
            response = response if response.is_async else _spool(response)
        return cast(HttpResponse, response)

    return answer


def _spool(export: StreamingHttpResponse) -> FileResponse:
    file = tempfile.SpooledTemporaryFile(max_size=SPOOLED_IN_MEMORY)  # noqa: SIM115  (FileResponse closes it)
    for part in export:
        file.write(part)
    file.seek(0)
    headers = {name: value for name, value in export.items() if name != "Content-Type"}
    content_type = export["Content-Type"]
    response = FileResponse(file, status=export.status_code, headers=headers, content_type=content_type)
    response.block_size = SENT_AT_ONCE
    response.cookies = export.cookies
    return response


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        for prefix, exception in POLICY_EXCEPTIONS.items():
            if request.path.startswith(prefix):
                # What a view asks for its own response wins over the exception of its address.
                parts.replace = {**exception, **(parts.replace or {})}
        return parts


def allow_framing(response: HttpResponseBase, ancestors: list[str]) -> None:
    """Pages of these origins may show the response in a frame; every other page of ours stays out of frames."""
    response._csp_replace = {"frame-ancestors": ancestors}  # type: ignore[attr-defined]
    response.xframe_options_exempt = True  # type: ignore[attr-defined]


def allow_style(response: HttpResponseBase, css: str) -> None:
    """The response may hold this style sheet in its head, letter by letter, and nothing else is loaded or run on it."""
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    response._csp_replace = {"default-src": ["'none'"], "style-src": [f"'sha256-{digest}'"]}  # type: ignore[attr-defined]
