from django import forms

from apps.medical_records.settings.models import MedicalPreferences
from apps.medical_records.settings.services import FIELDS


class MedicalPreferencesForm(forms.ModelForm[MedicalPreferences]):
    class Meta:
        model = MedicalPreferences
        fields = FIELDS
