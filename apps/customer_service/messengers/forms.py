from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core import languages


class MessengerAccountForm(forms.Form):
    token = forms.CharField(
        label=_("Token"),
        required=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Saved. Leave empty to keep it."),
    )


class TelegramChannelForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("The channel name shown to staff."))
    language = forms.ChoiceField(label=_("Language"), choices=languages.CHOICES)
    token = forms.CharField(
        label=_("Token"),
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Create a bot with Telegram's @BotFather to get it."),
    )
