from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core import languages


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
