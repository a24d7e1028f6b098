from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.vault.fields import SealedTextField

MAX_EXTERNAL_ID_CHARACTERS = 200


class Person(OrganisationOwned):
    """Somebody whom an organisation may write to. `external_id`: what the organisation itself calls them.

    `attributes`: name → text, number, true or false: what segments are made of, so the database reads it. Who somebody
    is and where they are reached is sealed. `consents` and `unsubscribed` are keys of channels; who left a channel is
    not written to there, whatever a later import says. `due_at`: the next time at which a segment's rule may begin or
    cease to hold for them without anything happening, such as 30 days after they bought.
    """

    external_id = models.CharField(_("customer ID"), max_length=MAX_EXTERNAL_ID_CHARACTERS)
    name = SealedTextField(_("name"), default="", blank=True)
    email = SealedTextField(_("e-mail address"), default="", blank=True)
    phone = SealedTextField(_("telephone"), default="", blank=True)
    attributes = models.JSONField(default=dict)
    consents = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    unsubscribed = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    due_at = models.DateTimeField(null=True, editable=False)

    objects = OrganisationQuerySet["Person"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "external_id"], name="person_once")]
        indexes = [
            models.Index(fields=["organisation", "-id"], name="person_list"),
            models.Index(fields=["organisation", "changed_at"], name="person_changes"),
            models.Index(fields=["due_at"], name="person_due", condition=~models.Q(due_at=None)),
        ]

    def __str__(self) -> str:
        return str(self.name or self.external_id)

    @property
    def consents_count(self) -> int:
        return len(self.consents)

    def get_absolute_url(self) -> str:
        return reverse("marketing:person", args=[self.pk])
