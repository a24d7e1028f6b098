import json

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.fields import EncryptedTextField
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.customer_service.channels.models import Channel, new_secret


class MessengerAccount(OrganisationOwned):
    """The bot of a messenger, and the secrets with which both sides prove who they are."""

    channel = models.OneToOneField(Channel, on_delete=models.CASCADE, related_name="messenger_account")
    bot_name = models.CharField(_("bot name"), max_length=100, blank=True)
    credentials_json = EncryptedTextField(default="{}", editable=False)
    hook_secret = EncryptedTextField(default=new_secret, editable=False)
    connected_at = models.DateTimeField(
        null=True, editable=False, help_text="Since when the messenger sends here."
    )
    error = models.TextField(blank=True, editable=False)
    cursor = models.CharField(
        max_length=200, blank=True, default="", editable=False, help_text="Up to where messages were fetched."
    )
    has_long_connection = models.BooleanField(_("long connection"), default=False)
    held_until = models.DateTimeField(
        default=timezone.now,
        editable=False,
        help_text="Until then a process holds the connection, or waits to open it again.",
    )
    failures = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="Connections in a row that did not last."
    )

    objects = OrganisationQuerySet["MessengerAccount"].as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["held_until"],
                name="messenger_connection_due",
                condition=models.Q(has_long_connection=True),
            )
        ]

    def __str__(self) -> str:
        return self.bot_name or str(self.channel_id)

    @property
    def credentials(self) -> dict[str, str]:
        """What people copied from the messenger's console, by the names of `CredentialField`."""
        return {str(name): str(value) for name, value in json.loads(self.credentials_json).items()}
