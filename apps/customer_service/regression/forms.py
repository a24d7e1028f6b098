from functools import partial
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organisation
from apps.core.forms import LinesField
from apps.customer_service.channels.visitor_knowledge import visitor_collections, visitor_documents
from apps.evaluation import forms as evaluation
from apps.knowledge.models import Collection, Document

MAX_FACTS = 20
MAX_FACT_CHARACTERS = 200
_Facts = partial(LinesField, max_lines=MAX_FACTS, max_characters=MAX_FACT_CHARACTERS)


class QuestionForm(evaluation.QuestionForm):
    is_unanswerable = forms.BooleanField(
        label=_("no answer in the documents"),
        required=False,
        help_text=_("The assistant should say so instead of answering."),
    )
    expected_facts = _Facts(
        label=_("must say"),
        help_text=_("One per line. Add equivalent wording after a bar: 30 days | thirty days"),
    )
    forbidden_facts = _Facts(label=_("must not say"), help_text=_("One per line."))
    expected_documents = forms.ModelMultipleChoiceField(
        Document.objects.none(),
        label=_("documents to cite"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("One of them is enough."),
    )

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, organisation=organisation, **kwargs)
        self.fields["text"].help_text = _("As a visitor would ask it.")
        documents = visitor_documents(organisation).order_by("title")
        # The page offers what is live; tables and the API may name older versions too.
        offered = documents if self.is_bound else documents.live()
        self.fields["expected_documents"].queryset = offered  # type: ignore[attr-defined]

    def clean_expected_documents(self) -> list[str]:
        return [str(document.pk) for document in self.cleaned_data["expected_documents"]]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        expected = cleaned["expected"]
        if expected["is_unanswerable"] and (
            expected.get("expected_facts") or expected.get("expected_documents")
        ):
            reason = _("If the documents have no answer, leave the other fields empty.")
            self.add_error("is_unanswerable", reason)
        return cleaned


class RunForm(evaluation.RunForm):
    instructions = forms.CharField(
        label=_("instructions"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("The channel's instructions. Changes here do not affect visitors."),
    )
    collections = forms.ModelMultipleChoiceField(
        Collection.objects.none(),
        label=_("documents"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None selected: those of the channel."),
    )
    field_order = ("label", "instructions", "endpoints", "collections")

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, organisation=organisation, **kwargs)
        collections = visitor_collections(organisation).order_by("name")
        self.fields["collections"].queryset = collections  # type: ignore[attr-defined]

    def clean_instructions(self) -> str:
        return str(self.cleaned_data["instructions"]).replace("\r\n", "\n")

    def clean_collections(self) -> list[str]:
        return [str(collection.pk) for collection in self.cleaned_data["collections"]]
