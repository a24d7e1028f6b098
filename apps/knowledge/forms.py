from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.accounts.permissions import ROLE_LABELS
from apps.accounts.selectors import members
from apps.core.forms import ManyFilesField, ManyFilesInput
from apps.knowledge.models import Collection, Document
from apps.knowledge.passages import MAX_CHARACTERS
from domain.documents import content


class CollectionForm(forms.ModelForm[Collection]):
    class Meta:
        model = Collection
        fields = ["name", "language"]


class UploadForm(forms.Form):
    documents = ManyFilesField(
        label=_("Files"),
        widget=ManyFilesInput(attrs={"accept": content.ACCEPTED, "class": "visually-hidden"}),
        max_length=200,
        allow_empty_file=True,
        help_text=_(
            "PDF, Word, PowerPoint, Excel, EPUB, mails (.eml, .msg, .mbox), calendars (.ics), HTML, Markdown, text,"
            " scans and photos. Questions and answers as CSV or Excel. Comments in Office files are not read."
        ),
    )


class GrantForm(forms.Form):
    """Whom to let in: one of the three. On a page it offers the members and groups that there are."""

    member = forms.UUIDField(label=_("Member"), required=False)
    role = forms.ChoiceField(label=_("Role"), required=False)
    group = forms.CharField(
        label=pgettext_lazy("of an identity provider", "Group"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"list": "groups"}),
        help_text=_("As your identity provider or directory calls it."),
    )
    may_edit = forms.BooleanField(label=_("May also upload, change and delete"), required=False)

    def __init__(
        self, data: Any = None, files: Any = None, *, row: Collection | Document | None = None
    ) -> None:
        super().__init__(data, files)
        self.fields["role"].choices = [("", "–"), *ROLE_LABELS.items()]  # type: ignore[attr-defined]
        if row:
            people = members(row.organisation).filter(is_active=True)
            choices = [("", "–"), *((each.pk, str(each.user)) for each in people)]
            self.fields["member"].widget = forms.Select(choices=choices)
        if isinstance(row, Document):
            del self.fields["may_edit"]


class RevokeForm(forms.Form):
    grant = forms.UUIDField()


class SearchForm(forms.Form):
    question = forms.CharField(label=_("Question"), max_length=500, required=False)
    collection = forms.ModelChoiceField(
        Collection.objects.none(), label=_("Collection"), required=False, empty_label=_("All collections")
    )

    def __init__(self, data: Any, *, collections: QuerySet[Collection]) -> None:
        super().__init__(data)
        self.fields["collection"].queryset = collections  # type: ignore[attr-defined]


class PassageForm(forms.Form):
    """`version`: what was read, so that nobody writes over what somebody else changed."""

    text = forms.CharField(
        label=_("Text"), max_length=MAX_CHARACTERS, widget=forms.Textarea(attrs={"rows": 12})
    )
    rest = forms.CharField(
        label=_("Second passage"),
        required=False,
        max_length=MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_(
            "To split the passage, move its end here. It becomes a passage of its own right after this one."
        ),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class JoinForm(forms.Form):
    """`version`: of the passage that was seen."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
