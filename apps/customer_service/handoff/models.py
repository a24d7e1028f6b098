from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Membership
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.customer_service.conversations.models import Conversation


class HandoffQuerySet(OrganisationQuerySet["Handoff"]):
    def waiting(self) -> Self:
        return self.filter(state=Handoff.State.WAITING)

    def live(self) -> Self:
        return self.exclude(state=Handoff.State.ENDED)

    def overdue(self) -> Self:
        return self.waiting().filter(due_at__lt=timezone.now())

    def end(self) -> int:
        return self.update(state=Handoff.State.ENDED, ended_at=timezone.now())


class Handoff(OrganisationOwned):
    """A conversation that needs a person: why, since when, until when, and what the person should know."""

    class Reason(models.TextChoices):
        ASKED = "asked", _("visitor asked for staff")
        LOW_CONFIDENCE = "low_confidence", _("no answer in the documents")
        NEGATIVE = "negative", _("visitor is getting upset")
        KEYWORD = "keyword", _("handoff keyword")
        SENSITIVE = "sensitive", _("a legal or safety matter")
        TOOL_FAILED = "tool_failed", _("a lookup failed")
        MODELS_AWAY = "models_away", _("no model available")
        MANUAL = "manual", _("staff request")
        NO_BOT = "no_bot", _("staff answer this channel")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        ACCEPTED = "accepted", _("taken")
        ENDED = "ended", _("ended")

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="handoffs")
    reason = models.CharField(max_length=20, choices=Reason)
    detail = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    skill = models.CharField(max_length=40, blank=True)
    is_urgent = models.BooleanField(default=False)
    pack = models.JSONField(
        default=dict, help_text="{summary, intent, sentiment, trend, tried: […], sources: […], entities: […]}"
    )
    due_at = models.DateTimeField(null=True, help_text="When a person should have replied.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    accepted_at = models.DateTimeField(null=True, editable=False)
    accepted_by = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True, editable=False)

    objects = HandoffQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        indexes = [
            models.Index(
                fields=["organisation", "-is_urgent", "created_at"],
                name="handoff_queue",
                condition=Q(state="waiting"),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"], name="one_live_handoff", condition=~Q(state="ended")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.state}"

    @property
    def is_waiting(self) -> bool:
        return self.state == self.State.WAITING

    @property
    def is_overdue(self) -> bool:
        return self.is_waiting and self.due_at is not None and self.due_at < timezone.now()
