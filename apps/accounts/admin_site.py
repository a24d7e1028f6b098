"""The admin's lists of tables: in the portal's order and under its words, what only engineers read folded."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from apps.accounts.admin_tables import tables_of
from apps.core import desks
from apps.core.errors import Text


@dataclass(frozen=True)
class TableGroup:
    """`rows`: of Django's list of an app's tables."""

    label: Text
    is_internal: bool
    rows: list[dict[str, Any]]


class OperatorsSite(UnfoldAdminSite):  # type: ignore[misc]
    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """The desks first, as the portal has them. A list of every app leaves out what only engineers read."""
        apps: list[dict[str, Any]] = super().get_app_list(request, app_label)
        for app in apps if app_label is None else ():
            tabs = tables_of(app["app_label"])
            known = [table.model for tab, tables in tabs.items() if tab for table in tables]
            if known:
                app["models"] = [row for row in app["models"] if row["model"] in known]
                app["models"].sort(key=lambda row: known.index(row["model"]))
        names = [desk.name for desk in desks.all_desks()]
        return sorted(apps, key=lambda app: _place(app["app_label"], names))

    def app_index(
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Its tables under the tabs of the portal that show the same."""
        apps = self.get_app_list(request, app_label)
        rows = {row["model"]: row for app in apps for row in app["models"]}
        tabs = tables_of(app_label)
        groups = [
            TableGroup(
                tab or (_("Internal tables") if len(tabs) > 1 else ""),
                is_internal=not tab and len(tabs) > 1,
                rows=[rows[table.model] for table in tabs[tab]],
            )
            for tab in sorted(tabs, key=lambda tab: not tab)
        ]
        context = {"groups": groups, **(extra_context or {})}
        if apps:
            context["title"] = apps[0]["name"]
        answer: TemplateResponse = super().app_index(request, app_label, context)
        return answer


def _place(name: str, order: Sequence[str]) -> int:
    return order.index(name) if name in order else len(order)
