from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Membership
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.jobs.models import Job
from apps.vault.fields import SealedBytesField, SealedTextField


class Catalogue(OrganisationOwned):
    """The hospital's own list of codes, imported from a file. A newer import of a system replaces the older one.

    `weights`: what was learnt from `learnt_from` confirmed codes; None goes by shared characters. `job`: imports it.
    """

    class System(models.TextChoices):
        DIAGNOSES = "icd10", _("diagnoses (ICD-10)")
        DRUGS = "drugs", _("drugs")
        TESTS = "tests", _("tests and examinations")
        PROCEDURES = "procedures", _("procedures")

    system = models.CharField(_("system"), max_length=12, choices=System)
    name = models.CharField(_("name"), max_length=120)
    uri = models.CharField(_("address of the code system"), max_length=200, blank=True)
    language = models.CharField(
        _("language"), max_length=2, choices=[("zh", _("Chinese")), ("en", _("English"))]
    )
    entry_count = models.PositiveIntegerField(default=0)
    is_current = models.BooleanField(default=True)
    # Learnt from what people wrote: it holds fragments of their lines.
    weights = SealedBytesField(null=True)
    learnt_from = models.PositiveIntegerField(default=0)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    imported_by = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["Catalogue"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "system"],
                condition=models.Q(is_current=True),
                name="one_current_catalogue",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CatalogueEntry(OrganisationOwned):
    catalogue = models.ForeignKey(Catalogue, on_delete=models.CASCADE, related_name="entries")
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=300)
    aliases = ArrayField(models.CharField(max_length=300), default=list, blank=True)

    objects = OrganisationQuerySet["CatalogueEntry"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["catalogue", "code", "name"], name="catalogue_entry_once"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class ConfirmedCode(OrganisationOwned):
    """A person said that these words mean this entry: the next proposal learns from it."""

    system = models.CharField(max_length=12, choices=Catalogue.System)
    written = SealedTextField()
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=300)
    record = models.ForeignKey(
        "medical_records.MedicalRecord", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    confirmed_by = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["ConfirmedCode"].as_manager()

    class Meta:
        indexes = [models.Index(fields=["organisation", "system", "-created_at"], name="confirmed_code_list")]

    def __str__(self) -> str:
        return self.code
