from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Membership
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.jobs import selectors as jobs
from apps.jobs.models import Job
from apps.marketing.briefs.models import Brief
from apps.marketing.channels.names import channel_name


class VideoScript(OrganisationOwned):
    """A short video as a list of shots. `hooks`: openings to choose from; the first shot speaks the chosen one.

    `shots`: each {"seconds", "picture", "voice_over", "on_screen", "hook"}: their seconds add up to `seconds`.
    `violations`: what the checks found, as `copychecks.Violation` with the place of the shot.
    """

    class Status(models.TextChoices):
        WRITING = "writing", _("being written")
        READY = "ready", _("to be reviewed")
        DROPPED = "dropped", _("dropped")

    brief = models.ForeignKey(Brief, on_delete=models.CASCADE, related_name="video_scripts")
    channel = models.CharField(_("channel"), max_length=40)
    seconds = models.PositiveSmallIntegerField(_("length in seconds"), default=30)
    hooks = models.JSONField(default=list)
    shots = models.JSONField(default=list)
    music = models.CharField(_("music"), max_length=200, blank=True)
    violations = models.JSONField(default=list)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.WRITING)
    version = models.PositiveIntegerField(default=1)
    model = models.CharField(max_length=200, blank=True)
    prompt = models.CharField(max_length=100, blank=True)
    cost = models.DecimalField(max_digits=14, decimal_places=6, default=0)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="+")
    member = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["VideoScript"].as_manager()

    class Meta:
        indexes = [models.Index(fields=["organisation", "-id"], name="video_script_list")]

    def __str__(self) -> str:
        return f"{channel_name(self.channel)} · {self.brief}"

    def get_absolute_url(self) -> str:
        return reverse("marketing:video_script", args=[self.pk])

    @property
    def error(self) -> dict[str, str] | None:
        return jobs.error_of(self.job) if self.job else None
