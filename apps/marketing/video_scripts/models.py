from datetime import timedelta
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Membership
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.jobs import selectors as jobs
from apps.jobs.backed_by_job import BackedByJob
from apps.jobs.models import Job
from apps.marketing.briefs.models import Brief
from apps.marketing.video_scripts.platforms import platform_name
from apps.vault.fields import SealedBytesField

MAX_VOICE_CHARACTERS = 80


class VideoScript(BackedByJob, OrganisationOwned):
    """A short video as a list of shots. `hooks`: openings to choose from; the first shot speaks the chosen one.

    `shots`: each {"seconds", "picture", "voice_over", "on_screen"}: their seconds add up to `seconds`. `hooks`: each
    {"angle", "picture", "voice_over", "on_screen", "violations"}; one with errors is shown with its reasons and not chosen.
    `voice`: the one that reads it aloud, as the server of the voice calls it; `voice_job` reads.
    `violations`: what the checks found, as `copy_checks` finds it, its field being the number of the shot and a part of it.
    """

    class Status(models.TextChoices):
        WRITING = "writing", _("generating")
        READY = "ready", _("to be reviewed")
        DROPPED = "dropped", _("dropped")

    brief = models.ForeignKey(Brief, on_delete=models.CASCADE, related_name="video_scripts")
    platform = models.CharField(_("platform"), max_length=40)
    seconds = models.PositiveSmallIntegerField(_("length in seconds"), default=30)
    hooks = models.JSONField[Any](default=list)
    shots = models.JSONField[Any](default=list)
    music = models.CharField(_("music"), max_length=200, blank=True)
    violations = models.JSONField[Any](default=list)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.WRITING)
    version = models.PositiveIntegerField(default=1)
    model = models.CharField(max_length=200, blank=True)
    prompt = models.CharField(max_length=200, blank=True)
    cost = models.DecimalField(max_digits=14, decimal_places=6, default=0)
    member = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    voice = models.CharField(max_length=MAX_VOICE_CHARACTERS, blank=True)
    voice_job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["VideoScript"].as_manager()

    class Meta:
        indexes = [models.Index(fields=["organisation", "-id"], name="video_script_list")]

    def __str__(self) -> str:
        return f"{self.platform_name} · {self.brief}"

    def get_absolute_url(self) -> str:
        return reverse("marketing:video_script", args=[self.pk])

    @property
    def length(self) -> timedelta:
        return timedelta(seconds=self.seconds)

    @property
    def platform_name(self) -> str:
        return platform_name(self.platform)

    @property
    def is_being_read(self) -> bool:
        return self.voice_job is not None and not self.voice_job.is_terminal

    @property
    def voice_error(self) -> dict[str, str] | None:
        return jobs.error_of(self.voice_job) if self.voice_job else None


class ShotSound(OrganisationOwned):
    """A voice-over read aloud, as WAV. `spoken`: a hash of the words and the voice, by which it is found again.

    A few seconds of sound are a row and no file: it goes with its script, whichever way that goes.
    """

    script = models.ForeignKey(VideoScript, on_delete=models.CASCADE, related_name="sounds")
    spoken = models.CharField(max_length=64)
    seconds = models.FloatField()
    size = models.PositiveIntegerField(default=0)
    sound = SealedBytesField(default=bytes)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["ShotSound"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["script", "spoken"], name="shot_sound_once")]
