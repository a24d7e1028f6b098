from collections.abc import Callable
from typing import Any, TypeVar

from django import forms

from apps.core.errors import ApplicationError, InvalidInput, NotFound

Result = TypeVar("Result")
# Of choices. What is chosen is a row most often, and whether another organisation has it is nobody's business.
NOT_AMONG_THE_CHOICES = {"invalid_choice", "invalid_pk_value"}


def submit_form(form: forms.BaseForm, service: Callable[..., Result]) -> Result | None:
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


def validated_fields(form: forms.BaseForm) -> dict[str, Any]:
    """The fields of a form that no person filled in: of a request to the API, of a row in a table.

    Raises NotFound where a choice is none of the organisation's, else InvalidInput per field.
    """
    if form.is_valid():
        return form.cleaned_data
    errors = form.errors.as_data()
    if any(error.code in NOT_AMONG_THE_CHOICES for lines in errors.values() for error in lines):
        raise NotFound
    raise InvalidInput(fields={name: [str(line) for line in lines] for name, lines in form.errors.items()})
