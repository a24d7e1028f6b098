from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, Self

import filetype
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.files.storage import default_storage
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import ApiKey, Membership
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.files.models import ResumableUpload, ResumableUploadQuerySet
from apps.jobs import selectors as jobs
from apps.jobs.models import Job
from apps.vault.fields import SealedJSONField, SealedTextField
from apps.vault.files import open_sealed


class RecordingQuerySet(ResumableUploadQuerySet["Recording"]):
    def shared(self) -> Self:
        """What everybody hears who may hear recordings. A desk says who hears the others."""
        return self.filter(is_restricted=False)

    def followed(self) -> Self:
        """Written down right now, while somebody speaks."""
        return self.filter(received_at=None, is_followed=True, job__state=Job.State.RUNNING)

    def failed(self) -> Self:
        return self.filter(job__state=Job.State.FAILED)


class Recording(ResumableUpload):
    """Speech, spoken into the browser or uploaded.

    `length` is unknown while somebody still speaks. `is_followed`: it is written down while it arrives.
    `is_restricted`: it belongs to something of a desk, which says who may hear it.
    """

    class State(models.TextChoices):
        UPLOADING = "uploading", _("uploading")
        WAITING = "waiting", _("waiting")
        TRANSCRIBING = "transcribing", _("transcribing")
        READY = "ready", _("ready")
        NO_SPEECH = "no_speech", _("no speech found")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    # People name recordings, and what they upload, after those who speak.
    title = SealedTextField(_("title"), max_length=200)
    media_type = models.CharField(max_length=100, blank=True)
    seconds = models.FloatField(null=True)
    is_rewritten = models.BooleanField(default=False)
    is_followed = models.BooleanField(default=False)
    is_restricted = models.BooleanField(default=False)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    recorded_by = models.ForeignKey(
        Membership, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    api_key = models.ForeignKey(ApiKey, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = RecordingQuerySet.as_manager()

    class Meta(ResumableUpload.Meta):
        indexes = [
            *ResumableUpload.Meta.indexes,
            models.Index(fields=["organisation", "-id"], name="recording_list"),
        ]

    @property
    def recorder(self) -> str:
        """Who recorded it, or the key that sent it."""
        return str((self.recorded_by.user if self.recorded_by else self.api_key) or "")

    @property
    def state(self) -> "Recording.State":
        if self.received_at is None:
            return self.State.UPLOADING
        if transcript := self.finished_transcript:
            return self.State.READY if transcript.has_speech else self.State.NO_SPEECH
        return _STATE_OF_JOB[Job.State(self.job.state)] if self.job else self.State.CANCELLED

    @property
    def is_live(self) -> bool:
        """Somebody speaks, and it is written down meanwhile."""
        return self.received_at is None and self.job is not None and self.job.state in Job.ACTIVE

    @property
    def format_name(self) -> str:
        """As its files end: MP3, WEBM; empty until it was received."""
        kind = filetype.get_type(mime=self.media_type)
        return kind.extension.upper() if kind else self.media_type

    @property
    def tone(self) -> str:
        """Of its badge in the portal."""
        return _TONES.get(self.state, "")

    @property
    def finished_transcript(self) -> "Transcript | None":
        return getattr(self, "transcript", None)

    @property
    def error(self) -> dict[str, str] | None:
        return jobs.error_of(self.job) if self.job else None

    @property
    def max_bytes(self) -> int:
        return int(settings.RECORDING_MAX_BYTES)

    @property
    def stored_path(self) -> Path:
        return Path(default_storage.path(f"recordings/{self.organisation_id}/{self.pk}"))

    @property
    def rewritten_path(self) -> Path:
        """The same sound in one piece with an index, where what was recorded has none."""
        return self.stored_path.with_suffix(".rewritten")

    @property
    def sound_path(self) -> Path:
        """What is listened to, by people and by the model."""
        return self.rewritten_path if self.is_rewritten else self.stored_path

    def open_first(self, length: int) -> BinaryIO:
        """The first bytes, whether more follow or not. Raises KeyLost and SealBroken."""
        return open_sealed(self.stored_path, length=length)

    def open_sound(self) -> BinaryIO:
        """What is listened to. Raises KeyLost and SealBroken."""
        return open_sealed(self.rewritten_path) if self.is_rewritten else self.open_stored()

    @property
    def duration(self) -> timedelta | None:
        return None if self.seconds is None else timedelta(seconds=self.seconds)

    def get_state_display(self) -> str:
        return str(self.state.label)


_TONES = {
    Recording.State.READY: "good",
    Recording.State.FAILED: "bad",
    Recording.State.NO_SPEECH: "warn",
    Recording.State.UPLOADING: "warn",
    Recording.State.TRANSCRIBING: "live",
}
_STATE_OF_JOB = {
    Job.State.QUEUED: Recording.State.WAITING,
    Job.State.RUNNING: Recording.State.TRANSCRIBING,
    Job.State.FAILED: Recording.State.FAILED,
    Job.State.CANCELLED: Recording.State.CANCELLED,
    # The transcript is written in the transaction that ends the job: it has been deleted since.
    Job.State.SUCCEEDED: Recording.State.CANCELLED,
}


class Transcript(OrganisationOwned):
    """What was said. Without speech there are no segments, and nothing is made up in their place.

    `is_incomplete`: the file broke off before its end.
    `segments`: [{"start", "end", "text", "words": [{"text", "start", "end", "probability"}]}], times in seconds.
    """

    recording = models.OneToOneField(Recording, on_delete=models.CASCADE, related_name="transcript")
    language = models.CharField(max_length=10, blank=True)
    has_speech = models.BooleanField(default=True)
    is_incomplete = models.BooleanField(default=False)
    seconds = models.FloatField(default=0)
    segments = SealedJSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["Transcript"].as_manager()

    def __str__(self) -> str:
        return f"{self.recording_id} · {self.language}"

    @property
    def language_name(self) -> str:
        return str(dict(SpokenLanguage.choices).get(self.language, self.language))

    @property
    def text(self) -> str:
        return "\n".join(segment["text"].strip() for segment in self.segments)


class HeardStretch(OrganisationOwned):
    """What was said up to `until` (seconds), behind the stretch before it, in a recording that still arrives.

    An attempt that is broken off, or made way, is gone on with from here. The transcript takes the place of them all.
    """

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="heard_stretches")
    number = models.PositiveIntegerField()
    until = models.FloatField()
    language = models.CharField(max_length=10, blank=True)
    segments = SealedJSONField(default=list)

    objects = OrganisationQuerySet["HeardStretch"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recording", "number"], name="heard_stretch_once"),
        ]

    def __str__(self) -> str:
        return f"{self.recording_id} · {self.number}"


class SpokenLanguage(models.TextChoices):
    CHINESE = "zh", _("Chinese")
    ENGLISH = "en", _("English")


def all_languages() -> list[str]:
    return list(SpokenLanguage.values)


class SpeechPreferences(OrganisationOwned):
    """What an organisation's people speak: the model looks for nothing else."""

    languages = ArrayField(
        models.CharField(max_length=10, choices=SpokenLanguage),
        verbose_name=_("spoken languages"),
        default=all_languages,
    )
    # People write patients' names among them, and words corrected in a transcript are added by themselves.
    terms = SealedTextField(
        _("names and terms"),
        blank=True,
        max_length=600,
        help_text=_("Names of people, products and medicines, spelt as they should appear."),
    )
    recordings_kept_days = models.PositiveIntegerField(
        _("days to keep recordings"),
        default=0,
        validators=[MaxValueValidator(36500)],
        help_text=_("Of every recording that belongs to nothing else, with its transcript. 0 keeps them."),
    )

    objects = OrganisationQuerySet["SpeechPreferences"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation"], name="speech_preferences_once"),
            models.CheckConstraint(name="speech_has_language", condition=Q(languages__len__gte=1)),
        ]

    def __str__(self) -> str:
        return ", ".join(self.languages)
