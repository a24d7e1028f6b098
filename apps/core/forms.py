from collections.abc import Callable
from typing import TypeVar

from django import forms

from apps.core.errors import ApplicationError

Result = TypeVar("Result")


def accepted(form: forms.BaseForm, service: Callable[..., Result]) -> Result | None:
    """What the service made of a valid form's fields. None while there is something to fill in or to correct."""
    if not form.is_valid():
        return None
    try:
        return service(**form.cleaned_data)
    except ApplicationError as refusal:
        show_refusal(form, refusal)
        return None


def show_refusal(form: forms.BaseForm, refusal: ApplicationError) -> None:
    """Puts a service's objections beside the fields they are about, the others above the form."""
    for name, lines in refusal.fields.items():
        form.add_error(name if name in form.fields else None, [str(line) for line in lines])
    if not refusal.fields:
        form.add_error(None, str(refusal))
