from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.assistant.services import NewQuestion
from apps.core.forms import ManyFilesField
from apps.core.pages import optional_uuid


class QuestionForm(forms.Form):
    """A question with what is chosen beside it. Ids are looked up by the services, which know whose they are."""

    text = forms.CharField(strip=False)
    parent = forms.UUIDField(required=False)
    tool = forms.CharField(required=False, max_length=100)
    files = ManyFilesField(  # type: ignore[assignment]
        required=False, max_length=200, allow_empty_file=True
    )
    collections = forms.Field(required=False, widget=forms.SelectMultiple)

    def clean_collections(self) -> list[UUID]:
        return [key for key in map(optional_uuid, self.cleaned_data["collections"]) if key]

    def clean(self) -> dict[str, Any]:
        return self.cleaned_data if self.errors else {"question": NewQuestion(**self.cleaned_data)}


class AgainForm(forms.Form):
    endpoint = forms.UUIDField(required=False)


class ChatForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=120)
    folder = forms.UUIDField(required=False)


class FolderForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)


class HandOverForm(forms.Form):
    receiver = forms.CharField(max_length=100)
    at = forms.UUIDField(required=False)
