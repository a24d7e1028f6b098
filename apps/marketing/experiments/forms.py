from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.marketing.briefs.models import Brief
from apps.marketing.copywriting.models import CopyVariant
from apps.marketing.experiments.models import Experiment
from apps.marketing.experiments.services import MAX_CONTROL_SHARE, ExperimentPlan
from apps.marketing.segments.models import Segment
from domain.marketing.decisions.experiments import trials_needed

MAX_MIN_EXPOSURES = 10_000_000


class PlanForm(forms.Form):
    """Of what is shown to people: the brief's approved texts to choose from, and segments where there are any."""

    def __init__(self, brief: Brief, data: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.brief = brief
        segments = Segment.objects.within(brief.organisation_id).order_by("name")
        for name, field in self.fields.items():
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = approved_texts(brief) if name == "variants" else segments
        if not segments.exists():
            del self.fields["segments"]


class ExperimentForm(PlanForm):
    """Shares are typed in percent. `propose` fills the number of people in from a rate and the lift that is to be seen."""

    name = forms.CharField(label=_("Name"), max_length=120)
    variants = forms.ModelMultipleChoiceField(
        CopyVariant.objects.none(), label=_("Approved texts"), widget=forms.CheckboxSelectMultiple
    )
    metric = forms.ChoiceField(label=_("Success metric"), choices=Experiment.Metric.choices)
    allocation = forms.ChoiceField(label=_("Split"), choices=Experiment.Allocation.choices)
    text_shares = forms.CharField(
        label=_("Share of each text (%)"),
        required=False,
        max_length=200,
        help_text=_("In the order above, such as 60, 30. Leave empty for equal shares."),
    )
    control_percent = forms.FloatField(
        label=_("Control group (%)"),
        min_value=0,
        max_value=100 * MAX_CONTROL_SHARE,
        initial=10,
        help_text=_("A control group without messages shows what messages achieve."),
    )
    segments = forms.ModelMultipleChoiceField(
        Segment.objects.none(),
        label=_("Segments that learn separately"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    min_exposures = forms.IntegerField(
        label=_("Minimum people per text"), min_value=1, max_value=MAX_MIN_EXPOSURES, initial=500
    )
    expected_rate = forms.FloatField(
        label=_("Current rate (%)"), required=False, min_value=0.01, max_value=99, initial=3
    )
    expected_lift = forms.FloatField(
        label=_("Minimum relevant lift (%)"), required=False, min_value=1, max_value=500, initial=30
    )
    max_increase_percent = forms.FloatField(
        label=_("Guardrail: maximum increase in unsubscribes (%)"), min_value=0, max_value=1000, initial=20
    )
    stops_itself = forms.BooleanField(label=_("Stop once there is a winner"), required=False)

    def clean_text_shares(self) -> list[float]:
        parts = self.cleaned_data["text_shares"].replace("，", ",").replace("%", "").split(",")
        try:
            return [float(part) / 100 for part in parts if part.strip()]
        except ValueError:
            raise forms.ValidationError(_("Enter percentages separated by commas.")) from None

    @property
    def plan(self) -> ExperimentPlan:
        """Of a valid form."""
        values = dict(self.cleaned_data)
        del values["expected_rate"], values["expected_lift"]
        return ExperimentPlan(
            brief=self.brief,
            control_share=values.pop("control_percent") / 100,
            max_unsubscribe_increase=values.pop("max_increase_percent") / 100,
            **values,
        )

    def proposal(self) -> int | None:
        """How many people each text needs. None where rate and lift say nothing usable."""
        rate, lift = (_number(self.data.get(name)) for name in ("expected_rate", "expected_lift"))
        try:
            return min(trials_needed(rate, lift), MAX_MIN_EXPOSURES)
        except ValueError:
            return None


class StopForm(forms.Form):
    reason = forms.CharField(label=_("Reason for stopping"), required=False, max_length=300)


class EventsFileForm(forms.Form):
    file = forms.FileField(
        label=_("Table of events"),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        help_text=_(
            "CSV with the columns event_key, type, happened_at, and exposure or experiment and "
            "subject; optional revenue."
        ),
    )


def approved_texts(brief: Brief) -> QuerySet[CopyVariant]:
    rows = CopyVariant.objects.within(brief.organisation_id).filter(
        brief=brief, status=CopyVariant.Status.APPROVED
    )
    return rows.order_by("channel", "id")


def _number(text: Any) -> float:
    try:
        return float(text) / 100
    except (TypeError, ValueError):
        return 0.0
