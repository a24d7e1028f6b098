from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core.row_table import ListColumn
from apps.log_analysis.sources import selectors, unread_batches
from apps.log_analysis.sources.forms import LogSourceForm
from apps.log_analysis.sources.models import LogFile, LogSource, UnreadBatch
from apps.resources.declaration import Resource, RowList


def records_of_file(file: LogFile) -> str:
    return f"{reverse('log_analysis:records')}?source={file.source_id}" if file.records_count else ""


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

LOG_FILES = RowList(
    model=LogFile,
    plural="log_files",
    rows=selectors.file_list,
    columns={
        "file_name": ListColumn(_("File"), note="size_text", look="break"),
        "state": ListColumn(_("State"), part="log_analysis/sources/file_state.html"),
        "records_count": ListColumn(_("Log records"), kind="number", link=records_of_file),
        "created_at": _("Uploaded"),
    },
    acts=("log_analysis:delete_log_file",),
    read="logs.view",
    refresh_on="log-file-stored from:body, moved",
    icon="file",
    empty_title=_("No files yet"),
    empty_text=_("Uploaded files and their analysis progress appear here."),
)
UNREAD_BATCHES = RowList(
    model=UnreadBatch,
    plural="unread_batches",
    rows=unread_batches.batch_list,
    columns={
        "reason_text": _("Why"),
        "bytes": ListColumn(_("Size"), kind="size"),
        "kept_at": _("Kept aside"),
    },
    acts=("log_analysis:drop_unread_batch",),
    acts_part="log_analysis/sources/read_again.html",
    read="logs.view",
    empty_title="",
)
