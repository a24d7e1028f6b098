from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.accounts.models import Organisation
from apps.core import languages
from apps.customer_service.channels.models import Channel
from apps.customer_service.mail.models import MailAccount
from apps.customer_service.mail.outbound_mail import mail_channels


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


PORT = {"min_value": 1, "max_value": 65535}


class MailAccountForm(forms.ModelForm[MailAccount]):
    imap_port = forms.IntegerField(label=_("IMAP port"), initial=993, **PORT)  # type: ignore[arg-type]
    smtp_port = forms.IntegerField(label=_("SMTP port"), initial=465, **PORT)  # type: ignore[arg-type]
    password = forms.CharField(
        label=_("Password"),
        required=False,
        strip=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Saved. Leave empty to keep it."),
    )

    class Meta:
        model = MailAccount
        fields = [
            "address",
            "user",
            "password",
            "imap_host",
            "imap_port",
            "smtp_host",
            "smtp_port",
            "is_encrypted",
            "folder",
            "authserv_id",
        ]


class MailChannelForm(MailAccountForm):
    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("The sender name visitors see."))
    language = forms.ChoiceField(label=_("Language"), choices=languages.CHOICES)

    field_order = ["name", "language"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].required = True
        self.fields["password"].help_text = _("Many providers require an app password here.")
