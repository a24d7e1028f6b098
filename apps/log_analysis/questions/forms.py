from django import forms
from django.utils.translation import gettext_lazy as _

from apps.log_analysis.questions.models import MAX_QUESTION_CHARACTERS


class QuestionForm(forms.Form):
    text = forms.CharField(
        label=_("Ask in your own words"),
        max_length=MAX_QUESTION_CHARACTERS,
        widget=forms.TextInput(attrs={"placeholder": _("checkout errors since the last deploy")}),
    )
