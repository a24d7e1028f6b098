"""What the members of an organisation are told on top of every page."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.operations.announcements import selectors
from apps.operations.announcements.forms import AnnouncementForm
from apps.operations.announcements.models import Announcement
from apps.resources.declaration import Resource

ANNOUNCEMENTS = Resource(
    model=Announcement,
    name="announcement",
    plural="announcements",
    rows=selectors.announcement_list,
    form=AnnouncementForm,
    columns={
        "text": _("Announcement"),
        "tone": _("Level"),
        "begins_at": _("shown from"),
        "until": _("shown until"),
    },
    read="operations.manage",
    write="operations.manage",
    title=_("Announcements"),
    lead=_("A short message at the top of every page, for all members until they dismiss it."),
    new_label=_("New announcement"),
    empty_title=_("No announcements yet"),
    empty_text=_("Tell everyone at once: maintenance tonight, a new template, who covers for whom."),
    icon="bell",
    audit_fields=("text",),
    after_change=lambda _actor: transaction.on_commit(selectors.clear),
    delete_question=_("Delete this announcement? It is no longer shown."),
)
