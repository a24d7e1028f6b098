from django import forms
from django.utils.translation import gettext_lazy as _

WHOLE_NUMBER = _("Enter a whole number of 0 or more.")


class RetentionForm(forms.Form):
    value = forms.IntegerField(
        min_value=0,
        max_value=36_500,
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), WHOLE_NUMBER),
    )
    rule = forms.SlugField()
