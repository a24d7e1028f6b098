from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import ApiKey, Membership, Organisation
from apps.core.errors import InvalidInput
from apps.inference.models import Endpoint, Quota


class EndpointForm(forms.ModelForm):  # type: ignore[type-arg]
    api_key = forms.CharField(
        label=_("API key"),
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Stored encrypted and never shown again. Empty: keep the present one."),
    )

    class Meta:
        model = Endpoint
        fields = [
            "name",
            "purpose",
            "url",
            "model",
            "api_key",
            "context_tokens",
            "max_concurrency",
            "input_price",
            "output_price",
            "priority",
            "is_enabled",
        ]
        help_texts = {
            "url": _("An OpenAI-compatible API, such as https://models.example.com/v1"),
            "context_tokens": _("Tokens that one request may hold, its answer included."),
            "priority": _("The lowest comes first; the others take over when it is down."),
        }

    def settings(self) -> dict[str, Any]:
        """The arguments of the services. A key that was not typed is not sent."""
        return {name: value for name, value in self.cleaned_data.items() if name != "api_key" or value}

    def show(self, error: InvalidInput) -> None:
        for name, lines in error.fields.items():
            for line in lines:
                self.add_error(name if name in self.fields else None, str(line))


class QuotaForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Quota
        fields = ["metric", "window", "soft_limit", "hard_limit", "member", "api_key"]
        labels = {"member": _("only for this member"), "api_key": _("only for this key")}
        help_texts = {"window": _("Jobs at the same time need no window.")}

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = Membership.objects.within(organisation).select_related("user")
        self.fields["member"].queryset = members  # type: ignore[attr-defined]
        self.fields["api_key"].queryset = ApiKey.objects.within(organisation)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("soft_limit") is None and data.get("hard_limit") is None:
            self.add_error("hard_limit", _("Give a soft limit, a hard limit, or both."))
        if data.get("member") and data.get("api_key"):
            self.add_error("api_key", _("A quota is for a member or for a key, not for both."))
        return data
