from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organisation
from apps.core import languages
from apps.customer_service.inbox import selectors
from apps.customer_service.inbox.models import CannedReply, Tag

NAME_IS_TAKEN = _("A tag with this name already exists. Merge them instead.")
SENTIMENT_LABELS = [("negative", _("unhappy")), ("neutral", _("neutral")), ("positive", _("happy"))]


class ConversationFilterForm(forms.Form):
    view = forms.ChoiceField(choices=list(selectors.VIEWS.items()), required=False)
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
        if value in ("", selectors.NOBODY):
            return value
        return str(forms.UUIDField().clean(value))

    @property
    def filters(self) -> dict[str, Any]:
        """What was asked for; unusable values count as not asked."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def narrowing(self) -> dict[str, Any]:
        """The filters, without the view."""
        return {name: value for name, value in self.filters.items() if name not in ("view", "search")}


class MessageForm(forms.Form):
    """What staff write: a reply to the visitor, or a note among themselves."""

    kind = forms.ChoiceField(choices=[("reply", "reply"), ("note", "note")], required=False)
    text = forms.CharField(required=False, strip=False)
    seen = forms.CharField(max_length=60, required=False)
    resolves = forms.BooleanField(required=False)


class TagForm(forms.ModelForm[Tag]):
    class Meta:
        model = Tag
        fields = ["name"]

    def clean_name(self) -> str:
        """Two spellings of a name are one tag."""
        name = " ".join(self.cleaned_data["name"].split())
        others = Tag.objects.within(self.instance.organisation).exclude(pk=self.instance.pk)
        if others.filter(name__iexact=name).exists():
            raise forms.ValidationError(NAME_IS_TAKEN)
        return name


class NewTagForm(forms.Form):
    """What a name may be, the form of tags says."""

    name = forms.CharField(required=False)


class MergeTagForm(forms.Form):
    into = forms.ModelChoiceField(Tag.objects.none(), label=_("merge into"))

    def __init__(self, *args: object, organisation: Organisation, tag: Tag) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        others = Tag.objects.within(organisation).exclude(pk=tag.pk)
        self.fields["into"].queryset = others  # type: ignore[attr-defined]


class IntoForm(forms.Form):
    """What is sent then."""

    into = forms.UUIDField(error_messages={"required": _("Choose another tag to merge with.")})


class CannedReplyForm(forms.ModelForm[CannedReply]):
    language = forms.ChoiceField(label=_("language"), choices=languages.CHOICES, initial=get_language)

    class Meta:
        model = CannedReply
        fields = ["shortcut", "language", "text"]
        widgets = {"text": forms.Textarea(attrs={"rows": 6})}
        help_texts = {
            "shortcut": _("Type it after a slash, such as /thanks."),
            "text": _("{visitor_name} and {agent_name} are replaced with the names."),
        }

    def clean_shortcut(self) -> str:
        return str(self.cleaned_data["shortcut"]).lower()
