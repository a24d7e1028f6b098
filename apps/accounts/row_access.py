"""Who can see a row, and why: every member and key is put before the very function that opens the row for them.

    ORDER_ACCESS = RowAccess(permission="shop.view", find=…, title=…, back="shop:order")
    path("orders/<uuid:order_id>/who/", ORDER_ACCESS.page(), name="who_sees_order")  # in urls.py

There is no second set of rules: who is listed is who gets the row from `find`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from django.db.models import Model
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.accounts import selectors
from apps.accounts.access import actor_of, requires
from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.accounts.permissions import PERMISSIONS, ROLE_LABELS, ROLE_PERMISSIONS, areas_of
from apps.accounts.resources import SEERS
from apps.core.errors import NotFound, PermissionDenied, Text
from apps.core.row_table import RowTable

# As many as one page asks; each costs the queries of opening the row.
MAX_ASKED = 300

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Seer:
    """Somebody who can see the row. `reason`: why this very row, where more is asked than the permission."""

    actor: Actor
    reason: Text


@dataclass(frozen=True)
class RowAccess(Generic[Row]):
    """`find` raises NotFound or PermissionDenied for whom the row is closed; `back` names the row's own page."""

    permission: str
    find: Callable[[Actor, UUID], Row]
    title: Callable[[Row], Text]
    back: str
    reason: Callable[[Actor, Row], Text] = lambda actor, row: ""

    def seers(self, actors: Sequence[Actor], row_id: UUID) -> list[Seer]:
        """Those among `actors` who get the row."""
        seers = []
        for actor in actors:
            try:
                row = self.find(actor, row_id)
            except (NotFound, PermissionDenied):
                continue
            seers.append(Seer(actor, self.reason(actor, row)))
        return seers

    def page(self) -> Callable[..., HttpResponseBase]:
        """For whoever can see the row themselves. The only part of its address is the row's id."""

        @require_safe
        @requires(self.permission)
        def row_access(request: HttpRequest, /, **ids: UUID) -> HttpResponseBase:
            (row_id,) = ids.values()
            row = self.find(actor_of(request), row_id)
            actors = actors_with(self.permission, actor_of(request).organisation)
            context = {
                "title": self.title(row),
                "back": reverse(self.back, args=[row_id]),
                "permission": PERMISSIONS[self.permission],
                "table": RowTable(SEERS, self.seers(actors[:MAX_ASKED], row_id)),
                "is_cut": len(actors) > MAX_ASKED,
            }
            return render(request, "accounts/row_access.html", context)

        return row_access


@dataclass(frozen=True)
class Holders:
    """Who has one permission: the roles that give it, and the members and keys that have it today."""

    permission: Text
    roles: list[Text]
    members: list[Actor]
    keys: list[Actor]

    @property
    def roles_text(self) -> str:
        return " · ".join(map(str, self.roles))


def actors_with(permission: str, organisation: Organisation) -> list[Actor]:
    """Members by the time they joined, then keys, whoever may do it today."""
    return [actor for actor in _actors(organisation) if actor.may(permission)]


def permission_holders(organisation: Organisation) -> list[tuple[Text, list[Holders]]]:
    """Every permission by area, in the order of the menu."""
    actors = _actors(organisation)
    return [
        (
            area,
            [
                Holders(
                    label,
                    [ROLE_LABELS[role] for role, allowed in ROLE_PERMISSIONS.items() if name in allowed],
                    [actor for actor in actors if actor.member and actor.may(name)],
                    [actor for actor in actors if actor.api_key and actor.may(name)],
                )
                for name, label in permissions
            ],
        )
        for area, permissions in areas_of(PERMISSIONS)
    ]


def _actors(organisation: Organisation) -> list[Actor]:
    members = selectors.members(organisation).filter(is_active=True, user__is_active=True)
    keys = selectors.api_keys(organisation).usable().select_related("organisation", "created_by__user")
    return [
        *map(Actor.from_member, members.select_related("organisation", "user")),
        *map(Actor.from_api_key, keys),
    ]
