from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.marketing.briefs.models import Brief
from apps.marketing.campaigns.services import MAX_CONTROL_SHARE, Plan
from apps.marketing.channels.names import channel_choices
from apps.marketing.copywriting.exports import MAX_CAMPAIGN_CHARACTERS
from apps.marketing.copywriting.forms import VersionForm
from apps.marketing.copywriting.models import CopyVariant
from apps.marketing.experiments.forms import PlanForm, approved_texts
from apps.marketing.experiments.models import Experiment
from apps.marketing.segments.models import Segment

MOMENT_FORMAT = "%Y-%m-%dT%H:%M"


class MomentField(forms.DateTimeField):
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT_FORMAT)


class CampaignForm(PlanForm):
    """The plan of a campaign of one brief, whose approved texts stand to choose from."""

    name = forms.CharField(label=_("Name"), max_length=120)
    variants = forms.ModelMultipleChoiceField(
        label=_("Texts"),
        queryset=CopyVariant.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Approved texts only. With several, the campaign learns which works best."),
    )
    segment = forms.ModelChoiceField(
        label=_("Audience"),
        queryset=Segment.objects.none(),
        required=False,
        empty_label=_("everyone who consented"),
    )
    starts_at = MomentField(
        label=_("Send time"), required=False, help_text=_("Leave empty to start manually.")
    )
    control_percent = forms.IntegerField(
        label=_("Control group (%)"),
        min_value=0,
        max_value=int(100 * MAX_CONTROL_SHARE),
        initial=10,
        help_text=_("They get no message and show what the campaign itself achieved."),
    )
    metric = forms.ChoiceField(label=_("Success metric"), choices=Experiment.Metric)
    allocation = forms.ChoiceField(label=_("Split"), choices=Experiment.Allocation)
    min_exposures = forms.IntegerField(
        label=_("Minimum people per text before picking a winner"),
        min_value=1,
        max_value=1_000_000,
        initial=500,
    )
    segments = forms.ModelMultipleChoiceField(
        label=_("Learn separately for"),
        queryset=Segment.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    people_per_hour = forms.IntegerField(
        label=_("Maximum people per hour"),
        required=False,
        min_value=1,
        max_value=10_000_000,
        help_text=_("Spread sending over time so that the campaign can learn from responses."),
    )
    utm_campaign = forms.CharField(
        label=_("Campaign in links (utm_campaign)"),
        required=False,
        max_length=MAX_CAMPAIGN_CHARACTERS,
        help_text=_("Leave empty to use the campaign's name."),
    )

    @property
    def has_texts(self) -> bool:
        return approved_texts(self.brief).exists()

    @property
    def plan(self) -> Plan:
        """Of a valid form."""
        values = dict(self.cleaned_data)
        values["control_share"] = values.pop("control_percent") / 100
        return Plan(brief=self.brief, **values)

    @classmethod
    def initial_of(cls, plan: Plan) -> dict[str, Any]:
        same = {name: getattr(plan, name) for name in cls.base_fields if hasattr(plan, name)}
        return same | {
            "variants": [variant.pk for variant in plan.variants],
            "control_percent": round(100 * plan.control_share),
            "segments": [segment.pk for segment in plan.segments],
        }


class MoveForm(VersionForm):
    starts_at = MomentField(
        label=_("Send time"), required=False, error_messages={"invalid": _("Enter a date and time.")}
    )


class LinkForm(forms.Form):
    """Which of a brief's links is to be told apart by what."""

    link = forms.ChoiceField(label=_("Link"))
    channel = forms.ChoiceField(label=_("Channel"), choices=channel_choices)
    campaign = forms.CharField(label=_("Campaign"), max_length=MAX_CAMPAIGN_CHARACTERS)
    content = forms.CharField(
        label=_("Content"),
        required=False,
        max_length=80,
        help_text=_("Distinguishes links within one campaign."),
    )

    def __init__(self, brief: Brief, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["link"].choices = [(link, link) for link in brief.links]  # type: ignore[attr-defined]
