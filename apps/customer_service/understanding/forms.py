from django import forms
from django.utils.translation import gettext_lazy as _

from apps.customer_service.understanding.models import MessageUnderstanding, SentimentExample


class IntentForm(forms.Form):
    name = forms.CharField(label=_("name"), max_length=80)
    examples = forms.CharField(
        label=_("examples"),
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=_("One message per line, as visitors would write it. Ten different ones work well."),
    )
    skill = forms.CharField(
        label=_("skill"),
        max_length=40,
        required=False,
        help_text=_("Conversations about this go to agents with the same skill."),
    )
    is_out_of_scope = forms.BooleanField(
        label=_("out of scope"),
        required=False,
        help_text=_("Its examples show what is out of scope."),
    )

    def clean_examples(self) -> list[str]:
        return str(self.cleaned_data["examples"]).splitlines()


NONE_OF_THEM = "-"


class SentimentExampleForm(forms.ModelForm[SentimentExample]):
    class Meta:
        model = SentimentExample
        fields = ["text", "sentiment"]
        labels = {"text": _("Message"), "sentiment": _("Sentiment")}


class CorrectionForm(forms.Form):
    """A click in a message's menu: one of the two."""

    intent = forms.CharField(max_length=80, required=False)
    sentiment = forms.ChoiceField(choices=[("", ""), *MessageUnderstanding.Sentiment.choices], required=False)

    @property
    def correction(self) -> dict[str, str]:
        """What is not named stays as it was read."""
        changes = {name: value for name, value in self.cleaned_data.items() if value}
        if changes.get("intent") == NONE_OF_THEM:
            changes["intent"] = ""
        return changes
