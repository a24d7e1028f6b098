from collections.abc import Mapping
from typing import Any, cast

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.marketing.channels.names import channel_choices
from apps.marketing.channels.selectors import ChannelView
from apps.marketing.copywriting.models import CopyVariant
from apps.marketing.copywriting.services import MAX_CHANNELS, MAX_TEXT_CHARACTERS, MAX_VARIANTS

SHORT_TEXT = 120
# In what a channel counts.
LIMITS = {
    "characters": _("at most %(count)s characters"),
    "half_width": _("at most %(count)s half-width characters"),
    "sms": _("at most %(count)s text messages"),
}


class CopyRequestForm(forms.Form):
    channels = forms.MultipleChoiceField(
        label=_("Channels"), choices=channel_choices, widget=forms.CheckboxSelectMultiple
    )
    count = forms.IntegerField(
        label=_("Variants per channel"), min_value=1, max_value=MAX_VARIANTS, initial=3
    )

    def clean_channels(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["channels"]
        if len(chosen) > MAX_CHANNELS:
            raise forms.ValidationError(_("Choose fewer channels."))
        return chosen


class CopyForm(forms.Form):
    """The texts of one channel. What is too long for it may be typed: the checks say by how much."""

    def __init__(self, view: ChannelView, data: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.view = view
        for each in view.fields:
            is_short = each.max_length <= SHORT_TEXT and each.counting != "sms"
            self.fields[f"text_{each.key}"] = forms.CharField(
                label=each.name,
                required=False,
                max_length=MAX_TEXT_CHARACTERS,
                widget=forms.Textarea(attrs={"rows": 2 if is_short else 9, "data-copy-text": each.key}),
                help_text=LIMITS.get(each.counting, _("at most %(count)s")) % {"count": each.max_length},
            )

    @property
    def texts(self) -> dict[str, str]:
        """By field, of a valid form."""
        return {name.removeprefix("text_"): text for name, text in self.cleaned_data.items()}

    @classmethod
    def initial_of(cls, texts: Mapping[str, str]) -> dict[str, str]:
        return {f"text_{key}": text for key, text in texts.items()}


class VersionForm(forms.Form):
    """What was read, so that nobody writes over what somebody else changed."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class CommentForm(forms.Form):
    comment = forms.CharField(
        label=_("Comment"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


class ReviewForm(VersionForm, CommentForm):
    pass


class RewriteForm(forms.Form):
    field = forms.CharField(max_length=40, widget=forms.HiddenInput)
    start = forms.IntegerField(min_value=0, max_value=MAX_TEXT_CHARACTERS, widget=forms.HiddenInput)
    end = forms.IntegerField(min_value=1, max_value=MAX_TEXT_CHARACTERS, widget=forms.HiddenInput)
    instruction = forms.CharField(
        label=_("How to rewrite the selection"),
        max_length=300,
        widget=forms.TextInput(attrs={"placeholder": _("shorter, livelier, without the price …")}),
    )


class TranslateForm(forms.Form):
    channel = forms.ChoiceField(label=_("Channel"), choices=channel_choices)


class CopyVariantFilter(django_filters.FilterSet):  # type: ignore[misc]
    channel = django_filters.ChoiceFilter(label=_("channel"))

    class Meta:
        model = CopyVariant
        fields = ["status", "channel"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Names of channels are those of the reader's language.
        self.filters["channel"].extra["choices"] = channel_choices()

    def filter_queryset(self, queryset: QuerySet[CopyVariant]) -> QuerySet[CopyVariant]:
        """Everything that was not dropped, unless that is asked for."""
        is_asked = self.form.cleaned_data.get("status")
        rows = queryset if is_asked else queryset.exclude(status=CopyVariant.Status.DROPPED)
        return cast(QuerySet[CopyVariant], super().filter_queryset(rows))
