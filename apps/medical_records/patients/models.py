from typing import Literal, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.accounts.models import Membership
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.medical_records.patients.opened_rows import PatientRow
from apps.vault.fields import SealedTextField


class Department(OrganisationOwned):
    name = models.CharField(_("name"), max_length=80)
    is_active = models.BooleanField(_("in use"), default=True)

    objects = OrganisationQuerySet["Department"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="department_once"),
        ]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Clinician(OrganisationOwned):
    """Where a member works. The role says what they may do: residents draft, attending physicians sign."""

    member = models.OneToOneField(Membership, on_delete=models.CASCADE, related_name="clinician")
    departments = models.ManyToManyField(Department, related_name="clinicians", blank=True)
    title = models.CharField(_("title"), max_length=60, blank=True)

    objects = OrganisationQuerySet["Clinician"].as_manager()

    def __str__(self) -> str:
        return str(self.member.user)


class PatientQuerySet(OrganisationQuerySet["Patient"]):
    def treated_by(self, member: Membership) -> Self:
        """Whom the member has a treatment relation with today, in person or through a department."""
        now = timezone.now()
        relations = CareRelation.objects.filter(
            Q(member=member) | Q(department__clinicians__member=member),
            Q(until=None) | Q(until__gt=now),
            since__lte=now,
        )
        return self.filter(pk__in=relations.values("patient"))

    def kept(self) -> Self:
        return self.filter(erased_at=None)


class Patient(PatientRow):
    """Everything that tells who it is is sealed; `index_terms` are keyed hashes of the beginnings of name and number.

    An erased patient keeps the row, empty, so that the audit trail still says what happened.
    """

    about = {"patients": "id"}

    class Sex(models.TextChoices):
        FEMALE = "female", _("female")
        MALE = "male", _("male")
        OTHER = "other", _("other")
        UNKNOWN = "unknown", _("unknown")

    name = SealedTextField(pgettext_lazy("of a person", "name"), max_length=120)
    number = SealedTextField(_("patient number"), max_length=60)
    birth_date = SealedTextField(_("date of birth"), blank=True, default="")
    phone = SealedTextField(_("telephone"), blank=True, default="")
    notes = SealedTextField(_("notes"), blank=True, default="")
    sex = models.CharField(_("sex"), max_length=10, choices=Sex, default=Sex.UNKNOWN)
    # Keyed hashes, so that both can be looked up sealed as they are: docs/decisions/medical-records.md.
    number_hash = models.CharField(max_length=64)
    index_terms = ArrayField(models.CharField(max_length=20), default=list)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_seen_at = models.DateTimeField(default=timezone.now)
    erased_at = models.DateTimeField(null=True)

    objects = PatientQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "number_hash"],
                name="patient_number_once",
                # An erased patient's number is free again.
                condition=Q(erased_at=None),
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "-last_seen_at"], name="patient_list"),
            GinIndex(fields=["index_terms"], name="patient_search"),
        ]

    @property
    def known_sex(self) -> Literal["", "female", "male"]:
        """Empty where it decides nothing: unknown, or neither."""
        if self.sex == self.Sex.FEMALE:
            return "female"
        return "male" if self.sex == self.Sex.MALE else ""


class CareRelation(PatientRow):
    """Why somebody may read a patient's records: they treat them, alone or as a department, or had an emergency."""

    class Kind(models.TextChoices):
        TREATING = "treating", _("treating")
        CONSULTING = "consulting", _("consulted")
        EMERGENCY = "emergency", _("emergency access")

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="care_relations")
    member = models.ForeignKey(
        Membership, on_delete=models.CASCADE, null=True, blank=True, related_name="care_relations"
    )
    department = models.ForeignKey(
        Department, on_delete=models.CASCADE, null=True, blank=True, related_name="care_relations"
    )
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.TREATING)
    reason = SealedTextField(blank=True, default="")
    since = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True, blank=True)
    granted_by = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")

    objects = OrganisationQuerySet["CareRelation"].as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="care_relation_of_one",
                condition=Q(member=None, department__isnull=False) | Q(member__isnull=False, department=None),
            ),
            models.CheckConstraint(
                name="emergency_access_ends", condition=~Q(kind="emergency") | Q(until__isnull=False)
            ),
        ]
        indexes = [models.Index(fields=["organisation", "-since"], name="care_relation_list")]

    def __str__(self) -> str:
        return f"{self.patient_id} {self.kind}"
