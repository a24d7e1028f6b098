"""What a page shows of a list: its filters, a page of its rows as a table, and what it says where there is none."""

from functools import cached_property
from typing import Any

import django_filters
from django.core.paginator import Page
from django.http import HttpRequest
from django.urls import reverse

from apps.accounts.access import actor_of, may_open
from apps.core.pages import paginate
from apps.core.row_table import RowTable
from apps.resources.declaration import RowList


class RowListView:
    """Shown by `resources/rows.html` as `row_list`. `lookups` hold for all of its rows: `source=source` on its page.

    `rows`: what a page found by filters of its own, and whether it `is_filtered` then.
    """

    def __init__(
        self,
        declaration: RowList[Any],
        request: HttpRequest,
        *,
        rows: Any = None,
        is_filtered: bool = False,
        **lookups: object,
    ) -> None:
        self.declaration, self.request, self.actor = declaration, request, actor_of(request)
        self._rows, self._is_filtered, self._lookups = rows, is_filtered, lookups

    @cached_property
    def filters(self) -> django_filters.FilterSet:
        rows = self.declaration.rows_for(self.actor).filter(**self._lookups)
        if self.declaration.order:
            rows = rows.order_by(*self.declaration.order)
        return self.declaration.filterset(self.request.GET, queryset=rows, request=self.request)

    @cached_property
    def is_filtered(self) -> bool:
        if self._rows is not None:
            return self._is_filtered
        return any(value not in (None, "", []) for value in self.filters.form.cleaned_data.values())

    @property
    def has_filters(self) -> bool:
        """Where there is something to narrow, or was before it was narrowed."""
        has_fields = self._rows is None and bool(self.filters.form.fields)
        return has_fields and bool(self.page.object_list or self.is_filtered)

    @cached_property
    def page(self) -> Page[Any]:
        rows = self.filters.qs if self._rows is None else self._rows
        return paginate(self.request, rows, self.declaration.page_rows)

    @cached_property
    def table(self) -> RowTable:
        present = self.declaration.presenter
        acts = tuple(act for act in self.declaration.acts if may_open(self.actor, act))
        return RowTable(
            self.declaration.columns,
            present(self.actor.organisation, list(self.page)) if present else self.page,
            link=self._address_of,
            acts=acts,
            acts_part=self.declaration.acts_part_for(self.actor),
            look=self.declaration.look,
        )

    @property
    def new_url(self) -> str:
        return self._own_page(self.declaration.page_of_new)

    @property
    def empty_action(self) -> tuple[object, str]:
        """The words and the address of what an empty list offers; no address where there is nothing to offer."""
        label, page = self.declaration.empty_page or (
            self.declaration.new_label,
            self.declaration.page_of_new,
        )
        return label, self._own_page(page)

    @cached_property
    def _row_page(self) -> str:
        return self.declaration.row_page(self.actor)

    def _address_of(self, row: Any) -> str:
        if not self.declaration.page and hasattr(row, "get_absolute_url"):
            return str(row.get_absolute_url())
        return reverse(self._row_page, args=[row.pk]) if self._row_page else ""

    def _own_page(self, name: str) -> str:
        return reverse(name) if name and may_open(self.actor, name, is_about_a_row=False) else ""
