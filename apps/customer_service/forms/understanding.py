from django import forms

from apps.customer_service.models import MessageUnderstanding

NONE_OF_THEM = "-"


class CorrectionForm(forms.Form):
    """A click in a message's menu: one of the two."""

    intent = forms.CharField(max_length=80, required=False)
    sentiment = forms.ChoiceField(choices=[("", ""), *MessageUnderstanding.Sentiment.choices], required=False)

    @property
    def correction(self) -> dict[str, str]:
        """What is not named stays as it was read."""
        chosen = {name: value for name, value in self.cleaned_data.items() if value}
        if chosen.get("intent") == NONE_OF_THEM:
            chosen["intent"] = ""
        return chosen
