from django import forms

from apps.speech.models import SpeechPreferences, SpokenLanguage

_TERMS = SpeechPreferences._meta.get_field("terms")


class SpeechPreferencesForm(forms.Form):
    languages = forms.MultipleChoiceField(
        label=SpeechPreferences._meta.get_field("languages").verbose_name,
        choices=SpokenLanguage,
        widget=forms.CheckboxSelectMultiple,
    )
    terms = forms.CharField(
        label=_TERMS.verbose_name,
        help_text=_TERMS.help_text,
        max_length=_TERMS.max_length,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
