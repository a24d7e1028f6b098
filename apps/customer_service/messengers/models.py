from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.fields import EncryptedTextField
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.customer_service.channels.models import Channel, new_secret


class MessengerAccount(OrganisationOwned):
    """The bot of a messenger, and the secret its calls to us prove themselves with."""

    channel = models.OneToOneField(Channel, on_delete=models.CASCADE, related_name="messenger_account")
    bot_name = models.CharField(_("bot name"), max_length=100, blank=True)
    token = EncryptedTextField(_("token"))
    hook_secret = EncryptedTextField(default=new_secret, editable=False)
    connected_at = models.DateTimeField(
        null=True, editable=False, help_text="Since when the messenger sends here."
    )
    error = models.TextField(blank=True, editable=False)

    objects = OrganisationQuerySet["MessengerAccount"].as_manager()

    def __str__(self) -> str:
        return self.bot_name or str(self.channel_id)
