"""Acts on several topics at once."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import delete_act
from apps.log_analysis import source_deletion
from apps.log_analysis.sources import selectors

DELETE_LOG_SOURCE = delete_act(
    source_deletion.delete_source,
    selectors.source_list,
    at="sources/<uuid:log_source_id>/delete/",
    success=_("The source is being deleted."),
    back="log_analysis:log_sources",
)
