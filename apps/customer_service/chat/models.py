from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.customer_service.conversations.models import Conversation


class Contact(OrganisationOwned):
    """What is known of a visitor beyond a conversation. Made when somebody says who they are."""

    visitor_id = models.CharField(max_length=64)
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=80, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    attributes = models.JSONField(default=dict, help_text="Told by the site that shows the widget, signed.")
    is_verified = models.BooleanField(default=False, help_text="The site vouches for it by signature.")
    note = models.TextField(_("note"), max_length=2000, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["Contact"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "visitor_id"], name="contact_visitor")]

    def __str__(self) -> str:
        return self.name or self.email or self.visitor_id


class Rating(OrganisationOwned):
    """How a visitor found a conversation, asked once it is resolved."""

    conversation = models.OneToOneField(Conversation, on_delete=models.CASCADE, related_name="rating")
    score = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    comment = models.TextField(max_length=1000, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["Rating"].as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="rating_of_one_to_five", condition=models.Q(score__gte=1, score__lte=5)
            )
        ]

    def __str__(self) -> str:
        return str(self.score)
