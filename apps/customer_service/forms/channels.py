from typing import Any

from django import forms

from apps.accounts.models import Organisation
from apps.customer_service.models import Channel
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
