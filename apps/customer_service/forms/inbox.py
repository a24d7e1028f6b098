from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organisation
from apps.core import languages
from apps.customer_service.inbox import tags
from apps.customer_service.models import Tag


class TagForm(forms.Form):
    name = forms.CharField(label=_("name"), max_length=tags.LONGEST)


class MergeTagForm(forms.Form):
    into = forms.ModelChoiceField(Tag.objects.none(), label=_("merge into"))

    def __init__(self, *args: object, organisation: Organisation, tag: Tag) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        others = Tag.objects.within(organisation).exclude(pk=tag.pk)
        self.fields["into"].queryset = others  # type: ignore[attr-defined]


class CannedReplyForm(forms.Form):
    shortcut = forms.SlugField(
        label=_("shortcut"),
        max_length=40,
        allow_unicode=True,
        help_text=_("Typed after a slash, such as /thanks."),
    )
    language = forms.ChoiceField(label=_("language"), choices=languages.CHOICES)
    text = forms.CharField(
        label=_("text"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("{visitor_name} and {agent_name} become the names when it is used."),
    )
