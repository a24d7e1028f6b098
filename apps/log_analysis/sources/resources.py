from django.utils.translation import gettext_lazy as _

from apps.log_analysis.sources import selectors
from apps.log_analysis.sources.forms import LogSourceForm
from apps.log_analysis.sources.models import LogSource
from apps.resources.declaration import Resource

SOURCES = Resource(
    model=LogSource,
    name="log_source",
    plural="log_sources",
    rows=selectors.source_list,
    form=LogSourceForm,
    columns={
        "name": _("Name"),
        "kind": _("Kind"),
        "records_count": _("Log records"),
        "last_record_at": _("Last record"),
        "state_text": _("State"),
    },
    read="logs.view",
    write="logs.manage",
    title=_("Sources"),
    lead=_(
        "Where logs come from. Each source has its own time format, retention and templates. Open one to upload a file."
    ),
    new_label=_("New source"),
    empty_title=_("No sources yet"),
    empty_text=_("Add a source and upload a log file, or point an OpenTelemetry collector at its address."),
    icon="inbox",
    identity=("name",),
    conflict=_("A source with this name already exists."),
    search=("name", "service"),
    filters=("kind", "is_paused"),
    audit_fields=("name", "kind", "is_paused"),
    # Deleted by `source_deletion`, which knows the store of records.
    is_deletable=False,
)
