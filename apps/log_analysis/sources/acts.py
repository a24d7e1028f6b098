"""What is done with a source of logs, its files and unread batches at the press of a button."""

from operator import attrgetter

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act, page_of
from apps.log_analysis.sources import selectors, services, unread_batches
from apps.log_analysis.sources.forms import PauseForm

RENEW_SENDER_TOKEN = Act(
    services.renew_sender_token,
    selectors.source_list,
    at="sources/<uuid:log_source_id>/sender-token/",
    label=_("Replace token"),
    confirm=_("Replace this source's token? Senders using the current one will be refused."),
    success=_("Senders must now use the new token."),
)
PAUSE_LOG_SOURCE = Act(
    services.pause_source,
    selectors.source_list,
    at="sources/<uuid:log_source_id>/pause/",
    form=PauseForm,
    label=_("Pause"),
    icon="pause",
    back=page_of("log_analysis:log_source"),
)
DELETE_LOG_FILE = Act(
    services.delete_file,
    selectors.file_list,
    at="files/<uuid:log_file_id>/delete/",
    label=_("Delete"),
    icon="trash",
    look="danger icon",
    name_of=attrgetter("file_name"),
    confirm=_("Delete this file? Its records are kept until the source's retention ends."),
    success=_("Deleted."),
    back=page_of("log_analysis:log_source", "source_id"),
)
READ_UNREAD_BATCH_AGAIN = Act(
    unread_batches.read_again,
    unread_batches.batch_list,
    at="unread-batches/<uuid:unread_batch_id>/read-again/",
    label=_("Read again"),
    icon="retry",
    success=_("It will be read again."),
)
DROP_UNREAD_BATCH = Act(
    unread_batches.drop,
    unread_batches.batch_list,
    at="unread-batches/<uuid:unread_batch_id>/drop/",
    label=_("Drop"),
    icon="trash",
    look="danger icon",
    confirm=_("Drop this batch? Its records are lost."),
    success=_("Deleted."),
)
