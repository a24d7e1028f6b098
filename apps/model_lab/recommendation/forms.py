from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.capacity.selectors import GPUS
from apps.core.desks import all_desks
from apps.evaluation import adapters
from apps.evaluation.adapters import Adapter
from apps.model_lab.recommendation.selectors import Load, usual_load
from llm_backend.capacity.memory import MAX_GPUS

FIRST_SHOWN = {"requests": 1000, "busiest_hour": 150, "input_tokens": 1500, "output_tokens": 300, "gpus": 1}


class RecommendationForm(forms.Form):
    """All of it may come from an address; what is left out is what the organisation's requests were of late."""

    desks = forms.MultipleChoiceField(label=_("Desks"), widget=forms.CheckboxSelectMultiple)
    requests = forms.IntegerField(label=_("Requests per day"), min_value=1, max_value=10**9)
    busiest_hour = forms.IntegerField(label=_("Requests in the busiest hour"), min_value=1, max_value=10**9)
    input_tokens = forms.IntegerField(label=_("Input tokens per request"), min_value=1, max_value=10**7)
    output_tokens = forms.IntegerField(label=_("Output tokens per request"), min_value=1, max_value=10**6)
    gpu = forms.TypedChoiceField(
        label=_("GPU"), choices=[(f"{size}", f"{name} · {size} GiB") for name, size in GPUS], coerce=float
    )
    gpus = forms.IntegerField(label=_("Number of GPUs"), min_value=1, max_value=MAX_GPUS)

    def __init__(self, query: Any, *, actor: Actor) -> None:
        tended = readable_adapters(actor)
        usual = {name: str(value) for name, value in (FIRST_SHOWN | usual_load(actor.organisation)).items()}
        given = {name: query.get(name) for name in self.base_fields if query.get(name)}
        desks = query.getlist("desks") or [each.desk for each in tended]
        super().__init__({"gpu": "80", **usual, **given, "desks": desks})
        labels = {desk.name: desk.label for desk in all_desks()}
        self.fields["desks"].choices = [(each.desk, labels[each.desk]) for each in tended]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """`load` in the place of its fields."""
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and cleaned["busiest_hour"] > cleaned["requests"]:
            self.add_error("busiest_hour", _("Enter at most the requests per day."))
        if self.errors:
            return cleaned
        desks = cleaned.pop("desks")
        return {"desks": desks, "load": Load(gpu_memory=cleaned.pop("gpu"), **cleaned)}


def readable_adapters(actor: Actor) -> Sequence[Adapter]:
    return [each for each in adapters.all_adapters() if actor.may(each.view_permission)]
