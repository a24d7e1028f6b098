from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.translation import services
from apps.translation.models import GlossaryTerm, Language


class PairForm(forms.Form):
    source_language = forms.ChoiceField(
        label=_("Source language"), choices=Language.choices, initial=Language.CHINESE
    )
    target_language = forms.ChoiceField(
        label=_("Target language"), choices=Language.choices, initial=Language.ENGLISH
    )


class TextForm(PairForm):
    text = forms.CharField(
        label=_("Text"),
        max_length=services.MAX_TEXT_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 12, "autofocus": True}),
    )


class DocumentForm(PairForm):
    file = forms.FileField(
        label=_("File"),
        max_length=200,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".docx,.md,.markdown,.txt,.srt,.vtt,.html,.htm"}),
        help_text=_("Word (.docx), Markdown, HTML, subtitles (.srt) or text, up to 10 MB."),
    )


class TermForm(forms.ModelForm[GlossaryTerm]):
    class Meta:
        model = GlossaryTerm
        fields = ["source", "target", "source_language", "target_language"]

    def clean(self) -> dict[str, Any]:
        values = {name: " ".join(value.split()) for name, value in self.cleaned_data.items()}
        if values.get("source_language") == values.get("target_language"):
            self.add_error("target_language", _("Choose two different languages."))
        return values
