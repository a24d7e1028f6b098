from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Membership
from apps.core.errors import Text
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.jobs.backed_by_job import BackedByJob
from apps.marketing.briefs.models import Brief
from apps.marketing.copywriting.models import Review
from apps.marketing.experiments.models import Experiment
from apps.marketing.segments.models import Segment

TONES = {
    "approved": "good",
    "sent": "good",
    "sending": "live",
    "returned": "warn",
    "paused": "warn",
    "in_review": "warn",
}


class Campaign(BackedByJob, OrganisationOwned):
    """Approved texts that go to people at a time. Who gets which is its experiment's matter, of one arm or of many.

    `version` counts changes: what is approved is what was read. Without a segment it goes to everybody who consented.
    `member`: who planned it last. `cursor`: the last person who was looked at; `skipped`: reason → how many got nothing
    for it. `waits`: how often sending waited for something that was away, since somebody last set it going.
    `finished_at`: when it was sent or cancelled; it stays while a sent one is sent again.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        IN_REVIEW = "in_review", _("waiting for approval")
        RETURNED = "returned", _("returned")
        APPROVED = "approved", _("approved")
        SENDING = "sending", _("being sent")
        PAUSED = "paused", _("paused")
        SENT = "sent", _("sent")
        CANCELLED = "cancelled", _("cancelled")

    class PauseReason(models.TextChoices):
        PERSON = "person", _("Paused by a member.")
        MAIL_SERVER = "mail_server", _("The mail server did not respond for hours.")
        LATE = "late", _("It was due more than a day ago but could not be sent.")
        WORK_STOPPED = "work_stopped", _("The job was stopped or failed.")

    name = models.CharField(_("name"), max_length=120)
    brief = models.ForeignKey(
        Brief, on_delete=models.PROTECT, related_name="campaigns", verbose_name=_("brief")
    )
    segment = models.ForeignKey(
        Segment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="campaigns",
        verbose_name=_("segment"),
    )
    experiment = models.OneToOneField(Experiment, on_delete=models.CASCADE, related_name="campaign")
    utm_campaign = models.CharField(_("campaign in links (utm_campaign)"), max_length=80, blank=True)
    starts_at = models.DateTimeField(_("send time"), null=True, blank=True)
    people_per_hour = models.PositiveIntegerField(_("maximum people per hour"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    pause_reason = models.CharField(max_length=12, choices=PauseReason, blank=True)
    version = models.PositiveIntegerField(default=1)
    cursor = models.UUIDField(null=True)
    skipped = models.JSONField(default=dict)
    waits = models.PositiveSmallIntegerField(default=0)
    member = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    finished_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["Campaign"].as_manager()

    # Counted by `selectors.campaign_list`: messages that wait to be taken as a file, and whether any has left.
    unsent_count: int
    has_sent: bool

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "-id"], name="campaign_list"),
            models.Index(fields=["organisation", "starts_at"], name="campaign_calendar"),
            models.Index(
                fields=["starts_at"],
                name="campaign_due",
                condition=models.Q(status__in=["approved", "sending"]),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("marketing:campaign", args=[self.pk])

    @property
    def audience_text(self) -> Text:
        return self.segment.name if self.segment else _("everyone who consented")

    @property
    def is_unsent_simulation(self) -> bool:
        """Of one that was sent, its status says so."""
        return self.experiment.is_simulated and self.status != self.Status.SENT

    @property
    def status_badge(self) -> tuple[Text, str]:
        """What its status is called, and the tone of that: of what nobody has got, “sent” would not be true."""
        if self.status == self.Status.SENT:
            if self.experiment.is_simulated:
                return _("simulated: nothing was sent"), "warn"
            if self.unsent_count:
                return _("waiting for export: %(count)s") % {"count": f"{self.unsent_count:,}"}, "warn"
            if not self.has_sent:
                return _("nothing sent"), "warn"
        return self.get_status_display(), TONES.get(self.status, "")


class CampaignReview(Review):
    """`content`: what was read."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="reviews")
    content = models.JSONField(default=dict)

    objects = OrganisationQuerySet["CampaignReview"].as_manager()
