from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.accounts.actors import Actor
from apps.accounts.models import Membership
from apps.medical_records.patients import departments, selectors
from apps.medical_records.patients.models import CareRelation, Department, Patient
from apps.medical_records.patients.services import MAX_NAME_CHARACTERS, MAX_NUMBER_CHARACTERS


class BirthDateField(forms.DateField):
    """A day in the past, kept as ISO text because it is sealed."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def clean(self, value: Any) -> str:
        born: date | None = super().clean(value)
        if born and born > timezone.localdate():
            raise forms.ValidationError(_("The date is in the future."))
        return born.isoformat() if born else ""


class PatientForm(forms.Form):
    name = forms.CharField(label=pgettext_lazy("of a person", "Name"), max_length=MAX_NAME_CHARACTERS)
    number = forms.CharField(
        label=_("Patient number"),
        max_length=MAX_NUMBER_CHARACTERS,
        help_text=_("The hospital's patient number, as on the card."),
    )
    sex = forms.ChoiceField(label=_("Sex"), choices=Patient.Sex, initial=Patient.Sex.UNKNOWN)
    birth_date = BirthDateField(label=_("Date of birth"), required=False)
    phone = forms.CharField(label=_("Telephone"), max_length=40, required=False)
    notes = forms.CharField(
        label=_("Notes"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


def patient_fields(patient: Patient) -> dict[str, Any]:
    """As the form shows them."""
    return {name: getattr(patient, name) for name in PatientForm.base_fields}


class SearchForm(forms.Form):
    """Sent in the body: names of patients stand in no address."""

    typed = forms.CharField(max_length=100, required=False)


class EmergencyForm(forms.Form):
    number = forms.CharField(label=_("Patient number"), max_length=MAX_NUMBER_CHARACTERS)
    reason = forms.CharField(
        label=_("Reason for access"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Visible to everyone who treats the patient, and kept in the audit trail."),
    )


class RelationForm(forms.Form):
    """Who else treats the patient: one clinician, or a whole department."""

    member: "forms.ModelChoiceField[Membership]" = forms.ModelChoiceField(
        label=_("Clinician"), queryset=None, required=False, empty_label=_("no individual")
    )
    department: "forms.ModelChoiceField[Department]" = forms.ModelChoiceField(
        label=_("Department"), queryset=None, required=False, empty_label=_("no department")
    )
    kind = forms.ChoiceField(
        label=_("Why"), choices=[each for each in CareRelation.Kind.choices if each[0] != "emergency"]
    )

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = {
            "member": departments.writing_members(actor.organisation),
            "department": selectors.departments(actor.organisation),
        }
        for name, queryset in choices.items():
            self.fields[name].queryset = queryset  # type: ignore[attr-defined]
        self.fields["member"].label_from_instance = lambda member: str(member.user)  # type: ignore[attr-defined]


class DepartmentForm(forms.ModelForm[Department]):
    class Meta:
        model = Department
        fields = ["name", "is_active"]
        help_texts = {
            "is_active": _(
                "A department not in use is not offered; its members can still view its patients' records."
            )
        }


class ClinicianForm(forms.Form):
    departments = forms.ModelMultipleChoiceField(
        label=_("Departments"),
        queryset=Department.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    title = forms.CharField(
        label=pgettext_lazy("of a clinician", "Title"),
        max_length=60,
        required=False,
        help_text=_("Shown next to the signature."),
    )

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        departments = selectors.departments(actor.organisation)
        self.fields["departments"].queryset = departments  # type: ignore[attr-defined]
        if not departments.exists():
            # A label above nothing would look broken.
            self.fields["departments"].help_text = _("There are no departments yet. Add one first.")
