"""What the menu shows: rooms of the frame, and between them those of the desks; and the tabs of the room one is in."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.accounts import switches
from apps.accounts.actors import Actor
from apps.core import desks
from apps.core.desks import Page, Room, Tab
from apps.core.errors import Text

# Of the bar below a phone's screen, beside the button that opens the whole menu.
PHONE_ITEMS = 4

RESOURCES = Room(
    _("Resources"),
    "book",
    (
        Page(_("Knowledge"), "knowledge:documents", "knowledge.view", shortcut="k"),
        Page(_("Recordings"), "speech:recordings", "recordings.view", shortcut="r"),
        Page(_("Jobs"), "jobs:jobs", "jobs.view", shortcut="j"),
    ),
)
DASHBOARDS = Room(
    _("Dashboards"),
    "chart",
    (
        Page(_("Jobs"), "dashboards:jobs", "analytics.view", shortcut="a"),
        Page(_("Models"), "dashboards:models", "analytics.view"),
        Page(_("Desks"), "dashboards:desks", "analytics.view"),
        Page(pgettext_lazy("business", "Value"), "dashboards:value", "analytics.view"),
        Page(pgettext_lazy("dashboard", "System"), "dashboards:system", "analytics.view"),
        Page(_("E-mail reports"), "dashboards:mailed_reports", "analytics.view"),
    ),
)
SETTINGS = Room(
    _("Settings"),
    "settings",
    (
        Tab(
            _("Organisation"),
            (
                Page(_("General"), "accounts:settings", "organisation.manage", shortcut="s"),
                Page(_("Sign-in security"), "accounts:sign_in_rules", "organisation.manage"),
            ),
        ),
        Tab(
            _("Members"),
            (
                Page(_("Team"), "accounts:team", "organisation.manage", shortcut="t"),
                Page(_("Permissions"), "accounts:permissions", "organisation.manage"),
                Page(_("Confirmations"), "accounts:confirmations", "organisation.manage"),
            ),
        ),
        Tab(
            _("Integrations"),
            (
                Page(_("API keys"), "accounts:api_keys", "keys.manage"),
                Page(_("Webhooks"), "jobs:webhooks", "webhooks.manage"),
            ),
        ),
        Tab(
            _("Models"),
            (
                Page(_("Models and usage"), "inference:usage", "inference.view", shortcut="u"),
                Page(_("Requests to models"), "inference:calls", "inference.view"),
                Page(_("Capacity"), "capacity:plan", "inference.view"),
            ),
        ),
        Tab(
            _("Operations"),
            (
                Page(_("Switches"), "operations:switches", "operations.manage"),
                Page(_("Announcements"), "operations:announcements", "operations.manage"),
                Page(_("Prompts"), "operations:prompts", "operations.manage"),
            ),
        ),
        Tab(
            _("Data and audit"),
            (
                Page(_("Retention"), "privacy:retention", "organisation.manage"),
                Page(_("Audit trail"), "audit:entries", "audit.view"),
            ),
        ),
    ),
)
ROOMS = (
    Room(_("Home"), "home", (Page(_("Home"), "portal:home", shortcut="h"),)),
    *(desk.room for desk in desks.all_desks() if desk.room),
    RESOURCES,
    DASHBOARDS,
    SETTINGS,
)


@dataclass(frozen=True)
class Link:
    """`shortcut`: the key after “g”. `icon`, `hue`: of a room."""

    label: Text
    url: str
    is_current: bool
    shortcut: str = ""
    icon: str = ""
    hue: int = 0


@dataclass(frozen=True)
class Place:
    """What the finder offers of a room: its pages, and where something new begins."""

    label: Text
    pages: list[Link]
    actions: list[Link]


@dataclass(frozen=True)
class Navigation:
    """`places`: every page that the actor may open. `room`: the one that is open. `tabs` and `pages`: of that room and of
    its tab; empty where there is one alone. They stand on the pages to which they lead (`is_on_page`); the page of one
    row shows the way back instead.
    """

    rooms: list[Link]
    tabs: list[Link]
    pages: list[Link]
    places: list[Place]
    is_on_page: bool

    @property
    def room(self) -> Link | None:
        return next((room for room in self.rooms if room.is_current), None)

    @property
    def phone_items(self) -> list[Link]:
        """The first ones; the room that is open takes the last place where it is none of them."""
        shown = self.rooms[:PHONE_ITEMS]
        shown[-1:] = [room for room in self.rooms[PHONE_ITEMS:] if room.is_current] or shown[-1:]
        return shown


def navigation_for(actor: Actor, request: HttpRequest) -> Navigation:
    """Of the pages that the actor may open, without those of desks that are switched off."""
    rooms = {room: tabs for room in ROOMS if (tabs := _tabs_for(actor, room))}
    pages = {room: [page for tab in tabs for page in tab.pages] for room, tabs in rooms.items()}
    current = _best_fitting([page.url for some in pages.values() for page in some], request.path)

    def link(label: Text, pages: Sequence[Page], icon: str = "", hue: int = 0) -> Link:
        is_current = any(page.url == current for page in pages)
        return Link(label, pages[0].url, is_current, pages[0].shortcut, icon, hue)

    def links(pages: Sequence[Page]) -> list[Link]:
        return [link(page.label, [page]) for page in pages]

    tabs = next((tabs for room, tabs in rooms.items() if link("", pages[room]).is_current), [])
    tab_links = [link(tab.label, tab.pages) for tab in tabs]
    page_links = next((links(tab.pages) for tab in tabs if link("", tab.pages).is_current), [])
    return Navigation(
        [link(room.label, pages[room], room.icon, room.hue) for room in rooms],
        tab_links if len(tab_links) > 1 else [],
        page_links if len(page_links) > 1 else [],
        [Place(room.label, links(pages[room]), links(_allowed(actor, room.actions))) for room in rooms],
        is_on_page=request.path == current,
    )


def _tabs_for(actor: Actor, room: Room) -> list[Tab]:
    tabs = [Tab(tab.label, _allowed(actor, tab.pages)) for tab in room.tabs]
    return [tab for tab in tabs if tab.pages]


def _allowed(actor: Actor, pages: Sequence[Page]) -> tuple[Page, ...]:
    return tuple(
        page
        for page in pages
        if (not page.permission or actor.may(page.permission))
        and switches.is_on(actor.organisation.pk, page.url_name.partition(":")[0])
    )


def _best_fitting(urls: list[str], path: str) -> str:
    """The longest address that the page's own begins with: /jobs/webhooks/ is not /jobs/."""
    fitting = [url for url in urls if (path == url if url == "/" else path.startswith(url))]
    return max(fitting, key=len, default="")
