from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core import languages
from apps.customer_service.models import MailAccount

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
        help_text=_("It is kept: leave the field empty to go on with it."),
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
    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("What visitors see as the sender of answers.")
    )
    language = forms.ChoiceField(label=_("Language"), choices=languages.CHOICES)

    field_order = ["name", "language"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].required = True
        self.fields["password"].help_text = _("Many providers want a password made for apps here.")


class MessengerAccountForm(forms.Form):
    token = forms.CharField(
        label=_("Token"),
        required=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("It is kept: leave the field empty to go on with it."),
    )


class TelegramChannelForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("How staff know the channel."))
    language = forms.ChoiceField(label=_("Language"), choices=languages.CHOICES)
    token = forms.CharField(
        label=_("Token"),
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Telegram's @BotFather gives it for a new bot."),
    )
