from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import OrganisationOwned, OrganisationQuerySet

# China's rules for keeping records: 15 years after an outpatient's last visit, 30 after an inpatient's.
RECORD_YEARS = 30


class MedicalPreferences(OrganisationOwned):
    """How a hospital prints, keeps and counts."""

    hospital_name = models.CharField(_("name on printed records"), max_length=120, blank=True)
    letterhead = models.CharField(_("line below the name"), max_length=200, blank=True)
    minutes_by_hand = models.PositiveSmallIntegerField(
        _("minutes per record by hand"),
        default=12,
        validators=[MinValueValidator(1), MaxValueValidator(240)],
    )
    audio_days = models.PositiveIntegerField(
        _("days to keep audio"),
        default=90,
        validators=[MaxValueValidator(36500)],
        help_text=_("From signing. 0 keeps it as long as the record."),
    )
    record_years = models.PositiveSmallIntegerField(
        _("years to keep records"),
        default=RECORD_YEARS,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("From the patient's last visit. After that, all data about the patient is erased."),
    )
    emergency_hours = models.PositiveSmallIntegerField(
        _("hours of emergency access"), default=24, validators=[MinValueValidator(1), MaxValueValidator(168)]
    )
    signs_own_drafts = models.BooleanField(_("attending physicians can sign without review"), default=True)

    objects = OrganisationQuerySet["MedicalPreferences"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation"], name="medical_preferences_once"),
        ]

    def __str__(self) -> str:
        return self.hospital_name
