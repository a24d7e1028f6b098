from uuid import UUID

from django import forms

from apps.core import languages
from apps.customer_service.copilot.services import Task, Wish


class WishForm(forms.Form):
    task = forms.ChoiceField(choices=Task.choices)
    text = forms.CharField(required=False, strip=False)
    language = forms.ChoiceField(choices=[("", ""), *languages.CHOICES], required=False)
    message = forms.UUIDField(required=False)

    @property
    def wish(self) -> Wish:
        fields = self.cleaned_data
        message: UUID | None = fields["message"]
        return Wish(fields["task"], fields["text"], fields["language"], message)


class JobForm(forms.Form):
    """Which of the conversation's jobs the panel shows."""

    job = forms.UUIDField(required=False)
