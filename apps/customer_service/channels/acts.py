"""What is done with a channel at the press of a button."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act, page_of
from apps.customer_service.channels import services
from apps.customer_service.channels.forms import ChannelErasureForm
from apps.customer_service.conversations.selectors import channel_list

CHANNEL = "conversations/channels/<uuid:channel_id>/"
ARCHIVE_CHANNEL = Act(
    services.archive_channel,
    channel_list,
    at=f"{CHANNEL}archive/",
    label=_("Archive the channel"),
    icon="trash",
    success=_("The channel is archived. Its conversations stay in the inbox."),
    back=page_of("customer_service:channel"),
)
RESTORE_CHANNEL = Act(
    services.restore_channel,
    channel_list,
    at=f"{CHANNEL}restore/",
    label=_("Restore the channel"),
    look="primary",
    success=_("The channel is restored at its previous address."),
    back=page_of("customer_service:channel"),
)
ERASE_CHANNEL = Act(
    services.request_erasure,
    channel_list,
    form=ChannelErasureForm,
    at=f"{CHANNEL}erase/",
    success=_("The channel and all its conversations are being deleted."),
    back=page_of("customer_service:channel"),
    then=lambda _nothing: "customer_service:channels",
)
