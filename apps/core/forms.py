from django import forms

from apps.core.errors import ApplicationError


def show_refusal(form: forms.BaseForm, refusal: ApplicationError) -> None:
    """Puts a service's objections beside the fields they are about, the others above the form."""
    for name, lines in refusal.fields.items():
        form.add_error(name if name in form.fields else None, [str(line) for line in lines])
    if not refusal.fields:
        form.add_error(None, str(refusal))
