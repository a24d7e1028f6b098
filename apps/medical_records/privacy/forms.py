from django import forms
from django.utils.translation import gettext_lazy as _

from apps.medical_records.privacy import services


class ErasureForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=services.MAX_REASON_CHARACTERS,
        help_text=_("Kept in the audit trail. Do not include names."),
    )
