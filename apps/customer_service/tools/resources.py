"""Lookups of the desk, and what the assistant asked each of them."""

from django.utils.translation import gettext_lazy as _

from apps.core.row_table import ListColumn, page_link
from apps.customer_service.tools import selectors
from apps.customer_service.tools.models import LookupCall, LookupTool
from apps.resources.declaration import RowList

LOOKUP_TOOLS = RowList(
    model=LookupTool,
    plural="lookup_tools",
    rows=selectors.lookup_tool_list,
    columns={
        "label": ListColumn(_("Lookup"), note="name"),
        "description": ListColumn(_("Returns"), look="soft"),
        "is_enabled": ListColumn(_("State"), words=(_("in use"), _("off"))),
        "calls_today": ListColumn(_("Calls today"), kind="number"),
        "failures_today": ListColumn(_("Failures today"), kind="failures"),
        "last_called_at": ListColumn(_("Last call"), note="last_error"),
    },
    read="conversations.view",
    page="customer_service:lookup_tool",
    title=_("Lookups"),
    lead=_(
        "Let the assistant look up information in your other systems, such as order status. Answers cite the system "
        "as their source."
    ),
    parent=(_("Conversations"), "customer_service:conversations"),
    icon="search",
    new_page="customer_service:create_lookup_tool",
    new_label=_("New lookup"),
    empty_title=_("No lookups yet"),
    empty_text=_(
        "A lookup lets the assistant query another system, for example with an order number. It never changes anything "
        "there."
    ),
)
LOOKUP_CALLS = RowList(
    model=LookupCall,
    plural="lookup_calls",
    rows=selectors.call_list,
    columns={
        "created_at": _("When"),
        "arguments_text": ListColumn(_("Arguments"), look="small mono"),
        "status": ListColumn(_("Result"), part="customer_service/tools/call_result.html"),
        "milliseconds": ListColumn(_("Duration"), kind="milliseconds"),
        "conversation.visitor_label": ListColumn(
            _("Conversation"), link=page_link("customer_service:conversation", "conversation_id")
        ),
    },
    read="conversations.view",
    page_rows=selectors.RECENT_CALLS,
    icon="clock",
    empty_title=_("Not called yet"),
    empty_text=_("The assistant has not used this lookup yet."),
)
