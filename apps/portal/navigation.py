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
    """`url_name` is where it leads; the entry is marked while the address begins like it."""

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
            Page(_("Knowledge"), "book", "knowledge:documents", "knowledge.view", shortcut="k"),
            Page(_("Jobs"), "jobs", "jobs:jobs", "jobs.view", shortcut="j"),
        ),
    ),
    Section(
        _("Organisation"),
        (
            Page(_("Team"), "team", "accounts:team", "organisation.manage", shortcut="t"),
            Page(_("API keys"), "key", "accounts:api_keys", "keys.manage"),
            Page(_("Models and usage"), "model", "inference:usage", "inference.view", shortcut="u"),
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
    shown = [ShownSection(section.heading, list(_items(section, actor, request.path))) for section in MENU]
    return Navigation([section for section in shown if section.items])


def _items(section: Section, actor: Actor, path: str) -> Iterator[Item]:
    for page in section.pages:
        url = registered_address(page.url_name)
        if url and (page.permission is None or actor.may(page.permission)):
            yield Item(page.label, page.icon, url, _is_current(url, path), page.shortcut)


def registered_address(url_name: str) -> str | None:
    """None for a page of a part that is not installed."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return None


def _is_current(url: str, path: str) -> bool:
    return path == url if url == "/" else path.startswith(url)
