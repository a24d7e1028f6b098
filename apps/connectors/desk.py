from django.utils.translation import gettext_lazy as _

from apps.core.desks import Desk, Page, PeriodicTask, Tab

DESK = Desk(
    app="apps.connectors",
    label=_("Document sources"),
    url_prefix="connectors/",
    resource_tabs=(
        Tab(_("Sources"), (Page(_("Document sources"), "connectors:document_sources", "knowledge.edit"),)),
    ),
    jobs=("syncing",),
    schedule=(PeriodicTask("apps.connectors.tasks.sync_due_sources", 60.0),),
    audit_sentences={
        "document_source.created": _("Added a document source"),
        "document_source.changed": _("Changed a document source"),
        "document_source.sync_started": _("Synchronised a document source"),
        "document_source.deletions_confirmed": _("Deleted documents that are no longer at their source"),
        "document_source.paused": _("Paused a document source"),
        "document_source.continued": _("Resumed a document source"),
        "document_source.deleted": _("Deleted a document source"),
    },
    audit_details={"keeps_documents": _("Its documents stay"), "grants": _("Readers")},
    api_enum_names={
        "SourceKindEnum": "apps.connectors.models.DocumentSource.SourceKind",
        "SourceItemStateEnum": "apps.connectors.models.SourceItem.State",
    },
)
