from django import forms

from apps.medical_records.models import MedicalPreferences
from apps.medical_records.patients.preferences import FIELDS


class MedicalPreferencesForm(forms.ModelForm[MedicalPreferences]):
    class Meta:
        model = MedicalPreferences
        fields = FIELDS
