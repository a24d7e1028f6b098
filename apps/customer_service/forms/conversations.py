from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core import languages
from apps.customer_service.inbox import lists

SENTIMENT_LABELS = [("negative", _("unhappy")), ("neutral", _("neutral")), ("positive", _("happy"))]


class ConversationFilterForm(forms.Form):
    view = forms.ChoiceField(choices=list(lists.VIEWS.items()), required=False)
    channel = forms.UUIDField(required=False)
    tag = forms.UUIDField(required=False)
    intent = forms.CharField(max_length=80, required=False)
    sentiment = forms.ChoiceField(choices=SENTIMENT_LABELS, required=False)
    assigned = forms.CharField(max_length=36, required=False)
    language = forms.ChoiceField(choices=languages.CHOICES, required=False)
    search = forms.CharField(max_length=100, required=False)

    def clean_assigned(self) -> str:
        """A member's id, or nobody."""
        value = str(self.cleaned_data["assigned"])
        if value in ("", lists.NOBODY):
            return value
        return str(forms.UUIDField().clean(value))

    @property
    def wanted(self) -> dict[str, Any]:
        """What was asked for; unusable values count as not asked."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def narrowing(self) -> dict[str, Any]:
        """The filters, without the view."""
        return {name: value for name, value in self.wanted.items() if name not in ("view", "search")}


class MessageForm(forms.Form):
    """What staff write: a reply to the visitor, or a note among themselves."""

    kind = forms.ChoiceField(choices=[("reply", "reply"), ("note", "note")], required=False)
    text = forms.CharField(required=False, strip=False)
    seen = forms.CharField(max_length=60, required=False)
    resolves = forms.BooleanField(required=False)


class ContactForm(forms.Form):
    name = forms.CharField(label=_("name"), max_length=80, required=False)
    email = forms.EmailField(label=_("e-mail"), required=False)
    phone = forms.CharField(label=_("telephone"), max_length=40, required=False)
    note = forms.CharField(
        label=_("note"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
