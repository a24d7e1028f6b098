from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organisation
from apps.jobs import job_types, queues
from apps.jobs.forms import JobFilterForm
from apps.jobs.models import QueueControl


class ModeForm(forms.Form):
    mode = forms.TypedChoiceField(choices=QueueControl.Mode.choices, coerce=QueueControl.Mode)


class DeadLettersForm(forms.Form):
    """Names one group of them."""

    error_code = forms.CharField(max_length=60)
    kind = forms.CharField(max_length=80)


class OperatorJobFilterForm(JobFilterForm):
    """The list of jobs of all organisations."""

    organisation = forms.ModelChoiceField(
        Organisation.objects.order_by("name"), required=False, empty_label=_("All organisations")
    )
    queue = forms.ChoiceField(required=False)

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        names = [(name, queues.LABELS.get(name, name)) for name in sorted(job_types.used_queues())]
        self.fields["queue"].choices = [("", _("All queues")), *names]  # type: ignore[attr-defined]
