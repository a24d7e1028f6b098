from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.customer_service.models import Conversation


class ConversationFilterForm(forms.Form):
    state = forms.ChoiceField(choices=[("", _("All")), *Conversation.State.choices], required=False)
    with_staff = forms.BooleanField(required=False)
    channel = forms.UUIDField(required=False)
    search = forms.CharField(max_length=100, required=False)

    @property
    def wanted(self) -> dict[str, Any]:
        """What was asked for; unusable values count as not asked."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
