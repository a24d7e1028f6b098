"""The menu of the admin: the portal's rooms in their order and words, each with what operators see of it.

Read when a page is drawn and not with the settings: the portal's rooms need models.
"""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core import desks
from apps.core.errors import Text
from apps.portal.navigation import DASHBOARDS, RESOURCES, SETTINGS

# Label, icon of Material Symbols, and the name of the address with what it takes.
Item = tuple[Text, str, str]
# The portal's own pictures, by what Material Symbols calls such a one.
SYMBOLS = {
    "chat": "forum",
    "pulse": "monitor_heart",
    "megaphone": "campaign",
    "note": "clinical_notes",
    "globe": "translate",
}
# The first page of a room or, in the settings, of a tab → what operators see of it. A page that is not there is left out.
PAGES: dict[str, tuple[Item, ...]] = {
    "knowledge:documents": (
        (_("Knowledge"), "menu_book", "admin:app_list knowledge"),
        (_("Recordings"), "mic", "admin:app_list speech"),
        (_("Jobs"), "work_history", "admin:jobs_job_changelist"),
        (_("Find jobs"), "manage_search", "admin_operations:jobs"),
        (_("Schedules"), "schedule", "admin:jobs_schedule_changelist"),
    ),
    "dashboards:jobs": (
        (_("Jobs"), "monitoring", "admin_dashboards:jobs"),
        (_("Models"), "neurology", "admin_dashboards:models"),
        (pgettext_lazy("dashboard", "System"), "memory", "admin_dashboards:system"),
        (_("E-mail reports"), "attach_email", "admin:dashboards_mailedreport_changelist"),
    ),
    "accounts:settings": (
        (_("Organisations"), "apartment", "admin:accounts_organisation_changelist"),
        (_("Deleting organisations"), "domain_disabled", "admin_operations:organisations"),
    ),
    "accounts:team": (
        (_("Users"), "group", "admin:accounts_user_changelist"),
        (_("Members"), "badge", "admin:accounts_membership_changelist"),
        (_("Invitations"), "mail", "admin:accounts_invitation_changelist"),
        (_("Confirmations"), "verified_user", "admin:accounts_confirmation_changelist"),
        (_("Second factors"), "lock", "admin:mfa_authenticator_changelist"),
    ),
    "accounts:api_keys": (
        (_("API keys"), "key", "admin:accounts_apikey_changelist"),
        (_("Webhooks"), "webhook", "admin:jobs_webhook_changelist"),
    ),
    "inference:usage": (
        (_("Endpoints"), "dns", "admin:inference_endpoint_changelist"),
        (_("Calls"), "call_made", "admin:inference_inferencecall_changelist"),
        (_("Quotas"), "speed", "admin:inference_quota_changelist"),
    ),
    "operations:switches": (
        (_("Queues"), "stacks", "admin_operations:queues"),
        (_("Switches"), "toggle_on", "admin_operations:switches"),
        (_("Announcements"), "notifications", "admin_operations:announcements"),
        (_("Backups"), "backup", "admin_operations:backups"),
    ),
    "privacy:retention": (
        (_("Audit trail"), "shield", "admin:audit_auditentry_changelist"),
        (_("Encryption keys"), "enhanced_encryption", "admin:vault_sealingkey_changelist"),
    ),
}


def sections() -> Iterator[tuple[Text, tuple[Item, ...]]]:
    """Headings with their items: the desks, each with its own picture, then resources, dashboards and settings."""
    yield _("Home"), ((_("Overview"), "dashboard", "admin:index"),)
    rooms = [(desk, desk.room) for desk in desks.all_desks() if desk.room]
    yield (
        _("Desks"),
        tuple(
            (room.label, SYMBOLS.get(room.icon, "desk"), f"admin:app_list {desk.name}")
            for desk, room in rooms
        ),
    )
    beside = [
        (desk.label, "apps", f"admin:app_list {desk.name}")
        for desk in desks.all_desks()
        if desk.resource_tabs
    ]
    yield RESOURCES.label, (*PAGES[RESOURCES.pages[0].url_name], *beside)
    yield DASHBOARDS.label, PAGES[DASHBOARDS.pages[0].url_name]
    for tab in SETTINGS.tabs:
        yield tab.label, PAGES[tab.pages[0].url_name]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """What django-unfold draws as its sidebar: the sections that have a page."""
    drawn = [
        {
            "title": heading,
            "separator": number > 0,
            "items": [
                {"title": label, "icon": icon, "link": link, "active": is_open(link, request.path)}
                for label, icon, address in pages
                if (link := reverse_or_none(address))
            ],
        }
        for number, (heading, pages) in enumerate(sections())
    ]
    return [section for section in drawn if section["items"]]


def reverse_or_none(address: str) -> str | None:
    """`address`: a name and what the address takes, parted by spaces. None while nothing answers there."""
    name, *parts = address.split()
    try:
        return reverse(name, args=parts)
    except NoReverseMatch:
        return None


def is_open(link: str, path: str) -> bool:
    """The page itself and those below it; the front page has all below it, so it counts alone."""
    return path == link if link == reverse_or_none("admin:index") else path.startswith(link)
