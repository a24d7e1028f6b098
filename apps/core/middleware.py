"""One id per request: in the answer, in every log line, in the span."""

import re
from collections.abc import Callable
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from opentelemetry import trace

from apps.core import context, error_pages, errors

tracer = trace.get_tracer("kongming.web")
_ACCEPTED_ID = re.compile(r"[\w-]{8,64}")

GetResponse = Callable[[HttpRequest], HttpResponse]


def request_context(get_response: GetResponse) -> GetResponse:
    def answer(request: HttpRequest) -> HttpResponse:
        identity = _request_id(request)
        with tracer.start_as_current_span(str(request.method)) as span:
            response = get_response(request)
            if request.resolver_match:
                span.update_name(f"{request.method} {request.resolver_match.route}")
        response["X-Request-Id"] = identity
        return response

    return answer


def _request_id(request: HttpRequest) -> str:
    sent = request.headers.get("X-Request-Id", "")
    identity = sent if _ACCEPTED_ID.fullmatch(sent) else uuid4().hex
    context.request_id.set(identity)
    context.organisation_id.set("")
    return identity


def application_errors(get_response: GetResponse) -> GetResponse:
    """An ApplicationError that a view raises becomes its page, or its JSON under /api/."""

    def answer(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    answer.process_exception = _error_answer  # type: ignore[attr-defined]
    return answer


def _error_answer(request: HttpRequest, exception: Exception) -> HttpResponse | None:
    error = exception if isinstance(exception, errors.ApplicationError) else errors.full_disk(exception)
    return error_pages.error_answer(request, error) if error else None
