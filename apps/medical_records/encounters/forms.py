from typing import Any

from django import forms
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.medical_records.encounters.models import Encounter
from apps.medical_records.encounters.services import MAX_TEXT_CHARACTERS, Intake
from apps.medical_records.patients import selectors as patients
from apps.medical_records.patients.forms import BirthDateField
from apps.medical_records.patients.models import Department, Patient
from apps.medical_records.patients.services import MAX_NAME_CHARACTERS, MAX_NUMBER_CHARACTERS
from apps.medical_records.templates import selectors as templates

KINDS = [
    (Encounter.Kind.CONSULTATION, _("Record the consultation")),
    (Encounter.Kind.DICTATION, _("Dictate")),
    (Encounter.Kind.TYPED, _("Type or paste")),
]
INTAKE_FIELDS = ("kind", "department", "has_consent", "reason", "text")
NEWCOMER_FIELDS = ("name", "number", "sex", "birth_date")


class TextForm(forms.Form):
    text = forms.CharField(
        label=pgettext_lazy("consultation", "Transcript"),
        max_length=MAX_TEXT_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_("Start lines with the speaker, such as “Doctor:” or “Patient:”."),
    )


class NewEncounterForm(forms.Form):
    """A known patient, or a new one; how it is said; what the record follows."""

    patient = forms.UUIDField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(
        label=pgettext_lazy("of a person", "Name"),
        max_length=MAX_NAME_CHARACTERS,
        required=False,
        widget=forms.TextInput(attrs={"aria-required": "true"}),
    )
    number = forms.CharField(
        label=_("Patient number"),
        max_length=MAX_NUMBER_CHARACTERS,
        required=False,
        widget=forms.TextInput(attrs={"aria-required": "true"}),
    )
    sex = forms.ChoiceField(label=_("Sex"), choices=Patient.Sex, initial=Patient.Sex.UNKNOWN, required=False)
    birth_date = BirthDateField(label=_("Date of birth"), required=False)
    kind = forms.ChoiceField(label=_("How"), choices=KINDS, widget=forms.RadioSelect)
    has_consent = forms.BooleanField(
        label=_("The patient agreed to the recording"),
        required=False,
        help_text=_("Required before recording. Explain how the audio is used."),
    )
    text = forms.CharField(
        label=pgettext_lazy("consultation", "Transcript"),
        max_length=MAX_TEXT_CHARACTERS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_("Start lines with the speaker, such as “Doctor:” or “Patient:”."),
    )
    template = forms.ChoiceField(label=_("Template"))
    department: "forms.ModelChoiceField[Department]" = forms.ModelChoiceField(
        label=_("Department"), queryset=None, required=False, empty_label=_("none")
    )
    reason = forms.CharField(label=_("Reason for the visit"), max_length=300, required=False)

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = templates.choices_by_language(
            templates.offered_versions(actor.organisation), get_language()
        )
        self.fields["template"].choices = offered  # type: ignore[attr-defined]
        own = patients.own_departments(actor)
        self.fields["department"].queryset = own or patients.departments(actor.organisation)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """In the words of the service."""
        sent = super().clean() or self.cleaned_data
        if not sent.get("patient") and not (sent.get("name") or sent.get("number")):
            self.add_error("patient", _("Choose a patient, or register a new one."))
        return sent

    @property
    def is_newcomer(self) -> bool:
        """Whether somebody began to register a patient here, rightly or not."""
        typed = any(self[name].value() for name in ("name", "number", "birth_date"))
        return typed or any(self[name].errors for name in NEWCOMER_FIELDS)

    @property
    def begun(self) -> dict[str, Any]:
        """What was sent, as the service takes it."""
        sent = self.cleaned_data
        return {
            "patient_id": sent["patient"],
            "newcomer": {name: sent[name] for name in NEWCOMER_FIELDS},
            "template_id": sent["template"],
            "intake": Intake(**{name: sent[name] for name in INTAKE_FIELDS}),
        }
