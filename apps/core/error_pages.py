"""Errors as people see them: a page that says what happened and what to do. The API gets JSON instead.

The pages use neither session nor database: they have to work when those are what is broken.
"""

import sys
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import DisallowedHost, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from apps.core import api, context, errors

# The REST API, and where messengers bring what visitors write.
CALLED_BY_PROGRAMS = ("/api/", "/hooks/")
TITLES: dict[int, errors.Text] = {
    400: _("Invalid input"),
    401: _("You are signed out"),
    403: _("No permission"),
    404: _("Page not found"),
    405: _("Not supported here"),
    408: _("Upload too slow"),
    409: _("Changed by someone else"),
    410: _("Closed"),
    413: _("Too large"),
    415: _("Cannot read this"),
    429: _("Too many requests"),
    503: _("Not available right now"),
    507: _("The disk is full"),
}
CSRF_FAILED = "csrf_failed"
# To a script of a page, whose form stays as it is; the error's own words are about keys.
SIGNED_OUT = _("You are signed out. Sign in again in another tab, then repeat this here.")
# What the status alone would call something else.
TITLES_BY_CODE: dict[str, errors.Text] = {
    errors.SwitchedOff.code: _("Switched off"),
    CSRF_FAILED: _("This page has expired"),
}


def error_answer(request: HttpRequest, error: errors.ApplicationError) -> HttpResponse:
    """The error in the shape that the caller reads."""
    if request.path.startswith(CALLED_BY_PROGRAMS):
        return api.error_json(error)
    back = page_of_form(request)
    here = request.get_full_path() if request.method in ("GET", "HEAD") else back
    if error.status != errors.NotAuthenticated.status:
        return error_page(error, back=back)
    return redirect_to_login(here) if here else error_page(errors.NotAuthenticated(SIGNED_OUT))


def page_of_form(request: HttpRequest) -> str:
    """Where a form was sent from, as the browser says of pages of ours; empty for what a script or a program sent."""
    page = urlsplit(request.headers.get("Referer", ""))
    address = urlunsplit(("", "", page.path, page.query, ""))
    is_ours = page.netloc == request.headers.get("Host", "") and url_has_allowed_host_and_scheme(
        address, None
    )
    is_form = "text/html" in request.headers.get("Accept", "") and "HX-Request" not in request.headers
    return address if is_ours and is_form and request.method == "POST" else ""


def error_page(error: errors.ApplicationError, back: str = "") -> HttpResponse:
    """`back`: the page with the form that was refused."""
    title = TITLES_BY_CODE.get(error.code) or TITLES.get(error.status, _("Something went wrong"))
    page = {"title": title, "error": error, "back": back}
    content = render_to_string("errors/page.html", page | {"request_id": context.request_id.get()})
    # `toasts.js` shows this header where a script asked; quoted, as headers are ASCII.
    headers = {**api.error_headers(error), "X-Error-Message": quote(str(error.message))}
    return HttpResponse(content, status=error.status, headers=headers)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        return error_answer(request, errors.TooLarge())
    message = _("The request is malformed. Go back and try again.")
    if isinstance(exception, DisallowedHost):
        message = _("Nothing is served at this host name. The operator can add it to ALLOWED_HOSTS.")
    return error_answer(request, errors.InvalidInput(message))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_answer(request, errors.PermissionDenied())


def not_found(request: HttpRequest, exception: Http404) -> HttpResponse:
    message = _("The address is wrong, the page was removed, or it belongs to another organisation.")
    return error_answer(request, errors.NotFound(message))


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """What the limits of signing in answer with."""
    return error_answer(request, errors.LimitExceeded())


def server_error(request: HttpRequest) -> HttpResponse:
    """The page for errors of ours, also before a view is chosen, as an upload that no longer fits on the disk."""
    failure = sys.exc_info()[1]
    error = errors.no_defect(failure) if failure else None
    return error_answer(request, error or errors.ApplicationError())


def csrf_failure(request: HttpRequest, reason: str = "", **_kwargs: Any) -> HttpResponse:
    """A form that was open too long, or cookies that are switched off."""
    message = _("This page was open for too long, or cookies are blocked. Go back, reload and try again.")
    error = errors.PermissionDenied(f"{message} ({reason})" if settings.DEBUG else message, code=CSRF_FAILED)
    return error_answer(request, error)
