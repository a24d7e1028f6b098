"""The menu of the admin: sections of pages, by the names of their addresses. A page that is not there is left out."""

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core import desks
from apps.core.errors import Text

# Heading, and (label, icon of Material Symbols, name of the address) of each page.
MENU: tuple[tuple[Text, tuple[tuple[Text, str, str], ...]], ...] = (
    (_("Overview"), ((_("Dashboard"), "dashboard", "admin:index"),)),
    (
        _("Analytics"),
        (
            (_("Jobs"), "monitoring", "admin_dashboards:jobs"),
            (_("Models"), "neurology", "admin_dashboards:models"),
            (pgettext_lazy("dashboard", "System"), "memory", "admin_dashboards:system"),
        ),
    ),
    (
        _("Operations"),
        (
            (_("Queues"), "stacks", "admin_operations:queues"),
            (_("Find jobs"), "manage_search", "admin_operations:jobs"),
            (_("Switches"), "toggle_on", "admin_operations:switches"),
            (_("Announcements"), "campaign", "admin_operations:announcements"),
            (_("Backups"), "backup", "admin_operations:backups"),
            (_("Deleting organisations"), "domain_disabled", "admin_operations:organisations"),
        ),
    ),
    (
        _("Organisations and people"),
        (
            (_("Organisations"), "apartment", "admin:accounts_organisation_changelist"),
            (_("Users"), "group", "admin:accounts_user_changelist"),
            (_("Members"), "badge", "admin:accounts_membership_changelist"),
            (_("Invitations"), "mail", "admin:accounts_invitation_changelist"),
        ),
    ),
    (
        _("Work"),
        (
            (_("Jobs"), "work_history", "admin:jobs_job_changelist"),
            (_("Schedules"), "schedule", "admin:jobs_schedule_changelist"),
            (_("Webhooks"), "webhook", "admin:jobs_webhook_changelist"),
            (_("Knowledge"), "menu_book", "admin:app_list knowledge"),
            (_("Recordings"), "mic", "admin:app_list speech"),
            *((desk.label, "desk", f"admin:app_list {desk.name}") for desk in desks.all_desks()),
        ),
    ),
    (
        _("Models"),
        (
            (_("Endpoints"), "dns", "admin:inference_endpoint_changelist"),
            (_("Calls"), "call_made", "admin:inference_inferencecall_changelist"),
            (_("Quotas"), "speed", "admin:inference_quota_changelist"),
        ),
    ),
    (
        _("Security"),
        (
            (_("Audit trail"), "shield", "admin:audit_auditentry_changelist"),
            (_("API keys"), "key", "admin:accounts_apikey_changelist"),
            (_("Confirmations"), "verified_user", "admin:accounts_confirmation_changelist"),
            (_("Second factors"), "lock", "admin:mfa_authenticator_changelist"),
            (_("Encryption keys"), "enhanced_encryption", "admin:vault_sealingkey_changelist"),
        ),
    ),
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """What django-unfold draws as its sidebar: the sections that have a page."""
    sections = [
        {
            "title": heading,
            "separator": number > 0,
            "items": [
                {"title": label, "icon": icon, "link": link, "active": is_open(link, request.path)}
                for label, icon, address in pages
                if (link := reverse_or_none(address))
            ],
        }
        for number, (heading, pages) in enumerate(MENU)
    ]
    return [section for section in sections if section["items"]]


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
