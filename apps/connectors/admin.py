"""What a source is called and what it holds is its organisation's: here stands that it is there, and how it fares."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.admin_tables import Table, register
from apps.connectors.models import DocumentSource, SourceItem

register(
    Table(
        DocumentSource,
        _("Document sources"),
        "name kind collection interval is_paused synced_at next_sync_at",
        "member job round held_deletions created_at",
        search=("name",),
        is_named=True,
    ),
    tab=_("Sources"),
)
register(
    Table(SourceItem, _("Items of document sources"), "source state document changed_at", "first_seen_at")
)
