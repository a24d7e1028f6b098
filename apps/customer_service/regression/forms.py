from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organisation
from apps.customer_service.channels.models import Channel
from apps.customer_service.regression.models import RegressionQuestion
from apps.customer_service.regression.questions import Expected
from apps.inference.models import Endpoint, Purpose
from apps.knowledge.models import Collection, Document

LINES = {
    "expected_facts": _("One on each line; ways to say the same after a bar: 30 days | thirty days"),
    "forbidden_facts": _("One on each line."),
}


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


class QuestionForm(forms.Form):
    """`cleaned_data` is what `save_question` takes."""

    channel = forms.ModelChoiceField(Channel.objects.none(), label=_("channel"))
    text = forms.CharField(
        label=_("question"), widget=forms.Textarea(attrs={"rows": 3}), help_text=_("As a visitor asks it.")
    )
    is_unanswerable = forms.BooleanField(
        label=_("the documents hold no answer"),
        required=False,
        help_text=_("Then the assistant must say so instead of answering."),
    )
    expected_facts = forms.CharField(
        label=_("what the answer must say"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=LINES["expected_facts"],
    )
    forbidden_facts = forms.CharField(
        label=_("what it must not say"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=LINES["forbidden_facts"],
    )
    expected_documents = forms.ModelMultipleChoiceField(
        Document.objects.none(),
        label=_("documents it should cite"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("One of them is enough."),
    )

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channel"].queryset = Channel.objects.within(organisation).in_use().order_by("name")  # type: ignore[attr-defined]
        documents = Document.objects.within(organisation).live().order_by("title")
        self.fields["expected_documents"].queryset = documents  # type: ignore[attr-defined]

    def clean_expected_facts(self) -> list[str]:
        return _lines(self.cleaned_data["expected_facts"])

    def clean_forbidden_facts(self) -> list[str]:
        return _lines(self.cleaned_data["forbidden_facts"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        names = ("expected_documents", "expected_facts", "forbidden_facts", "is_unanswerable")
        expected = {name: cleaned.pop(name) for name in names if name in cleaned}
        return cleaned | {"expected": Expected(**expected)}

    @staticmethod
    def initial_of(question: RegressionQuestion) -> dict[str, Any]:
        return {
            "channel": question.channel_id,
            "text": question.text,
            "is_unanswerable": question.is_unanswerable,
            "expected_facts": "\n".join(question.expected_facts),
            "forbidden_facts": "\n".join(question.forbidden_facts),
            "expected_documents": list(question.expected_documents.values_list("pk", flat=True)),
        }


class RunForm(forms.Form):
    """What to try; left as it stands, what is live."""

    label = forms.CharField(
        label=_("title"),
        max_length=120,
        required=False,
        help_text=_("What is tried, so that you know it again."),
    )
    instructions = forms.CharField(
        label=_("instructions"),
        required=False,
        strip=True,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("Those of the channel, to change here without changing them for visitors."),
    )
    endpoint = forms.ModelChoiceField(
        Endpoint.objects.none(), label=_("model"), required=False, empty_label=_("the one that answers now")
    )
    collections = forms.ModelMultipleChoiceField(
        Collection.objects.none(),
        label=_("documents"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: those of the channel."),
    )

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        endpoints = Endpoint.objects.visible_to(organisation).filter(purpose=Purpose.CHAT)
        self.fields["endpoint"].queryset = endpoints.in_fallback_order()  # type: ignore[attr-defined]
        collections = Collection.objects.within(organisation).order_by("name")
        self.fields["collections"].queryset = collections  # type: ignore[attr-defined]


class ImportForm(forms.Form):
    channel = forms.ModelChoiceField(Channel.objects.none(), label=_("channel"))
    file = forms.FileField(
        label=_("CSV file"),
        help_text=_(
            "The columns question, expected_documents, expected_facts, forbidden_facts and unanswerable, in UTF-8. "
            "Several documents or facts stand on lines of their own inside a cell."
        ),
    )

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channel"].queryset = Channel.objects.within(organisation).in_use().order_by("name")  # type: ignore[attr-defined]
