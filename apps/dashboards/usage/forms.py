from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.time_zones import time_zones
from apps.dashboards.rollups.models import AnalyticsSettings


class AnalyticsSettingsForm(forms.ModelForm[AnalyticsSettings]):
    class Meta:
        model = AnalyticsSettings
        fields = ["time_zone", "currency"]
        help_texts = {
            "time_zone": _("Used for the times on all pages. Days on dashboards start at its midnight."),
            "currency": _("Currency of endpoint prices, such as CNY."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = [(zone, zone) for zone in sorted(time_zones())]
        field = self.fields["time_zone"]
        self.fields["time_zone"] = forms.ChoiceField(
            label=field.label, help_text=field.help_text, choices=zones
        )
