"""What the menu shows: the pages of the frame, and between them those of the desks."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.accounts import switches
from apps.accounts.actors import Actor
from apps.core import desks
from apps.core.desks import MenuPage, Tab
from apps.core.errors import Text

# Of the bar below a phone's screen, beside the button that opens the whole menu.
PHONE_ITEMS = 4


@dataclass(frozen=True)
class Section:
    heading: Text
    pages: tuple[MenuPage, ...]


MENU = (
    Section(
        "",
        (
            MenuPage(_("Home"), "home", "portal:home", shortcut="h"),
            *(page for desk in desks.all_desks() for page in desk.menu),
            MenuPage(_("Knowledge"), "book", "knowledge:documents", "knowledge.view", shortcut="k"),
            MenuPage(_("Recordings"), "microphone", "speech:recordings", "recordings.view", shortcut="r"),
            MenuPage(_("Jobs"), "jobs", "jobs:jobs", "jobs.view", shortcut="j"),
            MenuPage(_("Analytics"), "chart", "dashboards:jobs", "analytics.view", shortcut="a"),
        ),
    ),
    Section(
        _("Organisation"),
        (
            MenuPage(_("Team"), "team", "accounts:team", "organisation.manage", shortcut="t"),
            MenuPage(_("API keys"), "key", "accounts:api_keys", "keys.manage"),
            MenuPage(_("Models and usage"), "model", "inference:usage", "inference.view", shortcut="u"),
            MenuPage(_("Capacity"), "gauge", "capacity:plan", "inference.view"),
            MenuPage(_("Operations"), "switch", "operations:switches", "operations.manage"),
            MenuPage(_("Audit trail"), "shield", "audit:entries", "audit.view"),
            MenuPage(_("Webhooks"), "webhook", "jobs:webhooks", "webhooks.manage"),
            MenuPage(_("Settings"), "settings", "accounts:settings", "organisation.manage", shortcut="s"),
        ),
    ),
)


@dataclass(frozen=True)
class TabGroup:
    """Pages of the frame in one row of tabs, as a desk has them; `namespaces`: of the addresses that they have."""

    label: Text
    namespaces: tuple[str, ...]
    tabs: tuple[Tab, ...]


TAB_GROUPS = (
    TabGroup(
        _("Analytics"),
        ("dashboards",),
        (
            Tab(_("Jobs"), "dashboards:jobs", "analytics.view"),
            Tab(_("Models"), "dashboards:models", "analytics.view"),
            Tab(_("Desks"), "dashboards:desks", "analytics.view"),
            Tab(pgettext_lazy("business", "Value"), "dashboards:value", "analytics.view"),
            Tab(pgettext_lazy("dashboard", "System"), "dashboards:system", "analytics.view"),
            Tab(_("E-mail reports"), "dashboards:mailed_reports", "analytics.view"),
        ),
    ),
    TabGroup(
        _("Operations"),
        ("operations", "privacy"),
        (
            Tab(_("Switches"), "operations:switches", "operations.manage"),
            Tab(_("Announcements"), "operations:announcements", "operations.manage"),
            Tab(_("Prompts"), "operations:prompts", "operations.manage"),
            Tab(_("Retention"), "privacy:retention", "organisation.manage"),
        ),
    ),
)


@dataclass(frozen=True)
class Item:
    label: Text
    icon: str
    url: str
    is_current: bool
    shortcut: str


@dataclass(frozen=True)
class NavigationSection:
    heading: Text
    items: list[Item]


@dataclass(frozen=True)
class Navigation:
    sections: list[NavigationSection]

    @property
    def phone_items(self) -> list[Item]:
        """The first ones; the page that is open takes the last place where it is none of them."""
        items = [item for section in self.sections for item in section.items]
        shown = items[:PHONE_ITEMS]
        shown[-1:] = [item for item in items[PHONE_ITEMS:] if item.is_current] or shown[-1:]
        return shown


def navigation_for(actor: Actor, request: HttpRequest) -> Navigation:
    """The pages that the actor may open, without those of desks that are switched off."""
    allowed = [
        (
            section.heading,
            [
                page
                for page in section.pages
                if (not page.permission or actor.may(page.permission))
                and switches.is_on(actor.organisation.pk, page.url_name.partition(":")[0])
            ],
        )
        for section in MENU
    ]
    group = tab_group(request)
    path = group.tabs[0].url if group else request.path
    current = best_fitting([page.url for _, pages in allowed for page in pages], path)
    sections = [
        NavigationSection(
            heading,
            [Item(page.label, page.icon, page.url, page.url == current, page.shortcut) for page in pages],
        )
        for heading, pages in allowed
        if pages
    ]
    return Navigation(sections)


def tab_group(request: HttpRequest) -> TabGroup | None:
    """The group of the frame's tabs to which the page belongs; its entry of the menu leads to the first tab."""
    names = set(request.resolver_match.app_names[:1]) if request.resolver_match else set()
    return next((group for group in TAB_GROUPS if names & {*group.namespaces}), None)


def best_fitting(urls: list[str], path: str) -> str:
    """The longest address that the page's own begins with: /jobs/webhooks/ is not /jobs/."""
    fitting = [url for url in urls if (path == url if url == "/" else path.startswith(url))]
    return max(fitting, key=len, default="")
