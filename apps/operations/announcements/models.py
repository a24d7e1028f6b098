from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organisation, User
from apps.core.models import OrganisationOwned, OrganisationQuerySet

# What members of the demo's organisations are told; by it those are known whose data is simulated.
SIMULATED_EN = (
    "Demonstration: all data of this organisation is simulated. Its owner can clear it and start empty."
)
SIMULATED_ZH = "演示环境：本组织的全部数据均为模拟，所有者可清空后从零开始。"


class AnnouncementQuerySet(OrganisationQuerySet["Announcement"]):
    def visible_to(self, organisation: Organisation) -> Self:
        """The organisation's own, and those that an operator made for everybody."""
        return self.filter(Q(organisation=organisation) | Q(organisation=None))


class Announcement(OrganisationOwned):
    """A few words at the top of every page, of an organisation or, without one, of the whole installation."""

    class Tone(models.TextChoices):
        NOTE = "note", _("for information")
        WARNING = "warning", _("warning")
        URGENT = "urgent", _("urgent")

    organisation = models.ForeignKey(  # type: ignore[assignment]
        Organisation, on_delete=models.CASCADE, null=True, editable=False, related_name="+"
    )
    text_zh = models.CharField(_("text in Chinese"), max_length=300, blank=True)
    text_en = models.CharField(_("text in English"), max_length=300, blank=True)
    tone = models.CharField(_("level"), max_length=10, choices=Tone, default=Tone.NOTE)
    begins_at = models.DateTimeField(_("shown from"), default=timezone.now)
    ends_at = models.DateTimeField(_("shown until"), null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="announcement_says_something", condition=~Q(text_zh="") | ~Q(text_en="")
            ),
            models.CheckConstraint(
                name="announcement_ends_later",
                condition=Q(ends_at=None) | Q(ends_at__gt=models.F("begins_at")),
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def is_about_simulation(self) -> bool:
        return self.text_en == SIMULATED_EN

    @property
    def until(self) -> datetime | str:
        return self.ends_at or "–"

    @property
    def notice_tone(self) -> str:
        """As notices are called in the style sheets."""
        return {self.Tone.WARNING: "warn", self.Tone.URGENT: "bad"}.get(self.Tone(self.tone), "live")

    @property
    def text(self) -> str:
        """In the reader's language, or in the one that there is."""
        is_chinese = (get_language() or "").startswith("zh")
        texts = (self.text_zh, self.text_en) if is_chinese else (self.text_en, self.text_zh)
        return next(filter(None, texts), "")


class AnnouncementDismissal(models.Model):
    """A person has read an announcement and does not want to see it any more."""

    announcement = models.ForeignKey(Announcement, on_delete=models.CASCADE, related_name="dismissals")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["announcement", "user"], name="announcement_dismissed_once")
        ]

    def __str__(self) -> str:
        return f"{self.announcement_id} {self.user_id}"
