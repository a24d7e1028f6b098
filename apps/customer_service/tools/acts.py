"""What is done with a lookup at the press of a button."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act, delete_act
from apps.customer_service.tools import services

DELETE_LOOKUP_TOOL = delete_act(
    services.delete_lookup_tool,
    row_id="lookup_tool_id",
    at="conversations/lookups/<uuid:lookup_tool_id>/delete/",
    confirm=_("Delete this lookup and its key? The assistant can no longer use it."),
    success=_("The lookup was deleted."),
    back="customer_service:lookup_tools",
)
TRY_LOOKUP_TOOL = Act(services.try_lookup_tool, row_id="lookup_tool_id")
