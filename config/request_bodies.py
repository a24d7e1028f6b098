"""Reading a request's body: only for an address that takes one, from somebody who may send it, and not for ever.

What its head shows to be in vain is refused before a byte of the body is read. Until then a stranger's megabytes have
cost nothing.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import IO, Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIRequest
from django.db import close_old_connections
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from apps.accounts.access import PUBLIC
from apps.accounts.authentication import client_address, key_actor
from apps.core import desks, disk
from apps.core.api import json_error_view, no_such_address
from apps.core.errors import ApplicationError, NotAuthenticated, NotFound, TooLarge, full_disk
from config.transfers import Transfers

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]

# A body has this long, and as much longer as its bytes take at this rate: a slow line, but no dripping tap.
GRACE_SECONDS = 30.0
MIN_BYTES_PER_SECOND = 16 * 1024
# From this length on, who sends it is looked up first, and the body waits on the disk: many at once would fill memory.
LONG_BYTES = 256 * 1024
LOOKING_THREADS = 2


class MethodNotAllowed(ApplicationError):
    status = 405
    code = "method_not_allowed"
    message = _("This address does not support this method. See the API documentation.")


class BodyTooSlow(ApplicationError):
    status = 408
    code = "body_too_slow"
    message = _("The request took too long to arrive. Try again on a better connection, or in smaller parts.")


class RequestBodies:
    """Who sends a long body is looked up in threads of their own: a few milliseconds, whatever the others do."""

    def __init__(self, transfers: Transfers) -> None:
        self._looking = ThreadPoolExecutor(LOOKING_THREADS, thread_name_prefix="sender")
        self._transfers = transfers

    async def read(self, scope: Scope, receive: Receive) -> IO[bytes]:
        """The whole body, rewound. Raises RequestAborted when the client goes, and ApplicationError."""
        length = _announced_length(scope)
        if length == 0:
            return BytesIO()
        request = ASGIRequest(scope, BytesIO())
        match = resolve_view(request)
        # The largest file of a form, and its other fields.
        limit = settings.UPLOAD_MAX_BYTES + settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        # Public views of ours, and packages' own: they look at the session themselves.
        view = _view_class(match) or match.func
        access = getattr(view, "access", None) or getattr(view, "permissions", None)
        if access in (None, PUBLIC):
            limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        elif "Authorization" not in request.headers and settings.SESSION_COOKIE_NAME not in request.COOKIES:
            raise NotAuthenticated
        elif length is None or length > LONG_BYTES:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._looking, _admit, request, length or 0)
        if (length or 0) > limit:
            raise TooLarge
        return await self._receive_body(client_address(request), receive, limit)

    async def _receive_body(self, address: str, receive: Receive, limit: int) -> IO[bytes]:
        body = tempfile.SpooledTemporaryFile(max_size=LONG_BYTES)  # noqa: SIM115
        try:
            # What came along with the head is no transfer.
            if await _next_part(receive, body, limit, seconds=GRACE_SECONDS):
                with self._transfers.one(address):
                    await _rest(receive, body, limit)
        except BaseException as error:
            body.close()
            if full := full_disk(error):
                raise full from error
            raise
        body.seek(0)
        return body


def resolve_view(request: ASGIRequest) -> ResolverMatch:
    """Raises NotFound, and MethodNotAllowed where the view says which methods it has."""
    try:
        match = resolve(request.path_info)
    except Resolver404 as error:
        raise NotFound(_("This address does not exist.")) from error
    if match.func is json_error_view:
        raise no_such_address(request.path_info)
    view_class = _view_class(match)
    methods = getattr(match.func, "actions", None)
    if methods is None and view_class:
        methods = {name for name in view_class.http_method_names if hasattr(view_class, name)}
    if methods is not None and str(request.method).lower() not in {*methods, "options", "head"}:
        raise MethodNotAllowed
    return match


def _admit(request: ASGIRequest, length: int) -> None:
    """Raises StorageFull, and NotAuthenticated unless key, session or a desk's own token of the head are valid."""
    disk.require_free(settings.STATE_DIR, length)
    try:
        finders = [desk.request_actor for desk in desks.all_desks() if desk.request_actor]
        if key_actor(request, is_call=False) or any(import_string(finder)(request) for finder in finders):
            return
        store = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
        if SESSION_KEY not in store(request.COOKIES.get(settings.SESSION_COOKIE_NAME)):
            raise NotAuthenticated
    finally:
        close_old_connections()


async def _rest(receive: Receive, body: IO[bytes], limit: int) -> None:
    began = time.monotonic()
    while True:
        seconds_allowed = GRACE_SECONDS + body.tell() / MIN_BYTES_PER_SECOND
        if not await _next_part(receive, body, limit, seconds=seconds_allowed - (time.monotonic() - began)):
            return


async def _next_part(receive: Receive, body: IO[bytes], limit: int, *, seconds: float) -> bool:
    """Whether more follow."""
    try:
        async with asyncio.timeout(seconds):
            message = await receive()
    except TimeoutError:
        raise BodyTooSlow from None
    if message["type"] == "http.disconnect":
        raise RequestAborted
    body.write(message.get("body", b""))
    if body.tell() > limit:
        raise TooLarge
    return bool(message.get("more_body", False))


def _announced_length(scope: Scope) -> int | None:
    """None for a body that comes in chunks of its own."""
    headers = dict(scope["headers"])
    if b"transfer-encoding" in headers:
        return None
    text = headers.get(b"content-length", b"0")
    return int(text) if text.isdigit() else 0


def _view_class(match: ResolverMatch) -> Any:
    return getattr(match.func, "cls", None) or getattr(match.func, "view_class", None)
