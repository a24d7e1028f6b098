"""What the menu shows: rooms of the frame, and between them those of the desks; and the tabs of the room one is in."""

from collections.abc import Iterable
from dataclasses import dataclass, field

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
        *(tab for desk in desks.all_desks() for tab in desk.resource_tabs),
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
                Page(_("Time zone and currency"), "dashboards:settings", "organisation.manage"),
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
    Room(
        _("Home"),
        "home",
        (
            Page(_("Home"), "portal:home", shortcut="h"),
            *(tab for desk in desks.all_desks() for tab in desk.home_tabs),
        ),
    ),
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
    is_current: bool = False
    shortcut: str = ""
    icon: str = ""
    hue: int = 0


@dataclass(frozen=True)
class Place:
    """What the finder offers of a room: its pages, and where something new begins."""

    label: Text
    pages: list[Link]
    actions: list[Link]


@dataclass
class Navigation:
    """`places`: every page that the actor may open. `room`: the one that is open. `tabs` and `pages`: of that room and of
    its tab; empty where there is one alone. They stand on the pages to which they lead (`is_on_page`); the page of one
    row shows the way back instead.
    """

    is_on_page: bool
    rooms: list[Link] = field(default_factory=list)
    tabs: list[Link] = field(default_factory=list)
    pages: list[Link] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)

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
    allowed = [(room, _allowed_tabs(actor, room)) for room in ROOMS]
    urls = [url for _room, tabs in allowed for _label, pages in tabs for _page, url in pages]
    current = _best_fitting(urls, request.path)
    navigation = Navigation(is_on_page=request.path == current)
    for room, tabs in allowed:
        links_of = [
            (label, [Link(page.label, url, url == current, page.shortcut) for page, url in pages])
            for label, pages in tabs
        ]
        links = [link for _label, some in links_of for link in some]
        if not links:
            continue
        actions = [Link(page.label, url) for page, url in _allowed(actor, room.actions)]
        is_current = any(link.is_current for link in links)
        navigation.rooms.append(Link(room.label, links[0].url, is_current, icon=room.icon, hue=room.hue))
        navigation.places.append(Place(room.label, links, actions))
        if is_current:
            is_open = [any(link.is_current for link in some) for _label, some in links_of]
            if len(links_of) > 1:
                navigation.tabs = [
                    Link(label, some[0].url, here)
                    for (label, some), here in zip(links_of, is_open, strict=True)
                ]
            some = links_of[is_open.index(True)][1]
            navigation.pages = some if len(some) > 1 else []
    return navigation


def _allowed_tabs(actor: Actor, room: Room) -> list[tuple[Text, list[tuple[Page, str]]]]:
    return [(tab.label, pages) for tab in room.tabs if (pages := _allowed(actor, tab.pages))]


def _allowed(actor: Actor, pages: Iterable[Page]) -> list[tuple[Page, str]]:
    """With their addresses, each looked up once: this is done for every page that anybody opens."""
    return [
        (page, page.url)
        for page in pages
        if (not page.permission or actor.may(page.permission))
        and switches.is_on(actor.organisation.pk, page.url_name.partition(":")[0])
    ]


def _best_fitting(urls: list[str], path: str) -> str:
    """The longest address that the page's own begins with: /jobs/webhooks/ is not /jobs/."""
    fitting = [url for url in urls if (path == url if url == "/" else path.startswith(url))]
    return max(fitting, key=len, default="")
