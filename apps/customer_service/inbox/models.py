from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Membership
from apps.core import languages
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.customer_service.conversations.models import Conversation


class Tag(OrganisationOwned):
    """A word of the shop's own on conversations."""

    name = models.CharField(_("name"), max_length=40)

    objects = OrganisationQuerySet["Tag"].as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="tag_name")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The conversations that have it."""
        return f"{reverse('customer_service:conversations')}?view=all&tag={self.pk}"


class Note(OrganisationOwned):
    """What staff write to each other about a conversation. Visitors never see it."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="notes")
    member = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    text = models.TextField(max_length=4000)
    after = models.PositiveIntegerField(default=0, help_text="The ordinal of the turn it was written after.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["Note"].as_manager()

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return self.text[:60]


class CannedReply(OrganisationOwned):
    """A text that staff send often, found by its shortcut."""

    shortcut = models.SlugField(_("shortcut"), max_length=40, allow_unicode=True)
    text = models.TextField(_("text"), max_length=4000)
    language = models.CharField(_("language"), max_length=10, choices=languages.CHOICES)

    objects = OrganisationQuerySet["CannedReply"].as_manager()

    class Meta:
        ordering = ["shortcut"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "shortcut", "language"], name="canned_reply_shortcut"
            )
        ]

    def __str__(self) -> str:
        return f"/{self.shortcut}"
