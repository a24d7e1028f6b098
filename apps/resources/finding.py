"""Rows that are found by their name from any page. Each app and desk registers those that it has pages for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import resolve_url

from apps.accounts import switches
from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.core.errors import Text

ROWS_OF_A_KIND = 5
SHORTEST, LONGEST = 2, 100


@dataclass(frozen=True)
class Findable:
    """`desk`: or app, which may be switched off. `rows`: of an organisation, in the order in which they are offered; or
    `visible_rows`, of what an actor sees.
    `field`: what is searched, in plain text: rows whose name is sealed are not looked for here. `page`: where one is.
    """

    desk: str
    label: Text
    permission: str
    rows: Callable[[Organisation], QuerySet[Any]] | None
    field: str
    page: Callable[[Any], str] = resolve_url
    name: Callable[[Any], str] = str
    visible_rows: Callable[[Actor], QuerySet[Any]] | None = None

    def rows_for(self, actor: Actor) -> QuerySet[Any]:
        if self.visible_rows:
            return self.visible_rows(actor)
        if self.rows is None:
            raise TypeError(f"Nobody says which {self.label} are found.")
        return self.rows(actor.organisation)


_findables: list[Findable] = []


def register(findable: Findable) -> None:
    _findables.append(findable)


def found(actor: Actor, text: str) -> Iterator[tuple[Text, list[tuple[str, str]]]]:
    """Of each kind that the actor may see: its label, and names and addresses of the rows whose name has the text.

    Fewer than two characters find nothing. One query for each kind.
    """
    text = text.strip()[:LONGEST]
    if len(text) < SHORTEST:
        return
    for each in _findables:
        if not actor.may(each.permission) or not switches.is_on(actor.organisation.pk, each.desk):
            continue
        rows = each.rows_for(actor).filter(organisation=actor.organisation)
        fitting = rows.filter(**{f"{each.field}__icontains": text})[:ROWS_OF_A_KIND]
        if names := [(each.name(row), each.page(row)) for row in fitting]:
            yield each.label, names
