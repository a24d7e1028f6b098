from functools import partial
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core import ssrf_guard, tables
from apps.core.errors import InvalidInput
from apps.core.forms import LinesField
from apps.marketing.briefs import selectors, services
from apps.marketing.briefs.fact_lines import Pair, read_facts, write_facts
from apps.marketing.briefs.models import MAX_LINE_CHARACTERS, MAX_LINES, Brief, Industry
from domain.documents import content

MAX_FACTS_CHARACTERS = 40_000
_Lines = partial(LinesField, max_lines=MAX_LINES, max_characters=MAX_LINE_CHARACTERS)


class FactsField(forms.CharField):
    """Lines of “name: value”; from the API objects with a name and a value."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 8})
        super().__init__(required=False, max_length=MAX_FACTS_CHARACTERS, widget=widget, **kwargs)

    def clean(self, value: Any) -> list[Pair]:
        if isinstance(value, list):
            # Of a change by the API nothing below is required, either.
            if any("value" not in each for each in value):
                raise forms.ValidationError(self.error_messages["required"])
            value = write_facts([(str(each.get("name", "")), str(each["value"])) for each in value])
        text = super().clean(value)
        try:
            return read_facts(text)
        except InvalidInput as error:
            raise forms.ValidationError(error.reason) from error


class BriefForm(forms.ModelForm[Brief]):
    facts = FactsField(
        label=_("facts"),
        help_text=_("One per line, such as net weight: 250 g. Copy only uses facts listed here."),
    )
    must_say = _Lines(label=_("required wording"), help_text=_("One per line, used word for word."))
    must_not_say = _Lines(label=_("forbidden wording"))
    brand_terms = _Lines(
        label=_("brand terms"), help_text=_("Wrong and correct spelling: tea house = Tea House.")
    )
    links = _Lines(label=_("links"), max_characters=500, help_text=_("The only links copy may contain."))
    industries = forms.MultipleChoiceField(
        label=_("industries"),
        choices=Industry,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Advertising rules of these industries apply in addition to the general ones."),
    )

    class Meta:
        model = Brief
        fields = [
            "product",
            "language",
            "facts",
            "audience",
            "goal",
            "must_say",
            "must_not_say",
            "industries",
            "voice",
            "brand_terms",
            "links",
        ]
        widgets = {
            "audience": forms.Textarea(attrs={"rows": 2}),
            "goal": forms.Textarea(attrs={"rows": 2}),
            "voice": forms.Textarea(attrs={"rows": 5}),
        }
        help_texts = {
            "voice": _(
                "Describe the brand voice in a few sentences, or learn it from samples on the brief's page."
            )
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            pairs = [(fact.name, fact.value) for fact in selectors.confirmed_facts(self.instance)]
            self.initial["facts"] = write_facts(pairs)

    def clean_links(self) -> list[str]:
        links: list[str] = self.cleaned_data["links"]
        for link in links:
            try:
                ssrf_guard.check_api_url(link.partition("?")[0].partition("#")[0], field_name="links")
            except InvalidInput as error:
                raise forms.ValidationError(f"{link[:80]}: {error.reason}") from error
        return links

    def clean_brand_terms(self) -> list[str]:
        lines: list[str] = self.cleaned_data["brand_terms"]
        for line in lines:
            wrong, _sign, right = (part.strip() for part in line.partition("="))
            if not wrong or not right:
                raise forms.ValidationError(
                    _("Enter both spellings, the wrong one first: tea house = Tea House.")
                )
        return lines

    def save(self, commit: bool = True) -> Brief:
        brief = super().save(commit)
        # Of a change by the API that leaves the facts out, they stay.
        if "facts" in self.data:
            services.save_facts(brief, self.cleaned_data["facts"])
        return brief


class PageForm(forms.Form):
    url = forms.CharField(label=_("Address of a page"), max_length=ssrf_guard.MAX_URL_CHARACTERS)


class DocumentForm(forms.Form):
    file = forms.FileField(
        label=_("Document"),
        max_length=200,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": content.ACCEPTED}),
        help_text=_("PDF, Word, Markdown, HTML or text, up to 10 MB."),
    )


class FactsFileForm(forms.Form):
    file = forms.FileField(
        label=_("Table of facts"),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        help_text=_("CSV with the columns name and value."),
    )

    def clean(self) -> dict[str, Any]:
        # One byte more than is allowed is enough to tell that it is too long.
        file = self.cleaned_data.get("file")
        return {"content": file.read(tables.MAX_BYTES + 1)} if file else {}


class SamplesForm(forms.Form):
    samples = forms.CharField(
        label=_("Sample texts in the brand voice"),
        max_length=services.MAX_SAMPLES_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
