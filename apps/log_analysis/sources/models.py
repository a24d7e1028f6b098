import hmac
from base64 import b32encode
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts import switches
from apps.accounts.models import ApiKey, Membership
from apps.core.errors import Text
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.files.models import ResumableUpload, ResumableUploadQuerySet
from apps.jobs import selectors as jobs
from apps.jobs.models import Job

MAX_KEEP_DAYS = 3650
# So many sessions of each kind must people have decided about before their decisions are learnt.
MIN_SESSION_LABELS = 10
# Why a file or a batch, or the end of it, could not be read.
UNREAD_REASONS = {
    "broken_file": _("The file is damaged. Compress it again and re-upload it."),
    "too_large": _("The file is too large when unpacked. Split it, or ask the operator to raise the limit."),
    "packed_too_deep": _("The archive contains other archives. Unpack it once and upload the contents."),
    "unknown_encoding": _("Unknown compression of this batch."),
    "no_lines": _("The file contains no lines."),
    "unsupported_compression": _(
        "The archive uses a compression other than Deflate. Pack it as an ordinary ZIP or as .tar.gz."
    ),
    "too_complex": _("Unpacking or reading this takes too much memory or time. Split it into smaller parts."),
    "too_many_records": _("The batch has too many records. Send smaller batches."),
    "not_json": _("The batch is not JSON."),
    "not_otlp": _("The batch is not in OpenTelemetry format."),
    "seal_broken": _("The stored batch is damaged. Check the server's disk."),
    "reading_failed": _(
        "The batch could not be read because of an error on our side. Update, then read it again."
    ),
    "unread_full": _(
        "Too many batches are kept aside, so reading has stopped. Read them again or drop them."
    ),
    "worker_died": _("A worker stopped several times while reading this batch, perhaps for lack of memory."),
    "disk_full": _("The disk is full. Received data is kept and read when space is available."),
    "folder_not_allowed": _("The operator has not allowed this folder for your organisation."),
    "folder_too_full": _("Too many files in the folder. Move old ones away."),
    "folder_unreadable": _("The folder does not exist or cannot be read."),
}


class LogSourceQuerySet(OrganisationQuerySet["LogSource"]):
    def receiving(self) -> "LogSourceQuerySet":
        return switches.of_open(self.filter(is_paused=False))

    def silent(self) -> "LogSourceQuerySet":
        """Those whose regular records are overdue, and that have read all that came."""
        return self.receiving().filter(heartbeat_due_at__lte=timezone.now(), waiting_bytes=0)


class LogSource(OrganisationOwned):
    """Where records come from: files that people upload, batches over HTTP, syslog, or a folder that is followed.

    `time_format` as `strptime` writes it; empty: found in the lines. `service` is that of records that name none.
    `session_parameter`: the key or the kind of parameter whose value says which records belong together.
    `job` reads what has come in; it is suspended while nothing does. `deletion_job` takes the source away.
    `followed_files`: how far each file of the folder was read, see `folder_tail`. `held_batches`: those of the last look
    at it that may not have been released to the worker yet.
    """

    class Transport(models.TextChoices):
        FILES = "files", _("files")
        HTTP = "http", _("HTTP and OpenTelemetry")
        SYSLOG = "syslog", _("syslog")
        FOLDER = "folder", _("folder")

    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=6, choices=Transport, default=Transport.FILES)
    service = models.CharField(_("service"), max_length=80, blank=True)
    time_format = models.CharField(_("time format"), max_length=60, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=40, default="UTC")
    session_parameter = models.CharField(_("session key"), max_length=40, blank=True)
    folder = models.CharField(_("folder"), max_length=200, blank=True)
    keep_days = models.PositiveSmallIntegerField(
        _("days that records are kept"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_KEEP_DAYS)],
    )
    sample_percent = models.PositiveSmallIntegerField(
        _("share of records kept (%)"),
        default=100,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )
    is_paused = models.BooleanField(_("paused"), default=False)
    # What arrived and has not been read yet: more than a limit is answered with 429.
    waiting_bytes = models.PositiveBigIntegerField(default=0)
    # Lines of syslog that came faster than they could be stored, or while the source was paused.
    dropped_lines = models.PositiveBigIntegerField(default=0)
    # Another number makes another token, see `sender_token`.
    sender_token_number = models.PositiveSmallIntegerField(default=1)
    followed_files = models.JSONField(default=list)
    held_batches = models.JSONField(default=list)
    # The number of the next record that comes through the spool. Rises; what is kept aside takes numbers, too.
    spool_offset = models.PositiveBigIntegerField(default=0)
    # Times (microseconds UTC) of what was counted and not judged yet.
    unjudged_since = models.BigIntegerField(null=True)
    unjudged_until = models.BigIntegerField(null=True)
    # Records whose time could not be read or was too far away; they have that of their arrival.
    misdated_records = models.PositiveBigIntegerField(default=0)
    # Batches that could not be read when as many were kept aside as may be.
    dropped_batches = models.PositiveBigIntegerField(default=0)
    # Of the last batch that could not be read, or not all of it.
    unread_reason = models.CharField(max_length=40, blank=True)
    records_count = models.PositiveBigIntegerField(default=0)
    last_record_at = models.DateTimeField(null=True)
    # When what comes regularly will be missed, if nothing comes until then; none where nothing does.
    heartbeat_due_at = models.DateTimeField(null=True)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="+")
    deletion_job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = LogSourceQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="log_source_name")]
        indexes = [models.Index(fields=["heartbeat_due_at"], name="log_source_heartbeat")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("log_analysis:log_source", args=[self.pk])

    @property
    def is_being_deleted(self) -> bool:
        return self.deletion_job is not None and not self.deletion_job.is_terminal

    @property
    def state_text(self) -> Text:
        """What a list of sources says of it."""
        if self.is_being_deleted:
            return _("being deleted")
        return _("paused") if self.is_paused else _("receiving")

    @property
    def deletion_error(self) -> dict[str, str] | None:
        """Why it is still there although somebody deleted it."""
        return jobs.error_of(self.deletion_job) if self.deletion_job else None

    @property
    def unread_text(self) -> Text:
        return UNREAD_REASONS.get(self.unread_reason, "")

    @property
    def sender_token(self) -> str:
        """Stands in each line of syslog and says whose it is. It opens nothing but the way into this source."""
        content = f"syslog sender {self.pk} {self.sender_token_number}".encode()
        digest = hmac.digest(settings.SECRET_KEY.encode(), content, "sha256")
        return b32encode(digest[:20]).decode().lower()

    @property
    def spool(self) -> Path:
        """What arrived over the network and has not been read yet, one encrypted file for each batch."""
        return Path(default_storage.path(f"logs/spool/{self.organisation_id}/{self.pk}"))


class UnreadBatch(OrganisationOwned):
    """A batch that could not be read. It lies in the spool of its source until somebody reads it again or drops it.

    `name`: of its file. `first_number`: of its first record, for ever; `counted_until`: of the first that was not counted,
    as part of it may have been stored before its worker died. `is_due`: somebody wants it to be read again.
    """

    source = models.ForeignKey(LogSource, on_delete=models.CASCADE, related_name="unread_batches")
    name = models.CharField(max_length=32)
    reason = models.CharField(max_length=40)
    bytes = models.PositiveBigIntegerField()
    first_number = models.PositiveBigIntegerField()
    counted_until = models.PositiveBigIntegerField()
    is_due = models.BooleanField(default=False)
    kept_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ["-kept_at"]
        constraints = [models.UniqueConstraint(fields=["source", "name"], name="unread_batch_name")]
        indexes = [models.Index(fields=["kept_at"], name="unread_batch_age")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return self.source.get_absolute_url()

    @property
    def reason_text(self) -> Text:
        return UNREAD_REASONS.get(self.reason, "")


class LogFileQuerySet(ResumableUploadQuerySet["LogFile"]):
    def under_way(self) -> "LogFileQuerySet":
        return self.filter(job__state__in=Job.ACTIVE)


class LogFile(ResumableUpload):
    """A file of lines, plain or packed, that somebody uploads to be analysed.

    `lines_count`, `records_count` and the times are known when it has been read. `unread_reason` says why the end of
    it, or all of it, could not be.
    """

    class State(models.TextChoices):
        UPLOADING = "uploading", _("uploading")
        WAITING = "waiting", _("waiting")
        READING = "reading", _("being read")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    source = models.ForeignKey(LogSource, on_delete=models.CASCADE, related_name="files")
    lines_count = models.PositiveBigIntegerField(default=0)
    records_count = models.PositiveBigIntegerField(default=0)
    first_record_at = models.DateTimeField(null=True)
    last_record_at = models.DateTimeField(null=True)
    unread_reason = models.CharField(max_length=40, blank=True)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="+")
    member = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    api_key = models.ForeignKey(ApiKey, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = LogFileQuerySet.as_manager()

    class Meta(ResumableUpload.Meta):
        indexes = [
            *ResumableUpload.Meta.indexes,
            models.Index(fields=["organisation", "-id"], name="log_file_list"),
        ]

    @property
    def max_bytes(self) -> int:
        return int(settings.LOG_FILE_MAX_BYTES)

    @property
    def stored_path(self) -> Path:
        return Path(default_storage.path(f"logs/files/{self.organisation_id}/{self.pk}"))

    @property
    def state(self) -> "LogFile.State":
        if self.received_at is None:
            return self.State.UPLOADING
        return _STATES[Job.State(self.job.state)] if self.job else self.State.CANCELLED

    @property
    def tone(self) -> str:
        """Of its state's badge."""
        tones = {self.State.READING: "live", self.State.READY: "good", self.State.FAILED: "bad"}
        return tones.get(self.state, "")

    @property
    def is_under_way(self) -> bool:
        return self.state in (self.State.WAITING, self.State.READING)

    @property
    def is_older_than_kept(self) -> bool:
        """Whether some of its records are of days that its source does not keep: the next sweep takes them away."""
        first_day = (timezone.now() - timedelta(days=self.source.keep_days)).date()
        return self.first_record_at is not None and self.first_record_at.date() < first_day

    @property
    def size_text(self) -> str:
        return filesizeformat(self.offset)

    @property
    def unread_text(self) -> Text:
        return UNREAD_REASONS.get(self.unread_reason, "")

    @property
    def error(self) -> dict[str, str] | None:
        return jobs.error_of(self.job) if self.job else None


_STATES = {
    Job.State.QUEUED: LogFile.State.WAITING,
    Job.State.RUNNING: LogFile.State.READING,
    Job.State.SUCCEEDED: LogFile.State.READY,
    Job.State.FAILED: LogFile.State.FAILED,
    Job.State.CANCELLED: LogFile.State.CANCELLED,
}
