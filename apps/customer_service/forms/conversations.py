from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.accounts.models import Organisation
from apps.core import languages
from apps.customer_service.connectors.first_mail import mail_channels
from apps.customer_service.inbox import lists
from apps.customer_service.models import Channel

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


class FirstMailForm(forms.Form):
    """A mail to somebody who has not written yet."""

    channel = forms.ModelChoiceField(Channel.objects.none(), label=_("mailbox"), empty_label=None)
    address = forms.EmailField(label=_("recipient"), max_length=254)
    name = forms.CharField(label=pgettext_lazy("of a person", "name"), max_length=80, required=False)
    subject = forms.CharField(label=_("subject"), max_length=200)
    text = forms.CharField(
        label=_("text"), strip=False, widget=forms.Textarea(attrs={"rows": 10, "dir": "auto"})
    )

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channel"].queryset = mail_channels(organisation)  # type: ignore[attr-defined]


class ContactForm(forms.Form):
    name = forms.CharField(label=pgettext_lazy("of a person", "name"), max_length=80, required=False)
    email = forms.EmailField(label=_("e-mail"), required=False)
    phone = forms.CharField(label=_("telephone"), max_length=40, required=False)
    note = forms.CharField(
        label=_("note"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
