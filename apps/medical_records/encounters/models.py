from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import ApiKey, Membership
from apps.core.models import OrganisationQuerySet
from apps.medical_records.patients.models import Department, Patient
from apps.medical_records.patients.opened_rows import PatientRow
from apps.medical_records.templates.models import RecordTemplateVersion
from apps.speech.models import Recording
from apps.vault.fields import SealedJSONField, SealedTextField
from domain.clinical.transcripts.transcript import ClinicalTranscript, Speaker


class Encounter(PatientRow):
    """A patient was seen: spoken into the browser, uploaded, or typed. One record comes of it."""

    about = {"patients": "patient_id", "encounters": "id"}

    class Kind(models.TextChoices):
        DICTATION = "dictation", _("dictation")
        CONSULTATION = "consultation", _("consultation")
        TYPED = "typed", _("typed text")

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="encounters")
    department = models.ForeignKey(
        Department, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    clinician = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    api_key = models.ForeignKey(ApiKey, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.CONSULTATION)
    template_version = models.ForeignKey(RecordTemplateVersion, on_delete=models.PROTECT, related_name="+")
    recording = models.OneToOneField(
        Recording, on_delete=models.SET_NULL, null=True, blank=True, related_name="encounter"
    )
    reason = SealedTextField(_("reason for the visit"), blank=True, default="")
    has_consent = models.BooleanField(_("the patient agreed to the recording"), default=False)
    seen_at = models.DateTimeField(_("seen at"), default=timezone.now)
    idempotency_key = models.CharField(max_length=128, null=True)  # noqa: DJ001  (null: none; unique otherwise)
    fingerprint = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["Encounter"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "idempotency_key"],
                name="encounter_idempotency_key",
                condition=models.Q(idempotency_key__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "-seen_at"], name="encounter_list"),
            models.Index(fields=["patient", "-seen_at"], name="encounter_of_patient"),
        ]


class EncounterTranscript(PatientRow):
    """What was said, by whom, as corrected by people. `revision` grows with every correction.

    `content`: a `ClinicalTranscript`. `fixed_speakers`: numbers of utterances whose speaker a person has set.
    `witnessed_speakers`: of other numbers, who a model says spoke.
    """

    about = {"encounters": "encounter_id"}

    encounter = models.OneToOneField(Encounter, on_delete=models.CASCADE, related_name="transcript")
    content = SealedJSONField(default=dict)
    fixed_speakers = models.JSONField(default=list)
    witnessed_speakers = models.JSONField(default=dict)
    language = models.CharField(max_length=10, blank=True)
    has_speech = models.BooleanField(default=True)
    is_incomplete = models.BooleanField(default=False)
    seconds = models.FloatField(default=0)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = OrganisationQuerySet["EncounterTranscript"].as_manager()

    def __str__(self) -> str:
        return f"{self.encounter_id} {self.revision}"

    @property
    def said(self) -> ClinicalTranscript:
        return ClinicalTranscript.from_dict(self.content or {"utterances": []})

    @property
    def speaker_evidence(self) -> dict[int, Speaker]:
        return {int(number): speaker for number, speaker in self.witnessed_speakers.items()}


class WordCorrection(PatientRow):
    """A word that was heard wrongly. What is corrected often is told to the speech model as a term."""

    about = {"encounters": "encounter_id"}

    encounter = models.ForeignKey(Encounter, on_delete=models.SET_NULL, null=True, related_name="corrections")
    heard = SealedTextField()
    meant = SealedTextField()
    corrected_by = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["WordCorrection"].as_manager()

    class Meta:
        indexes = [models.Index(fields=["organisation", "-created_at"], name="word_correction_list")]
