"""What pages do alike: a list page by page, and acting on something and going back to it."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from apps.core.errors import ApplicationError, NotFound, PermissionDenied, Text

PAGE_ROWS = 50


def changed_query(request: HttpRequest, changes: Mapping[str, Any]) -> str:
    """What the address asks for, with other values for some names; what is empty leaves it."""
    query = request.GET.copy()
    for name, value in changes.items():
        query.setlist(name, value if isinstance(value, list) else [value] if value else [])
    return query.urlencode()


def paginate(request: HttpRequest, rows: Any, page_rows: int = PAGE_ROWS) -> Page[Any]:
    """The page of a queryset or list that the address names: the first where it names none, the last beyond the end."""
    return Paginator(rows, page_rows).get_page(request.GET.get("page"))


def optional_uuid(text: str) -> UUID | None:
    """The id that an address names behind its `?`; None for anything that is no UUID, as anybody may write anything
    there.
    """
    try:
        return UUID(text)
    except ValueError:
        return None


def act_and_go_back(
    request: HttpRequest,
    act: Callable[[], Any],
    to: str,
    *ids: object,
    success: Text | Callable[[Any], Text] = "",
    then: Callable[[Any], Any] | None = None,
) -> HttpResponse:
    """Does `act` and goes to the page `to`, which says that it is done or why not. `success` may be made of what the act
    gives back; `then` leads elsewhere once it is done. Raises NotFound and PermissionDenied.
    """
    try:
        result = act()
    except (NotFound, PermissionDenied):
        raise
    except ApplicationError as error:
        messages.warning(request, error.reason)
        return redirect(to, *ids)
    if text := success(result) if callable(success) else success:
        messages.success(request, str(text))
    return redirect(then(result)) if then else redirect(to, *ids)
