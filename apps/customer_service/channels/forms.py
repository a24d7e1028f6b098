from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.core.errors import InvalidInput
from apps.core.forms import LinesField
from apps.customer_service.channels import embedding
from apps.customer_service.channels.models import Channel
from apps.customer_service.channels.services import ChannelContents
from apps.customer_service.channels.visitor_knowledge import nameable_collections

CHAT_ONLY = ("allowed_domains", "accepts_files")


class ChannelErasureForm(forms.Form):
    """What the page had counted."""

    conversation_count = forms.IntegerField(min_value=0)
    file_count = forms.IntegerField(min_value=0)

    def clean(self) -> dict[str, Any]:
        fields = super().clean() or {}
        return {"contents": ChannelContents(fields.get("conversation_count", 0), fields.get("file_count", 0))}


class ChannelForm(forms.ModelForm[Channel]):
    allowed_domains = LinesField(
        label=_("Sites that can show the widget"),
        max_lines=embedding.MAX_ORIGINS,
        max_characters=embedding.MAX_ORIGIN_CHARACTERS,
        help_text=_("One per line, such as https://shop.example. Leave empty to allow none."),
    )

    class Meta:
        model = Channel
        fields = [
            "name",
            "collections",
            "language",
            "greeting",
            "tone",
            "instructions",
            "unsupported_sentences",
            "is_answered_by_bot",
            "accepts_files",
            "allowed_domains",
            "is_enabled",
        ]
        widgets = {
            "collections": forms.CheckboxSelectMultiple,
            "greeting": forms.Textarea(attrs={"rows": 2}),
            "instructions": forms.Textarea(attrs={"rows": 4}),
        }

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        nameable = nameable_collections(actor, self.instance).order_by("name")
        self.fields["collections"].queryset = nameable  # type: ignore[attr-defined]
        self.fields["collections"].help_text = _(
            "What you choose, visitors can read: restricted collections too. None chosen: all that are not restricted."
        )
        self.fields["allowed_domains"].widget.attrs["spellcheck"] = "false"
        self.instance.organisation = actor.organisation
        if self.instance.kind != Channel.Kind.CHAT:
            for name in CHAT_ONLY:
                del self.fields[name]

    def clean_allowed_domains(self) -> list[str]:
        try:
            return embedding.checked_origins(self.cleaned_data["allowed_domains"])
        except InvalidInput as refusal:
            raise forms.ValidationError(
                [str(line) for line in refusal.fields["allowed_domains"]]
            ) from refusal
