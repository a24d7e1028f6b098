from pathlib import PurePath

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop, ngettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import ApiKey, Membership
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.core.punctuation import colon
from apps.jobs.backed_by_job import BackedByJob
from apps.vault.fields import SealedBytesField, SealedJSONField, SealedTextField
from domain.text.translation.segments import Pair

# What a check found, in the words of whoever reviews it.
PROBLEMS = {
    "empty": gettext_noop("No translation"),
    "cut": gettext_noop("Cut off at the length limit"),
    "language": gettext_noop("Not in the target language"),
    "number": gettext_noop("Missing number"),
    "unit": gettext_noop("Different unit"),
    "added": gettext_noop("Number not in the source"),
    "foreign": gettext_noop("Not in the source"),
    "link": gettext_noop("Missing link or e-mail"),
    "placeholder": gettext_noop("Missing placeholder"),
    "marker": gettext_noop("Formatting differs from the source"),
    "name": gettext_noop("Missing name"),
    "term": gettext_noop("Differs from the glossary"),
    "opposite": gettext_noop("Says the opposite"),
    "exchanged": gettext_noop("In each other's place"),
    "denial": gettext_noop("Missing negation"),
    "added_denial": gettext_noop("Negation not in the source"),
    "unchecked": gettext_noop("Check timed out"),
}


class Language(models.TextChoices):
    CHINESE = "zh", _("Chinese")
    ENGLISH = "en", _("English")
    JAPANESE = "ja", _("Japanese")
    KOREAN = "ko", _("Korean")
    GERMAN = "de", _("German")
    FRENCH = "fr", _("French")
    SPANISH = "es", _("Spanish")


class LanguagePairRow(OrganisationOwned):
    """A row that belongs to one direction of translating."""

    source_language = models.CharField(_("source language"), max_length=2, choices=Language)
    target_language = models.CharField(_("target language"), max_length=2, choices=Language)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True

    @property
    def pair(self) -> Pair:
        return Pair(self.source_language, self.target_language)

    @property
    def direction(self) -> str:
        """For people."""
        return f"{Language(self.source_language).label} → {Language(self.target_language).label}"


class TranslationQuerySet(OrganisationQuerySet["Translation"]):
    def counted(self) -> "TranslationQuerySet":
        """With how many segments each has, and how many of them were done and marked."""
        done = Count("segments", filter=~Q(segments__origin=""))
        return self.annotate(
            segments_count=Count("segments"),
            done_count=done,
            marked_count=Count("segments", filter=Q(segments__is_marked=True)),
        )


class Translation(BackedByJob, LanguagePairRow):
    """A text or a document on its way into another language. What was sent and what came of it lie sealed."""

    class Format(models.TextChoices):
        TEXT = "text", _("typed text")
        PLAIN = "txt", _("text file")
        MARKDOWN = "md", "Markdown"
        SUBTITLES = "srt", _("subtitles")
        HTML = "html", "HTML"
        WORD = "docx", "Word"

    name = SealedTextField(_("title"), max_length=200)
    format = models.CharField(max_length=4, choices=Format)
    content = SealedBytesField(default=bytes)
    size = models.PositiveBigIntegerField(default=0)
    member = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    api_key = models.ForeignKey(ApiKey, on_delete=models.SET_NULL, null=True, related_name="+")

    objects = TranslationQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["organisation", "-id"], name="translation_list")]

    @property
    def file_name(self) -> str:
        """Of the translation: contract.docx becomes contract.en.docx."""
        name = PurePath("translation.txt" if self.format == self.Format.TEXT else self.name)
        return f"{name.stem}.{self.target_language}{name.suffix}"

    @property
    def marked_label(self) -> str:
        """For a row of `counted`."""
        count = self.marked_count  # type: ignore[attr-defined]
        return ngettext("%(count)d marked", "%(count)d marked", count) % {"count": count} if count else ""

    @property
    def done_text(self) -> str:
        """How many segments of how many are translated, for a row of `counted`."""
        return f"{self.done_count} / {self.segments_count}" if self.segments_count else ""  # type: ignore[attr-defined]


class TranslationSegment(OrganisationOwned):
    """One paragraph, line or cue. `problems`: [kind, text] of what the checks found; `is_marked`: nobody looked yet.

    `near_match`: {source, target, score} of the translation memory.
    """

    class Origin(models.TextChoices):
        NONE = "", _("not translated")
        MODEL = "model", _("by the model")
        MEMORY = "memory", _("from memory")
        PERSON = "person", _("reviewed")

    translation = models.ForeignKey(Translation, on_delete=models.CASCADE, related_name="segments")
    ordinal = models.PositiveIntegerField()
    source = SealedTextField()
    target = SealedTextField(default="")
    origin = models.CharField(max_length=6, choices=Origin, blank=True, default=Origin.NONE)
    problems = SealedJSONField(default=list)
    near_match = SealedJSONField(default=dict)
    is_marked = models.BooleanField(default=False)
    is_from_memory = models.BooleanField(default=False)
    characters = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    reviewed_by = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")

    objects = OrganisationQuerySet["TranslationSegment"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["translation", "ordinal"], name="translation_segment_place")
        ]
        indexes = [models.Index(fields=["organisation", "created_at"], name="translation_segment_days")]

    def __str__(self) -> str:
        return f"{self.translation_id} · {self.ordinal}"

    @property
    def complaints(self) -> list[str]:
        """The problems in words."""
        return [
            f"{gettext(PROBLEMS[kind])}{colon()}{text}" if text else gettext(PROBLEMS[kind])
            for kind, text in self.problems
        ]


class GlossaryTerm(LanguagePairRow):
    """How the organisation wants a word translated."""

    source = models.CharField(_("term"), max_length=100)
    target = models.CharField(_("translation"), max_length=100)

    objects = OrganisationQuerySet["GlossaryTerm"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "source_language", "target_language", "source"],
                name="glossary_term_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.source} → {self.target}"


class TranslationMemoryEntry(LanguagePairRow):
    """A segment as a person left it. `digest` and `sketch` are keyed hashes: of the source, and of pieces of it."""

    digest = models.CharField(max_length=20)
    sketch = ArrayField(models.CharField(max_length=20), default=list)
    source = SealedTextField()
    target = SealedTextField()

    objects = OrganisationQuerySet["TranslationMemoryEntry"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "source_language", "target_language", "digest"],
                name="memory_entry_once",
            )
        ]
        indexes = [GinIndex(fields=["sketch"], name="memory_entry_sketch")]
