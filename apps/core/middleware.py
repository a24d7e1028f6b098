"""One id per request: in the answer, in every log line, in the span."""

import re
from collections.abc import Awaitable, Callable
from typing import cast
from uuid import uuid4

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware
from opentelemetry import trace

from apps.core import context, error_pages, errors

tracer = trace.get_tracer("kongming.web")
_ACCEPTED_ID = re.compile(r"[\w-]{8,64}")

Sync = Callable[[HttpRequest], HttpResponse]
Async = Callable[[HttpRequest], Awaitable[HttpResponse]]


@sync_and_async_middleware
def request_context(get_response: Sync | Async) -> Sync | Async:
    if iscoroutinefunction(get_response):
        answer_async = cast(Async, get_response)

        async def asynchronous(request: HttpRequest) -> HttpResponse:
            identity = _request_id(request)
            with tracer.start_as_current_span(f"{request.method} {request.path}"):
                return _marked(await answer_async(request), identity)

        return asynchronous
    answer = cast(Sync, get_response)

    def synchronous(request: HttpRequest) -> HttpResponse:
        identity = _request_id(request)
        with tracer.start_as_current_span(f"{request.method} {request.path}"):
            return _marked(answer(request), identity)

    return synchronous


def _request_id(request: HttpRequest) -> str:
    sent = request.headers.get("X-Request-Id", "")
    identity = sent if _ACCEPTED_ID.fullmatch(sent) else uuid4().hex
    context.request_id.set(identity)
    return identity


def _marked(response: HttpResponse, identity: str) -> HttpResponse:
    response["X-Request-Id"] = identity
    return response


@sync_and_async_middleware
def application_errors(get_response: Sync | Async) -> Sync | Async:
    """An ApplicationError that a view raises becomes its page, or its JSON under /api/."""
    if iscoroutinefunction(get_response):
        answer_async = cast(Async, get_response)

        async def asynchronous(request: HttpRequest) -> HttpResponse:
            return await answer_async(request)

        asynchronous.process_exception = _error_answer  # type: ignore[attr-defined]
        return asynchronous
    answer = cast(Sync, get_response)

    def synchronous(request: HttpRequest) -> HttpResponse:
        return answer(request)

    synchronous.process_exception = _error_answer  # type: ignore[attr-defined]
    return synchronous


def _error_answer(request: HttpRequest, exception: Exception) -> HttpResponse | None:
    if isinstance(exception, errors.ApplicationError):
        return error_pages.error_answer(request, exception)
    return None
