from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organisation
from apps.customer_service.models import Channel, Conversation
from apps.knowledge.models import Collection


class ChannelForm(forms.ModelForm[Channel]):
    class Meta:
        model = Channel
        fields = ["name", "collections", "language", "greeting", "tone", "is_enabled"]
        widgets = {
            "collections": forms.CheckboxSelectMultiple,
            "greeting": forms.Textarea(attrs={"rows": 2}),
        }

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["collections"].queryset = Collection.objects.within(organisation).order_by("name")  # type: ignore[attr-defined]
        self.instance.organisation = organisation


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
