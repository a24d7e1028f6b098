"""What the menu shows, in one table. A page whose address is not registered is left out."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.core.errors import Text

PHONE_ITEMS = 4


@dataclass(frozen=True)
class Page:
    """`url_name` is where it leads; the entry that fits the address best is marked."""

    label: Text
    icon: str
    url_name: str
    permission: str | None = None
    shortcut: str = ""


@dataclass(frozen=True)
class Section:
    heading: Text
    pages: tuple[Page, ...]


MENU = (
    Section(
        "",
        (
            Page(_("Home"), "home", "portal:home", shortcut="h"),
            Page(
                _("Customer service"),
                "chat",
                "customer_service:conversations",
                "conversations.view",
                shortcut="c",
            ),
            Page(_("Medical records"), "note", "medical_records:records", "records.view", shortcut="m"),
            Page(_("Knowledge"), "book", "knowledge:documents", "knowledge.view", shortcut="k"),
            Page(_("Recordings"), "microphone", "speech:recordings", "recordings.view", shortcut="r"),
            Page(_("Jobs"), "jobs", "jobs:jobs", "jobs.view", shortcut="j"),
        ),
    ),
    Section(
        _("Organisation"),
        (
            Page(_("Team"), "team", "accounts:team", "organisation.manage", shortcut="t"),
            Page(_("API keys"), "key", "accounts:api_keys", "keys.manage"),
            Page(_("Models and usage"), "model", "inference:usage", "inference.view", shortcut="u"),
            Page(_("Capacity"), "gauge", "capacity:plan", "inference.view"),
            Page(_("Audit trail"), "shield", "audit:entries", "audit.view"),
            Page(_("Webhooks"), "webhook", "jobs:webhooks", "webhooks.manage"),
            Page(_("Settings"), "settings", "accounts:settings", "organisation.manage", shortcut="s"),
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
class ShownSection:
    heading: Text
    items: list[Item]


@dataclass(frozen=True)
class Navigation:
    sections: list[ShownSection]

    @property
    def phone_items(self) -> list[Item]:
        return [item for section in self.sections for item in section.items][:PHONE_ITEMS]


def navigation_for(actor: Actor, request: HttpRequest) -> Navigation:
    sections = [(section.heading, list(_open_pages(section, actor))) for section in MENU]
    current = _current_url([url for _, pages in sections for _, url in pages], request.path)
    shown = [
        ShownSection(heading, [_item(page, url, is_current=url == current) for page, url in pages])
        for heading, pages in sections
    ]
    return Navigation([section for section in shown if section.items])


def _open_pages(section: Section, actor: Actor) -> Iterator[tuple[Page, str]]:
    for page in section.pages:
        url = registered_address(page.url_name)
        if url and (page.permission is None or actor.may(page.permission)):
            yield page, url


def _item(page: Page, url: str, *, is_current: bool) -> Item:
    return Item(page.label, page.icon, url, is_current, page.shortcut)


def registered_address(url_name: str) -> str | None:
    """None for a page of a part that is not installed."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return None


def _current_url(urls: list[str], path: str) -> str:
    """The longest address that the page's own begins with: /jobs/webhooks/ is not /jobs/."""
    fitting = [url for url in urls if (path == url if url == "/" else path.startswith(url))]
    return max(fitting, key=len, default="")
