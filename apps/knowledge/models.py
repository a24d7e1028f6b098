from collections.abc import Sequence
from typing import Self

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Length
from django.utils import timezone
from django.utils.translation import gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _
from pgvector.django import SparseVectorField, VectorField

from apps.accounts.models import ApiKey, Membership
from apps.accounts.permissions import ROLE_LABELS
from apps.core import languages
from apps.core.errors import Text
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.jobs import selectors as jobs
from apps.jobs.models import Job
from domain.documents.content import PICTURES, Kind

# pgvector's limit; terms are hashed into it, so two of them hardly ever meet.
TERM_SPACE = 1_000_000_000
LISTED_PAGES = 30


def listed_pages(pages: Sequence[int]) -> str:
    """The first of them, by their numbers."""
    listed = pgettext("list", ", ").join(map(str, pages[:LISTED_PAGES]))
    return listed if len(pages) <= LISTED_PAGES else f"{listed} …"


class Collection(OrganisationOwned):
    """Documents that are searched together, such as all a shop's assistant may know."""

    name = models.CharField(_("name"), max_length=120)
    language = models.CharField(
        _("main language"),
        max_length=10,
        choices=languages.CHOICES,
        default="zh-hans",
    )
    passages_count = models.PositiveIntegerField(default=0, editable=False)
    is_restricted = models.BooleanField(
        _("restricted"), default=False, help_text=_("Only owners, and whom you name, read and search it.")
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["Collection"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="collection_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def failed_text(self) -> str:
        """How many of its documents failed, as the list counts them; nothing where none did."""
        count = getattr(self, "failed_count", 0)
        return ngettext("%(count)s failed", "%(count)s failed", count) % {"count": count} if count else ""


class DocumentQuerySet(OrganisationQuerySet["Document"]):
    def failed(self) -> Self:
        """What a retry would help: reading failed or was cancelled."""
        return self.filter(job__state__in=[Job.State.FAILED, Job.State.CANCELLED])

    def live(self) -> Self:
        """Found by searches."""
        return self.filter(is_live=True)

    def versions_of(self, document: "Document") -> Self:
        """All with its name in its collection, itself included."""
        return self.filter(collection=document.collection_id, file_name=document.file_name)


def upload_path(document: "Document", filename: str) -> str:
    """Never the sender's file name: that is shown, not used."""
    return f"knowledge/{document.organisation_id}/{document.pk}"


class Document(OrganisationOwned):
    """An uploaded file. How far it got is the state of its job."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        PARSING = "parsing", _("reading")
        EMBEDDING = "embedding", _("embedding")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="documents")
    title = models.CharField(_("title"), max_length=200)
    file_name = models.CharField(max_length=200)
    file = models.FileField(upload_to=upload_path, blank=True, max_length=200)
    media_type = models.CharField(max_length=100, blank=True)
    digest = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField(default=0)
    passages_count = models.PositiveIntegerField(default=0)
    # Numbers of pages: whose text was recognised from pictures, and that could not be read.
    recognised_pages = models.JSONField(
        default=list, blank=True, db_default=Value([], models.JSONField()), editable=False
    )
    unread_pages = models.JSONField(
        default=list, blank=True, db_default=Value([], models.JSONField()), editable=False
    )
    # Of recognised pages that a model was to read, too: {"page": 3, "state": "looked", "corrected": 2, "differences":
    # [["12", "17"]], "differences_count": 1} of `domain.documents.ocr.second_reading`; `state` of `inference.services.Look`.
    second_readings = models.JSONField(
        default=list, blank=True, db_default=Value([], models.JSONField()), editable=False
    )
    is_live = models.BooleanField(default=False)
    is_restricted = models.BooleanField(
        _("restricted"),
        default=False,
        help_text=_("Only those readers of its collection whom you name here."),
    )
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    uploaded_by = models.ForeignKey(
        Membership, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    api_key = models.ForeignKey(ApiKey, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["collection", "digest"], name="document_once_per_collection"),
        ]
        indexes = [
            models.Index(fields=["organisation", "-id"], name="document_list"),
            models.Index(fields=["collection"], name="document_restricted", condition=Q(is_restricted=True)),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def state(self) -> str:
        if self.job is None or self.job.state == Job.State.SUCCEEDED:
            return self.State.READY
        if self.job.state == Job.State.RUNNING:
            return self.State.EMBEDDING if self.passages_count else self.State.PARSING
        return _STATE_OF_JOB[Job.State(self.job.state)]

    @property
    def has_page_pictures(self) -> bool:
        """Of other formats there is no page that would look as its makers saw it."""
        return self.media_type == Kind.PDF or self.media_type in PICTURES

    @property
    def kind_name(self) -> str:
        """What people call such files; empty until it was read."""
        return str(_KIND_NAMES.get(self.media_type, self.media_type))

    @property
    def unread_pages_text(self) -> str:
        """The first of the pages that could not be read, by their numbers."""
        return listed_pages(self.unread_pages)

    @property
    def tone(self) -> str:
        """Of its badge in the portal."""
        return _TONES.get(self.State(self.state), "")

    @property
    def error(self) -> dict[str, str] | None:
        return jobs.error_of(self.job) if self.job else None

    def get_state_display(self) -> str:
        return str(self.State(self.state).label)


_KIND_NAMES: dict[str, Text] = {
    Kind.PDF: "PDF",
    Kind.WORD: _("Word document"),
    Kind.SLIDES: _("PowerPoint slides"),
    Kind.SHEETS: _("Excel workbook"),
    Kind.OLD_SHEETS: _("Excel workbook"),
    Kind.OPEN_SHEETS: _("OpenDocument spreadsheet"),
    Kind.BOOK: _("EPUB book"),
    Kind.CALENDAR: _("Calendar"),
    Kind.MAIL: _("Mail"),
    Kind.MAILBOX: _("Mailbox file"),
    Kind.OUTLOOK: _("Outlook mail"),
    Kind.HTML: _("Web page"),
    Kind.MARKDOWN: "Markdown",
    Kind.CSV: _("CSV table"),
    Kind.TEXT: _("Plain text"),
    **{kind: _("Picture") for kind in PICTURES},
}

_TONES = {
    Document.State.READY: "good",
    Document.State.FAILED: "bad",
    Document.State.PARSING: "live",
    Document.State.EMBEDDING: "live",
}
_STATE_OF_JOB = {
    Job.State.QUEUED: Document.State.WAITING,
    Job.State.FAILED: Document.State.FAILED,
    Job.State.CANCELLED: Document.State.CANCELLED,
}


class AccessGrant(OrganisationOwned):
    """Lets a member, a role or a group read what is restricted: a collection, or with `document` one document of it."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="grants")
    document = models.ForeignKey(Document, on_delete=models.CASCADE, null=True, related_name="grants")
    member = models.ForeignKey(Membership, on_delete=models.CASCADE, null=True, related_name="+")
    role = models.CharField(_("role"), max_length=20, blank=True)
    group = models.CharField(_("group"), max_length=200, blank=True)
    may_edit = models.BooleanField(_("may also edit"), default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["AccessGrant"].as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="grant_names_one",
                condition=Q(member__isnull=False, role="", group="")
                | Q(member__isnull=True, group="") & ~Q(role="")
                | Q(member__isnull=True, role="") & ~Q(group=""),
            ),
            models.UniqueConstraint(
                fields=["collection", "document", "member", "role", "group"],
                name="grant_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return self.holder

    @property
    def holder_type(self) -> str:
        if self.member_id:
            return gettext("Member")
        return gettext("Role") if self.role else pgettext("of an identity provider", "Group")

    @property
    def holder(self) -> str:
        """Who is let in, as people call them."""
        if self.member:
            return str(self.member.user)
        return str(ROLE_LABELS.get(self.role, self.role)) if self.role else self.group


class PassageQuerySet(OrganisationQuerySet["Passage"]):
    def without_vectors(self, embedding_model: str) -> Self:
        """Or with those of an earlier version, which had none of the whole passage."""
        vectors = PassageVector.objects.filter(
            passage=OuterRef("pk"), embedding_model=embedding_model, start=0, end=Length(OuterRef("text"))
        )
        return self.filter(~Exists(vectors))


class Passage(OrganisationOwned):
    """A piece of a document that answers are built from and cite."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="+")
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="passages")
    ordinal = models.PositiveIntegerField()
    heading = models.CharField(max_length=400, blank=True)
    text = models.TextField()
    # Where its blocks stand: {"page": 3, "box": [left, top, right, bottom]}, in shares of the page.
    places = models.JSONField(default=list, blank=True, db_default=Value([], models.JSONField()))
    language = models.CharField(max_length=10, blank=True)
    tokens_count = models.PositiveIntegerField(default=0)
    is_live = models.BooleanField(default=False)
    # What was read of the document, where somebody wrote something else; and what somebody made of a part of the passage
    # before, which has no original of its own.
    original_text = models.TextField(blank=True, db_default="")
    is_split_off = models.BooleanField(default=False, db_default=False)
    # What was read of the passages that people joined to it, in their order.
    joined_texts = models.JSONField(default=list, blank=True, db_default=Value([], models.JSONField()))
    # Not searched, although the document is.
    is_off = models.BooleanField(default=False, db_default=False)
    changed_by = models.ForeignKey(
        Membership, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    changed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1, db_default=1)
    lexemes = SearchVectorField()
    # BM25 weight of every term, computed when stored: a score is one inner product with the question's IDFs.
    term_weights = SparseVectorField(dimensions=TERM_SPACE)

    objects = PassageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "ordinal"], name="passage_place"),
        ]
        indexes = [
            GinIndex(fields=["lexemes"], name="passage_lexemes", condition=Q(is_live=True)),
            models.Index(fields=["collection"], name="passage_live", condition=Q(is_live=True)),
        ]

    def __str__(self) -> str:
        return f"{self.document_id} · {self.ordinal}"

    @property
    def is_edited(self) -> bool:
        return bool(self.original_text) or self.is_split_off

    @property
    def texts_read(self) -> list[str]:
        """What was read of the document for it, in order: several texts where people joined passages."""
        own = [] if self.is_split_off else [self.original_text or self.text]
        return [*own, *self.joined_texts]

    @property
    def read_text(self) -> str:
        """What was read, where people wrote something else or joined passages."""
        return "\n\n".join(filter(None, [self.original_text, *self.joined_texts]))

    @property
    def first_page(self) -> int | None:
        return self.places[0]["page"] if self.places else None


class PassageVector(OrganisationOwned):
    """The meaning of one sentence of a passage, or of all of it, under its heading. `vectors.ensure_index` makes the index.

    `start` and `end`: where it stands in the passage's text; 0 and 0 in rows of the first version.
    """

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="+")
    passage = models.ForeignKey(Passage, on_delete=models.CASCADE, related_name="vectors")
    ordinal = models.PositiveSmallIntegerField()
    start = models.PositiveIntegerField(default=0, db_default=0)
    end = models.PositiveIntegerField(default=0, db_default=0)
    embedding_model = models.CharField(max_length=200)
    embedding = VectorField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["passage", "embedding_model", "ordinal"], name="passage_vector_place"
            ),
        ]
        indexes = [models.Index(fields=["collection", "embedding_model"], name="passage_vector_collection")]

    objects = OrganisationQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.passage_id} · {self.ordinal}"


class TermCount(OrganisationOwned):
    """In how many live passages of a collection a term occurs: the rarer, the more it says."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="+")
    term = models.CharField(max_length=64)
    passages_count = models.PositiveIntegerField()

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["collection", "term"], name="term_once_per_collection")
        ]

    def __str__(self) -> str:
        return self.term
