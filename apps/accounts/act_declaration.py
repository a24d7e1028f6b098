"""Acts: what people and programs do with a row (approve, pause, delete), each declared once beside its service.

    PAUSE_ORDER = Act(
        services.pause_order,
        selectors.order_list,
        at="orders/<uuid:order_id>/pause/",
        label=_("Pause"),
        success=_("Paused."),
    )                                                                 # acts.py of the topic
    *act_routes(acts),                                                # urls.py: the page `pause_order`, for POST alone
    pause = ApiAct(acts.PAUSE_ORDER, "Stop before the next parcel.")  # a view set in api.py
    destroy = ApiDelete(acts.DELETE_ORDER)                            # DELETE there
    {% act_button "shop:pause_order" order %}                         # a template: for whoever may, else nothing

Who may is said by the service, in `@requires_permission(…)`: page, API and button read it there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import ModuleType
from typing import Any, TypeVar, cast
from uuid import UUID

from django import forms
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of, asks_password, operators_only, requires, user_of
from apps.accounts.actors import DECLARED, OPERATOR, Actor, permission_of
from apps.accounts.models import Organisation
from apps.core.api import validated_body
from apps.core.error_pages import page_of_form
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


def page_of(name: str, part: str = "") -> Callable[[Any], str]:
    """Where an act ends: the page `name` of the row, or of what it names in `part`: its id, as `source_id`."""
    return lambda row: reverse(name, args=[getattr(row, part or "pk", row)])


@dataclass(frozen=True)
class Act:
    """`service` gets the actor, the row, and the fields of the `form` where there is one.

    The row is the organisation's in `rows`, or what `find` opens for the actor. Of operators' services (`for_operators`) the
    user takes the actor's place. A service that finds it by itself is told
    the id by the name `row_id`; one of no row gets the actor alone. Further ids of the address are fields, by their names.
    """

    service: Callable[..., Any]
    rows: Callable[[Organisation], OrganisationQuerySet[Any]] | None = None
    find: Callable[[Any, Any], Any] | None = None
    row_id: str = ""
    form: type[forms.BaseForm] | None = None
    # Fields that name a row by its id, which the service gets.
    row_fields: Mapping[str, Callable[[Organisation], OrganisationQuerySet[Any]]] = field(
        default_factory=dict
    )
    # The address of its page within the desk; without one it is the API's alone.
    at: str = ""
    # What the page says then; may be made of what the service gives back.
    success: Text | Callable[[Any], Text] = ""
    # Where the page ends: at the row's own, or as it is said here; `then` says it of what the service gives back.
    back: str | Callable[[Any], Model | str] = lambda row: row
    then: Callable[[Any], Model | str] | None = None
    # On the page that it was sent from, as far as the browser says which; else as above.
    stays: bool = False
    asks_password: bool = False
    # Its button: the words, an icon, "primary", "danger" or "quiet", and what is asked before.
    label: Text = ""
    icon: str = ""
    look: str = ""
    confirm: Text = ""
    # What the question calls the row.
    name_of: Callable[[Any], object] = str

    def __post_init__(self) -> None:
        permission_of(self.service)

    @property
    def permission(self) -> str:
        return permission_of(self.service)

    @property
    def is_about_a_row(self) -> bool:
        return bool(self.rows or self.find or self.row_id)

    def permission_in(self, view_set: Any) -> str:
        """What the action asks for: a view set for visitors names what their token gives, which the service lets in, too."""
        said = getattr(view_set, "permissions", None)
        return str(said) if said in getattr(self.service, "enough", ()) else self.permission

    def row(self, actor: Actor, row_id: UUID) -> Any:
        """The row, or its id for a service that finds it by itself. Raises NotFound."""
        if self.find:
            return self.find(actor, row_id)
        return self.rows(actor.organisation).one(pk=row_id) if self.rows else row_id

    def do(self, actor: Actor, row: Any, fields: dict[str, Any]) -> Any:
        named = {
            name: rows(actor.organisation).one(pk=fields[name])
            for name, rows in self.row_fields.items()
            if fields.get(name)
        }
        fields = {**fields, **named}
        if self.row_id:
            return self.service(actor, **{self.row_id: getattr(row, "pk", row)}, **fields)
        return self.service(actor, *[row] * self.is_about_a_row, **fields)

    def _do_as_sent(self, request: HttpRequest, actor: Actor, row: Any, ids: dict[str, UUID]) -> Any:
        fields = validated_fields(self.form(request.POST, request.FILES)) if self.form else {}
        return self.do(actor, row, fields | ids)

    def address_after(self, row: Any) -> str:
        return resolve_url(self.back if isinstance(self.back, str) else self.back(row))

    def page(self, permission: str = "") -> Callable[..., HttpResponseBase]:
        """A view for POST alone. What stands behind the `?` of its address, as the filters of a list, goes back with it.

        `permission`: where the service leaves it to its arguments.
        """

        is_operators = self.permission == OPERATOR
        who: Callable[[HttpRequest], Any] = user_of if is_operators else actor_of

        def view(request: HttpRequest, /, **ids: UUID) -> HttpResponse:
            actor = who(request)
            row = self.row(actor, ids.pop(next(iter(ids)))) if ids else None
            # Asked before it acts: a row that is deleted has no address any more.
            to = "?".join(filter(None, [self.address_after(row), request.GET.urlencode()]))
            to = (self.stays and page_of_form(request)) or to
            act = partial(self._do_as_sent, request, actor, row, ids)
            return act_and_go_back(request, act, to, success=self.success, then=self.then)

        guard = operators_only if is_operators else requires(permission or self.permission)
        guarded = guard(asks_password(view) if self.asks_password else view)
        posted = require_POST(guarded)
        posted.act = self  # type: ignore[attr-defined]
        return posted


# Most of them look alike.
delete_act = partial(Act, label=_("Delete"), icon="trash", look="danger")


def act_routes(acts: ModuleType) -> list[URLPattern]:
    """The pages of a topic's acts; each is called as its constant, in small letters."""
    found = {name.lower(): act for name, act in vars(acts).items() if isinstance(act, Act)}
    return [path(act.at, act.page(), name=name) for name, act in found.items() if act.at]


def name_action(respond: Callable[..., Response], owner: type, name: str, description: str) -> None:
    """Names a function as if it were written in the view set; routes and schema read it there."""
    respond.__name__, respond.__qualname__ = name, f"{owner.__qualname__}.{name}"
    respond.__module__, respond.__doc__ = owner.__module__, description or None


# The `answer` of an action that gives nothing back.
NOTHING = serializers.Serializer


class ApiAct:
    """An act as an action of a view set, by the name of the attribute. `body` holds the service's fields; `answer` says
    what it gives back, else it is the row, with `reads_anew` as the view set finds it then. `options`: those of `@action`.
    """

    def __init__(
        self,
        act: Act,
        description: str = "",
        *,
        body: type[serializers.Serializer[Any]] | None = None,
        answer: type[serializers.BaseSerializer[Any]] | None = None,
        code: int = status.HTTP_200_OK,
        reads_anew: bool = False,
        **options: Any,
    ) -> None:
        self.act, self.description, self.body = act, description, body
        self.serializer, self.code, self.reads_anew, self.options = answer, code, reads_anew, options
        self.is_empty = answer is NOTHING or code == status.HTTP_204_NO_CONTENT

    def __set_name__(self, owner: Any, name: str) -> None:
        def respond(view: Any, request: Request, **ids: Any) -> Response:
            return self.answer(view, request, *ids.values())

        name_action(respond, owner, name, self.description)
        if self.act.permission != DECLARED:
            respond.permission = self.act.permission_in(owner)  # type: ignore[attr-defined]
        respond.act = self.act  # type: ignore[attr-defined]
        shown = None if self.is_empty else self.serializer or owner.serializer_class
        described = extend_schema(request=self.body, responses={self.code: shown})
        setattr(owner, name, described(self.routed(respond)))

    def routed(self, respond: Callable[..., Response]) -> Callable[..., Response]:
        return action(detail=self.act.is_about_a_row, methods=["post"], **self.options)(respond)

    def answer(self, view: Any, request: Request, *ids: Any) -> Response:
        row = view.get_object() if ids else None  # before the body: a stranger learns nothing of the fields
        fields = validated_body(request, self.body) if self.body else {}
        result = self.act.do(actor_of(request), row, fields)
        if self.is_empty:
            return Response(status=self.code)
        if self.serializer:
            return Response(self.serializer(result).data, status=self.code)
        is_row = isinstance(result, view.queryset.model) and not self.reads_anew
        shown = result if is_row else view.get_object()
        if hasattr(view, "answer"):
            return cast(Response, view.answer(shown, self.code))
        return Response(view.get_serializer(shown).data, status=self.code)


class ApiDelete(ApiAct):
    """An act that deletes a row, as the `destroy` of a view set: DELETE at the row's own address."""

    def __init__(self, act: Act, description: str = "") -> None:
        super().__init__(act, description, code=status.HTTP_204_NO_CONTENT)

    def routed(self, respond: Callable[..., Response]) -> Callable[..., Response]:
        return respond
