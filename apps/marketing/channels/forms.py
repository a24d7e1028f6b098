from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.forms import LinesField
from apps.core.numbers import whole_number
from apps.marketing.channels.models import DEFAULT_SEND_DAYS, MAX_FIELD_LIMITS, ChannelOverride
from apps.marketing.channels.names import channel_choices
from domain.marketing.copy_checks.channels import channels

# Of any text; what is longer is an article, and no check of copy is meant for it.
MAX_FIELD_LENGTH = 20_000
MAX_SEND_DAYS = 365


class ChannelOverrideForm(forms.ModelForm[ChannelOverride]):
    channel = forms.ChoiceField(label=_("channel"), choices=channel_choices)
    field_limits = LinesField(
        label=_("length limits"),
        max_lines=MAX_FIELD_LIMITS,
        max_characters=60,
        help_text=_("One field and limit per line, such as title = 18. Others keep the built-in limit."),
    )

    send_days = forms.IntegerField(
        label=_("within days"),
        min_value=1,
        max_value=MAX_SEND_DAYS,
        initial=DEFAULT_SEND_DAYS,
        required=False,
        help_text=_("Period in which messages to one person are counted."),
    )

    class Meta:
        model = ChannelOverride
        fields = [
            "channel",
            "field_limits",
            "min_hashtags",
            "max_hashtags",
            "max_emoji",
            "max_links",
            "send_cost",
            "max_sends",
            "send_days",
            "hints",
        ]
        widgets = {"hints": forms.Textarea(attrs={"rows": 4})}
        help_texts = {
            "min_hashtags": _("Leave empty to use the built-in value."),
            "send_cost": _(
                "In your reporting currency. Recommendations weigh it against the channel's results."
            ),
            "max_sends": _(
                "Leave empty for no limit. People at the limit get no messages until the period ends."
            ),
            "hints": _("What works on this channel. Shown to writers and the model."),
        }

    def clean_send_cost(self) -> Decimal | None:
        cost: Decimal | None = self.cleaned_data["send_cost"]
        if cost is not None and cost < 0:
            raise forms.ValidationError(_("The cost cannot be negative."))
        return cost

    def clean_send_days(self) -> int:
        return self.cleaned_data["send_days"] or DEFAULT_SEND_DAYS

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        rules = channels().get(values.get("channel", ""))
        if rules and "field_limits" in values:
            known = {each.key for each in rules.fields}
            for line in values["field_limits"]:
                key, _sign, number = (part.strip() for part in line.partition("="))
                limit = whole_number(number)
                if key not in known or limit is None or not 1 <= limit <= MAX_FIELD_LENGTH:
                    reason = _("“%(line)s” is not a field and limit. Fields of this channel: %(names)s.")
                    self.add_error("field_limits", reason % {"line": line, "names": ", ".join(sorted(known))})
        least, most = values.get("min_hashtags"), values.get("max_hashtags")
        if least is not None and most is not None and least > most:
            self.add_error("max_hashtags", _("Below the minimum number of hashtags."))
        return values
