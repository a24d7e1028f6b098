"""A button that does one thing with a row: it is found within the organisation, a service acts, and a page says so.

start_order = row_action(selectors.order_list, "shop.send", services.start_order, _("Started."))
path("orders/<uuid:order_id>/start/", start_order, name="start_order")  # in urls.py
"""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from django import forms
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url
from django.views.decorators.http import require_POST
from rest_framework.request import Request

from apps.accounts.access import actor_of, requires
from apps.accounts.models import Organisation
from apps.core.errors import Text
from apps.core.forms import validated_fields
from apps.core.models import OrganisationQuerySet
from apps.core.pages import act_and_go_back

Row = TypeVar("Row", bound=Model)


def own_row(
    request: HttpRequest | Request, rows: Callable[[Organisation], OrganisationQuerySet[Row]], row_id: UUID
) -> Row:
    """The one that the organisation of whoever asks has. Raises NotFound."""
    return rows(actor_of(request).organisation).one(pk=row_id)


def row_action(
    rows: Callable[[Organisation], OrganisationQuerySet[Row]],
    permission: str,
    act: Callable[..., object],
    success: Text = "",
    *,
    form: type[forms.Form] | None = None,
    back: str | Callable[[Row], Model | str] = lambda row: row,
) -> Callable[..., HttpResponseBase]:
    """A view for POST alone, whose address holds the row's id. It ends on the row's page, or where `back` says.

    `act` gets the actor, the row, and the fields of the `form` where there is one.
    """

    @require_POST
    @requires(permission)
    def view(request: HttpRequest, /, **ids: UUID) -> HttpResponse:
        (row_id,) = ids.values()
        actor, row = actor_of(request), own_row(request, rows, row_id)
        # Asked before it acts: a row that is deleted has no address any more.
        to = resolve_url(back if isinstance(back, str) else back(row))
        return act_and_go_back(
            request,
            lambda: act(actor, row, **(validated_fields(form(request.POST)) if form else {})),
            to,
            success=success,
        )

    return view
