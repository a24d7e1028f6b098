from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import ApiKey, Membership
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.jobs.backed_by_job import BackedByJob
from apps.vault.fields import SealedBytesField

MAX_LINE_CHARACTERS = 200
MAX_LINES = 40


def lines_field(label: Any) -> "ArrayField[list[str], list[str]]":
    return ArrayField(
        models.CharField(max_length=MAX_LINE_CHARACTERS),
        verbose_name=label,
        size=MAX_LINES,
        default=list,
        blank=True,
    )


class Industry(models.TextChoices):
    """Whose rules of advertising hold besides the general ones; the keys are those of `domain.marketing.copy_checks`."""

    FOOD = "food", _("food")
    COSMETICS = "cosmetics", _("cosmetics")
    MEDICAL = "medical", _("medicine and medical devices")
    FINANCE = "finance", _("finance")
    EDUCATION = "education", _("education and training")


class Brief(OrganisationOwned):
    """What copy is written from: a product, its facts, and what may and must be said of it.

    `brand_terms`: lines such as “tea house = Tea House”, the wrong spelling first. `voice`: a few sentences.
    """

    AUDIT_NAME = "product"

    class Language(models.TextChoices):
        CHINESE = "zh", _("Chinese")
        ENGLISH = "en", _("English")

    product = models.CharField(_("product"), max_length=200)
    language = models.CharField(_("language"), max_length=2, choices=Language, default=Language.CHINESE)
    audience = models.CharField(_("audience"), max_length=500, blank=True)
    goal = models.CharField(_("goal"), max_length=500, blank=True)
    voice = models.TextField(_("brand voice"), max_length=2000, blank=True)
    must_say = lines_field(_("required wording"))
    must_not_say = lines_field(_("forbidden wording"))
    industries = ArrayField(
        models.CharField(max_length=20, choices=Industry),
        verbose_name=_("industries"),
        default=list,
        blank=True,
    )
    brand_terms = lines_field(_("brand terms"))
    links = ArrayField(
        models.CharField(max_length=500), verbose_name=_("links"), size=MAX_LINES, default=list, blank=True
    )
    member = models.ForeignKey(
        Membership, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)

    objects = OrganisationQuerySet["Brief"].as_manager()

    class Meta:
        indexes = [models.Index(fields=["organisation", "-id"], name="brief_list")]

    def __str__(self) -> str:
        return self.product

    def get_absolute_url(self) -> str:
        return reverse("marketing:brief_page", args=[self.pk])


class BriefSource(BackedByJob, OrganisationOwned):
    """Something a job reads for a brief: a page or a document for its facts, samples for the voice.

    `content` is dropped once it has been read: what stays are facts with the sentences that they were read from.
    """

    class SourceType(models.TextChoices):
        PAGE = "page", _("web page")
        DOCUMENT = "document", _("document")
        SAMPLES = "samples", _("voice samples")

    brief = models.ForeignKey(Brief, on_delete=models.CASCADE, related_name="sources")
    kind = models.CharField(max_length=8, choices=SourceType)
    name = models.CharField(max_length=500)
    content = SealedBytesField(default=bytes)
    size = models.PositiveBigIntegerField(default=0)
    member = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    api_key = models.ForeignKey(ApiKey, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["BriefSource"].as_manager()

    def __str__(self) -> str:
        return self.name


class BriefFact(OrganisationOwned):
    """`sentence`: where it was read. What a model proposes counts only once a person has confirmed it."""

    brief = models.ForeignKey(Brief, on_delete=models.CASCADE, related_name="facts")
    name = models.CharField(_("name"), max_length=80, blank=True)
    value = models.CharField(_("value"), max_length=300)
    sentence = models.CharField(max_length=600, blank=True)
    source = models.ForeignKey(BriefSource, on_delete=models.SET_NULL, null=True, related_name="facts")
    is_confirmed = models.BooleanField(default=True)

    objects = OrganisationQuerySet["BriefFact"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brief", "name", "value"], name="brief_fact_once")]

    def __str__(self) -> str:
        return f"{self.name}: {self.value}" if self.name else self.value
