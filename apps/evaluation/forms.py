from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organisation
from apps.evaluation import selectors, task_files
from apps.evaluation.adapters import Adapter
from apps.evaluation.budgets import Limit, RunSettings, chat_endpoints
from apps.evaluation.models import EvaluationAnnotation, EvaluationRun
from apps.inference.models import Endpoint


class QuestionForm(forms.Form):
    """`cleaned_data` is what `save_question` takes: what a desk's form asks besides is `expected`, as JSON can hold it."""

    question_set = forms.ChoiceField()
    text = forms.CharField(label=_("question"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, adapter: Adapter, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["question_set"] = set_field(adapter, organisation)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        own = {name: cleaned.pop(name) for name in ("question_set", "text") if name in cleaned}
        return own | {"expected": cleaned}


class LimitForm(forms.Form):
    max_tokens = forms.IntegerField(
        label=_("token limit"),
        required=False,
        min_value=1,
        max_value=10**12,
        help_text=_(
            "Per model, input and output together. At the limit, the run ends and keeps its answers."
        ),
    )
    max_cost = forms.DecimalField(
        label=_("cost limit"),
        required=False,
        min_value=Decimal("0.0001"),
        max_digits=14,
        decimal_places=4,
        help_text=_("Per model, at its endpoint's prices."),
    )

    def clean(self) -> dict[str, Any]:
        """`limit` in the place of its fields."""
        cleaned = super().clean() or self.cleaned_data
        limit = Limit(cleaned.pop("max_tokens", None), cleaned.pop("max_cost", None))
        return cleaned | {"limit": limit}


class RunForm(LimitForm):
    """What to try; left as it stands, what is live. What a desk's form asks besides are options."""

    label = forms.CharField(
        label=_("title"),
        max_length=120,
        required=False,
        help_text=_("A label to recognise this run."),
    )
    endpoints = forms.ModelMultipleChoiceField(
        Endpoint.objects.none(),
        label=_("models"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None selected: the current model. Each model gets its own run; all start together."),
    )
    field_order: Sequence[str] | None = ("label", "endpoints")

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["endpoints"].queryset = chat_endpoints(organisation)  # type: ignore[attr-defined]

    def clean_endpoints(self) -> list[Endpoint]:
        return list(self.cleaned_data["endpoints"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        endpoints, label, limit = (cleaned.pop(name, None) for name in ("endpoints", "label", "limit"))
        return {"endpoints": endpoints, "settings": RunSettings(label or "", cleaned, limit or Limit())}


class AnnotationForm(forms.Form):
    verdict = forms.ChoiceField(choices=EvaluationAnnotation.Verdict.choices)
    better_text = forms.CharField(
        label=_("better text"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Optional: what the answer should have said."),
    )


class JudgeForm(forms.Form):
    """`other_run` is one of the same questions; without it, what is expected takes its place, where that is a text."""

    other_run = forms.ModelChoiceField(
        EvaluationRun.objects.none(),
        label=_("compared with"),
        required=False,
        empty_label=_("what is expected"),
    )
    endpoint = forms.ModelChoiceField(
        Endpoint.objects.none(),
        label=_("judge"),
        required=False,
        empty_label=_("current model"),
        help_text=_("Choose another model than those that answered: models prefer their own answers."),
    )

    def __init__(self, *args: Any, run: EvaluationRun, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["other_run"].queryset = selectors.other_runs(run)  # type: ignore[attr-defined]
        if not run.adapter.expected_field(run.question_set):
            self.fields["other_run"].empty_label = _("choose a run")  # type: ignore[attr-defined]
        self.fields["endpoint"].queryset = chat_endpoints(run.organisation)  # type: ignore[attr-defined]


class ImportForm(forms.Form):
    question_set = forms.ChoiceField()
    file = forms.FileField(label=_("CSV or JSON Lines file"))
    task = forms.FileField(
        label=_("task file (lm-evaluation-harness)"),
        required=False,
        help_text=task_files.SUPPORTED,
    )

    def __init__(self, *args: Any, adapter: Adapter, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["question_set"] = set_field(adapter, organisation)
        more = _("JSON Lines: the same names, one object per line. With a task: its documents.")
        self.fields["file"].help_text = f"{adapter.table_help} {more}"


def set_field(adapter: Adapter, organisation: Organisation) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=str(adapter.set_label), choices=adapter.question_sets(organisation).items()
    )
