from typing import Any

from django.db import models
from django.db.models import Q, Value
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Membership
from apps.connectors.reasons import reason_text
from apps.core.errors import Text
from apps.core.fields import EncryptedTextField
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.jobs import selectors as jobs
from apps.jobs.models import Job
from apps.knowledge.models import Collection, Document

# Every PostgreSQL index takes so much of the longest alphabet.
MAX_KEY_CHARACTERS = 600
MAX_TEXT_CHARACTERS = 300


class DocumentSource(OrganisationOwned):
    """A place where documents live. What is there is fetched into a collection and kept in step.

    A look at the source is a round, under way since `began_at`: it lists (`cursor`: from where on; `is_listed`: all of it),
    fetches what differs, and deletes what is gone. Where it stopped, the next attempt goes on. `left_out`: so many things
    were more than may be, or have too long a name.
    `held_deletions`: so many documents went at once that a person is asked first.
    """

    class SourceKind(models.TextChoices):
        WEB = "web", _("website")
        FEED = "feed", _("RSS or Atom feed")
        FOLDER = "folder", _("folder on the server")
        BUCKET = "bucket", _("S3 bucket")
        WEBDAV = "webdav", _("WebDAV folder")
        MAILBOX = "mailbox", _("mailbox folder (IMAP)")
        DATABASE = "database", _("PostgreSQL table or view")
        FEISHU = "feishu", _("Feishu")
        CONFLUENCE = "confluence", _("Confluence")

    class Interval(models.IntegerChoices):
        BY_HAND = 0, _("only by hand")
        QUARTER = 15, _("every 15 minutes")
        HOUR = 60, _("every hour")
        DAY = 1440, _("every day")
        WEEK = 10080, _("every week")

    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=10, choices=SourceKind)
    collection = models.ForeignKey(
        Collection, on_delete=models.CASCADE, related_name="+", verbose_name=_("collection")
    )
    settings = models.JSONField(default=dict, editable=False)
    secret = EncryptedTextField(blank=True, editable=False)
    interval = models.PositiveIntegerField(_("synchronised"), choices=Interval, default=Interval.DAY)
    is_paused = models.BooleanField(_("paused"), default=False, editable=False)
    # With whose rights it writes: who set it up or changed it last.
    member = models.ForeignKey(
        Membership, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, editable=False, related_name="+")
    round = models.PositiveIntegerField(default=0, editable=False)
    began_at = models.DateTimeField(null=True, editable=False)
    is_listed = models.BooleanField(default=False, editable=False)
    cursor = models.TextField(blank=True, editable=False)
    left_out = models.PositiveIntegerField(default=0, editable=False)
    held_deletions = models.PositiveIntegerField(default=0, editable=False)
    error = models.CharField(max_length=400, blank=True, editable=False)
    synced_at = models.DateTimeField(null=True, editable=False)
    next_sync_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["DocumentSource"].as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="document_source_name")]
        indexes = [models.Index(fields=["next_sync_at"], name="document_source_due")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("connectors:document_source", args=[self.pk])

    @property
    def is_running(self) -> bool:
        return self.job is not None and not self.job.is_terminal

    @property
    def state_text(self) -> Text:
        """What a list of sources says of it."""
        if self.is_running:
            return _("synchronising")
        if self.is_paused:
            return _("paused")
        if self.error_text:
            return _("failed")
        return _("up to date") if self.synced_at else _("waiting")

    @property
    def error_text(self) -> str:
        """Why the last round failed, in its own words or in those of its job."""
        of_job = jobs.error_of(self.job) if self.job and self.job.state == Job.State.FAILED else None
        return reason_text(self.error) or (of_job["message"] if of_job else "")

    @property
    def failed_text(self) -> str:
        """How many of its documents failed, as the list counts them; nothing where none did."""
        count = getattr(self, "failed_count", 0)
        return ngettext("%(count)s failed", "%(count)s failed", count) % {"count": count} if count else ""


class SourceItem(OrganisationOwned):
    """One thing that a source holds: a page, a file, a mail, a row.

    `listed_fingerprint`: what the last list said of it; `fingerprint`: of what was fetched last. `is_copy`: another item, or
    a person, brought the same content first. `rights`: whom the source names as its readers; null: those of the collection.
    `seen_round`: in which it was listed last; `done_round`: in which it was dealt with.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        CURRENT = "current", _("up to date")
        FAILED = "failed", _("failed")
        GONE = "gone", _("no longer there")

    source = models.ForeignKey(DocumentSource, on_delete=models.CASCADE, related_name="items")
    key = models.CharField(max_length=MAX_KEY_CHARACTERS)
    name = models.CharField(max_length=MAX_TEXT_CHARACTERS)
    state = models.CharField(_("State"), max_length=10, choices=State, default=State.WAITING)
    error = models.CharField(max_length=400, blank=True)
    listed_fingerprint = models.CharField(max_length=MAX_TEXT_CHARACTERS, blank=True)
    fingerprint = models.CharField(max_length=MAX_TEXT_CHARACTERS, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    rights: models.JSONField[Any, Any] = models.JSONField(null=True)
    file_name = models.CharField(max_length=200, blank=True)
    document = models.ForeignKey(Document, on_delete=models.SET_NULL, null=True, related_name="+")
    is_copy = models.BooleanField(default=False, db_default=Value(False))
    seen_round = models.PositiveIntegerField(default=0)
    done_round = models.PositiveIntegerField(default=0)
    first_seen_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(null=True)

    objects = OrganisationQuerySet["SourceItem"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="source_item_key")]
        indexes = [
            models.Index(fields=["source", "done_round"], name="source_item_round"),
            models.Index(
                fields=["source"], name="source_item_failed", condition=Q(state__in=["failed", "gone"])
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("knowledge:document", args=[self.document_id]) if self.document_id else ""

    @property
    def tone(self) -> str:
        """Of its state's badge."""
        return {"current": "good", "failed": "bad", "gone": "warn"}.get(self.sync_state, "")

    @property
    def sync_state(self) -> str:
        """Failed, too, where it was fetched and could not be read."""
        if self.state == self.State.CURRENT and self.document and self.document.error:
            return self.State.FAILED
        return self.state

    def get_sync_state_display(self) -> str:
        return str(self.State(self.sync_state).label)

    @property
    def problem_text(self) -> str:
        """Why it is not in step, and what to do; or that it is, for hardly anybody."""
        if self.error:
            return reason_text(self.error)
        if self.document and self.document.error:
            return self.document.error["message"]
        if self.rights is not None and not any(self.rights.values()):
            return gettext("The source names no reader of it that is known here: only owners read it.")
        return ""
