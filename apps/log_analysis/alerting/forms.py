from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from apps.core import ssrf_guard
from apps.core.errors import InvalidInput
from apps.core.time_zones import checked_time_zone
from apps.dashboards.rollups.selectors import time_zone
from apps.log_analysis.alerting.models import AlertChannel

KEPT = _("Saved. Leave empty to keep it.")


class AlertChannelForm(forms.ModelForm[AlertChannel]):
    """The addresses of chat programs hold a key, so they are not shown again; an empty field keeps what is stored."""

    address = forms.CharField(
        label=_("address"),
        max_length=500,
        required=False,
        help_text=_("An e-mail address, or the robot or webhook address from your chat app."),
    )
    signing_secret = forms.CharField(
        label=_("signing secret"),
        max_length=200,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("For DingTalk and Feishu robots with signature checks, and for webhooks."),
    )

    class Meta:
        model = AlertChannel
        fields = ["name", "kind", "address", "signing_secret", "min_severity", "escalate_minutes"]
        fields += ["quiet_from", "quiet_until", "time_zone", "is_enabled"]
        widgets = {
            "quiet_from": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "quiet_until": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }
        help_texts = {
            "escalate_minutes": _("0 alerts on every incident immediately."),
            "quiet_from": _(
                "During quiet hours, only critical incidents are sent; others wait until they end."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            self.initial["time_zone"] = time_zone(self.instance.organisation_id)
        else:
            self.initial["signing_secret"] = ""
            self.fields["signing_secret"].help_text = KEPT
            if self.instance.kind != AlertChannel.Receiver.MAIL:
                self.initial["address"] = ""
                self.fields["address"].help_text = KEPT

    def clean_time_zone(self) -> str:
        return checked_time_zone(self.cleaned_data["time_zone"])

    def clean_address(self) -> str:
        address = str(self.cleaned_data["address"]).strip() or self.instance.address
        if not address:
            raise ValidationError(_("Enter where to send alerts."))
        return address

    def clean_signing_secret(self) -> str:
        return str(self.cleaned_data["signing_secret"]) or self.instance.signing_secret

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        address, kind = values.get("address"), values.get("kind")
        try:
            if address and kind == AlertChannel.Receiver.MAIL:
                validate_email(address)
            elif address and kind:
                ssrf_guard.check_url(address, field_name="address")
        except ValidationError as error:
            self.add_error("address", error)
        except InvalidInput as refusal:
            self.add_error("address", [str(line) for line in refusal.fields["address"]])
        if (values.get("quiet_from") is None) != (values.get("quiet_until") is None):
            self.add_error("quiet_until", _("Enter both the start and the end of quiet hours."))
        return values
