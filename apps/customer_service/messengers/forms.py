from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core import languages
from apps.customer_service.messengers.adapter import MISSING
from apps.customer_service.messengers.intake import LISTENERS, MESSENGERS
from apps.customer_service.messengers.models import MessengerAccount

MAX_CREDENTIAL_CHARACTERS = 500


class MessengerAccountForm(forms.Form):
    """What the messenger's console shows. Cleaned, it is `credentials` and `has_long_connection`."""

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, kind: str, account: MessengerAccount | None = None
    ) -> None:
        super().__init__(data)
        stored = account.credentials if account else {}
        for field in MESSENGERS[kind].fields:
            is_kept = field.is_secret and bool(stored.get(field.name))
            self.fields[field.name] = forms.CharField(
                label=str(field.label),
                # What else is missing is said by the service, which knows how messages come.
                required=field.is_always_needed and not is_kept,
                error_messages={"required": MISSING},
                max_length=MAX_CREDENTIAL_CHARACTERS,
                initial="" if field.is_secret else stored.get(field.name, ""),
                widget=forms.PasswordInput(attrs={"autocomplete": "off"})
                if field.is_secret
                else forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
                help_text=_("Saved. Leave empty to keep it.") if is_kept else str(field.help_text),
            )
        self.credential_names = [field.name for field in MESSENGERS[kind].fields]
        if kind in LISTENERS:
            self.fields["has_long_connection"] = forms.BooleanField(
                label=_("Long connection"),
                required=False,
                initial=account.has_long_connection if account else True,
                help_text=_("This server connects to the messenger, so it needs no public address."),
            )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        credentials = {name: cleaned.pop(name) for name in self.credential_names if name in cleaned}
        return {**cleaned, "credentials": credentials}


class MessengerChannelForm(MessengerAccountForm):
    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("The channel name shown to staff."))
    language = forms.ChoiceField(label=_("Language"), choices=languages.CHOICES)
