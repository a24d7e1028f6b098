from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.row_table import ListColumn
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations import selectors
from apps.resources.declaration import RowList

CHANNELS = RowList(
    model=Channel,
    plural="channels",
    rows=lambda organisation: selectors.channel_list(organisation).in_use(),
    columns={
        "name": _("Name"),
        "collections": ListColumn(
            _("Documents"), part="customer_service/channels/collections.html", look="soft"
        ),
        "is_enabled": ListColumn(_("State"), words=(pgettext_lazy("of a channel", "open"), _("closed"))),
        "slug": ListColumn(_("Chat page"), part="customer_service/channels/chat_link.html"),
    },
    read="conversations.view",
    page="customer_service:channel",
    title=_("Channels"),
    parent=(_("Conversations"), "customer_service:conversations"),
    icon="chat",
    new_page="customer_service:new_channel",
    new_label=_("New channel"),
    empty_title=_("No channels yet"),
    empty_text=_("A channel is a chat page for visitors with its own name, greeting and documents."),
    list_template="customer_service/channels/channels.html",
)
