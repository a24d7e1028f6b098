from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organisation
from apps.marketing.experiments.models import Experiment
from apps.marketing.profiles.models import MAX_EXTERNAL_ID_CHARACTERS
from apps.marketing.segments.models import Segment
from apps.marketing.segments.selectors import segment_list


class RankingForm(forms.Form):
    """For whom channels are ranked, and by what counts as a success. Left empty: for everybody, by the usual metric."""

    segment = forms.ModelChoiceField(
        label=_("Segment"), queryset=Segment.objects.none(), required=False, empty_label=_("Everyone")
    )
    metric = forms.ChoiceField(label=_("Success metric"), choices=Experiment.Metric.choices, required=False)

    def __init__(self, organisation: Organisation, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        segments: forms.ModelChoiceField[Segment] = self.fields["segment"]  # type: ignore[assignment]
        segments.queryset = segment_list(organisation)

    @property
    def chosen_segment(self) -> Segment | None:
        segment: Segment | None = self.cleaned_data.get("segment") if self.is_valid() else None
        return segment

    @property
    def chosen_metric(self) -> str:
        """Empty where nothing was chosen: the usual one."""
        return str(self.cleaned_data.get("metric") if self.is_valid() else "")


class PersonSearchForm(forms.Form):
    number = forms.CharField(label=_("Customer ID"), max_length=MAX_EXTERNAL_ID_CHARACTERS)
