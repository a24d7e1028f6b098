import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Membership
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.jobs.models import Job
from apps.medical_records.encounters.models import Encounter
from apps.medical_records.patients.models import Department, Patient
from apps.medical_records.patients.opened_rows import PatientRow
from apps.medical_records.templates.models import RecordTemplateVersion
from apps.vault.fields import SealedJSONField, SealedTextField
from domain.clinical.records.record import RecordContent


class MedicalRecord(PatientRow):
    """One record of one encounter; what it says lies in its versions.

    `job` drafts it. `revision` grows with every change, so that two who edit at once notice. `return_note`: why an
    attending physician gave the draft back.
    """

    about = {"patients": "patient_id", "records": "id"}

    class State(models.TextChoices):
        DRAFTING = "drafting", _("being drafted")
        DRAFT = "draft", _("draft")
        REVIEWED = "reviewed", _("reviewed")
        SIGNED = "signed", _("signed")
        AMENDING = "amending", _("signed, being amended")
        NO_SPEECH = "no_speech", _("no speech")
        FAILED = "failed", _("failed")

    encounter = models.OneToOneField(Encounter, on_delete=models.PROTECT, related_name="record")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="records")
    department = models.ForeignKey(
        Department, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    template_version = models.ForeignKey(RecordTemplateVersion, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=State, default=State.DRAFTING)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    author = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    reviewed_by = models.ForeignKey(
        Membership, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    return_note = SealedTextField(null=True, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    drafted_at = models.DateTimeField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = OrganisationQuerySet["MedicalRecord"].as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "state", "-updated_at"], name="medical_record_list"),
            models.Index(fields=["patient", "-created_at"], name="medical_record_of_patient"),
        ]

    @property
    def tone(self) -> str:
        """Of the badge of its state."""
        return _TONES.get(self.state, "")

    @property
    def is_signed(self) -> bool:
        return self.state in (self.State.SIGNED, self.State.AMENDING)

    @property
    def has_content(self) -> bool:
        """Something was drafted or signed that could be read, or leave."""
        return self.is_signed or self.state in (self.State.DRAFT, self.State.REVIEWED)


_TONES: dict[str, str] = {
    MedicalRecord.State.DRAFTING: "live",
    MedicalRecord.State.DRAFT: "warn",
    MedicalRecord.State.SIGNED: "good",
    MedicalRecord.State.AMENDING: "warn",
    MedicalRecord.State.NO_SPEECH: "warn",
    MedicalRecord.State.FAILED: "bad",
}


class RecordVersion(PatientRow):
    """What the record said at one time. The draft of the model is kept as it was; people change a copy.

    A signed version can neither be changed nor deleted: `fingerprint` is the SHA-256 of what it says, of who signed
    it when, and of the version before it. Only the sealing of `content` may change, when the key does.
    """

    about = {"records": "record_id"}

    class Kind(models.TextChoices):
        MODEL = "model", _("draft of the model")
        EDIT = "edit", _("being edited")
        SIGNED = "signed", _("signed")
        AMENDMENT = "amendment", _("signed amendment")

    BY_RULES = "rules"
    """Instead of a model's name."""

    record = models.ForeignKey(MedicalRecord, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    content = SealedJSONField(default=dict)
    reason = SealedTextField(blank=True, default="")
    prompt_hash = models.CharField(max_length=64, blank=True)
    model_name = models.CharField(max_length=120, blank=True)
    author = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    signed_by = models.ForeignKey(
        Membership, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    signer_name = models.CharField(max_length=200, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    previous_fingerprint = models.CharField(max_length=64, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)

    objects = OrganisationQuerySet["RecordVersion"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record", "number"], name="record_version_number"),
            models.UniqueConstraint(
                fields=["record"], condition=Q(kind="edit"), name="record_is_edited_in_one_version"
            ),
            models.CheckConstraint(
                name="signed_version_is_whole",
                condition=Q(kind__in=["model", "edit"], signed_at=None)
                | (
                    Q(kind__in=["signed", "amendment"], signed_at__isnull=False)
                    & ~Q(fingerprint="")
                    & ~Q(signer_name="")
                ),
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="signed_version_stays",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__signed_at__isnull=False),
            ),
            pgtrigger.Protect(
                name="signed_version_is_locked",
                operation=pgtrigger.Update,
                # Not `content`: a new key of the organisation seals it anew. The fingerprint says whether it is the same.
                condition=pgtrigger.Q(old__signed_at__isnull=False)
                & (
                    pgtrigger.Q(old__fingerprint__df=pgtrigger.F("new__fingerprint"))
                    | pgtrigger.Q(old__signed_at__df=pgtrigger.F("new__signed_at"))
                    | pgtrigger.Q(old__signer_name__df=pgtrigger.F("new__signer_name"))
                    | pgtrigger.Q(old__kind__df=pgtrigger.F("new__kind"))
                    | pgtrigger.Q(old__number__df=pgtrigger.F("new__number"))
                    | pgtrigger.Q(old__record__df=pgtrigger.F("new__record"))
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record_id} {self.number}"

    @property
    def title(self) -> str:
        """What it is, and who drafted it."""
        if self.model_name == self.BY_RULES:
            return str(_("draft by rules, without a model"))
        return f"{self.get_kind_display()} {self.model_name}".strip()

    @property
    def is_by_rules(self) -> bool:
        """No model wrote it."""
        return self.kind == self.Kind.MODEL and self.model_name == self.BY_RULES

    @property
    def document(self) -> RecordContent:
        return RecordContent.model_validate(self.content)


class SigningFigures(OrganisationOwned):
    """What signing a version told about the model's draft, counted once and without the words.

    `fields`: {"section.field": {"length", "distance"}} in characters of the signed text. `edit_ratio`: 0 for a draft
    signed as it was, 1 for one rewritten. `statements`, `unsupported`: of the draft; `entered`: of the signed text.
    `draft_seconds`, `turnaround_seconds`: from the end of the recording to the draft and to the signature.
    """

    version = models.OneToOneField(RecordVersion, on_delete=models.CASCADE, related_name="figures")
    fields = models.JSONField(default=dict)
    edit_ratio = models.FloatField(default=0)
    statements = models.PositiveIntegerField(default=0)
    unsupported = models.PositiveIntegerField(default=0)
    entered = models.PositiveIntegerField(default=0)
    audio_seconds = models.FloatField(default=0)
    draft_seconds = models.FloatField(null=True)
    turnaround_seconds = models.FloatField(null=True)
    signed_at = models.DateTimeField(default=timezone.now)

    objects = OrganisationQuerySet["SigningFigures"].as_manager()

    class Meta:
        indexes = [models.Index(fields=["organisation", "-signed_at"], name="signing_figures_list")]

    def __str__(self) -> str:
        return str(self.version_id)
