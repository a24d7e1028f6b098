from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core import ssrf_guard
from apps.core.errors import InvalidInput
from apps.jobs import job_types, webhook_events
from apps.jobs.models import Job, Schedule, Webhook

NONE = "none"


class NoneOrUUIDField(forms.UUIDField):
    """The id of a row, or “none” for those that have no such row."""

    def to_python(self, value: Any) -> Any:
        return NONE if value == NONE else super().to_python(value)


class JobFilterForm(forms.Form):
    """What the list of jobs shows. Anything it does not understand filters nothing."""

    state = forms.ChoiceField(choices=[("active", _("under way")), *Job.State.choices], required=False)
    kind = forms.ChoiceField(required=False)
    subject = forms.CharField(max_length=100, required=False)
    mine = forms.BooleanField(required=False)
    desk = forms.SlugField(max_length=40, required=False)
    member = NoneOrUUIDField(required=False)
    api_key = NoneOrUUIDField(required=False)
    error_code = forms.SlugField(max_length=60, required=False)
    since = forms.DateTimeField(required=False)
    until = forms.DateTimeField(required=False)
    before = forms.UUIDField(required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        labels = [(kind.name, kind.label) for kind in job_types.all_kinds()]
        self.fields["kind"].choices = [("", _("All kinds")), *labels]  # type: ignore[attr-defined]

    @property
    def filters(self) -> dict[str, object]:
        """The criteria that are set, whatever is wrong with the others."""
        self.full_clean()
        return {name: value for name, value in self.cleaned_data.items() if value}


class WebhookForm(forms.ModelForm[Webhook]):
    events = forms.MultipleChoiceField(
        label=_("Tell it when"), choices=webhook_events.choices, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Webhook
        fields = ["url", "events", "is_enabled"]

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"])
        try:
            ssrf_guard.check_url(url)
        except InvalidInput as refusal:
            raise forms.ValidationError(list(map(str, refusal.fields["url"]))) from refusal
        return url

    def clean_events(self) -> list[str]:
        return sorted(self.cleaned_data["events"])


class ScheduleForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Schedule
        fields = ["name", "cron", "time_zone", "is_enabled"]
        help_texts = {
            "cron": _("Five fields: minute, hour, day, month, weekday. “0 7 * * 1-5” is 07:00 on workdays."),
            "time_zone": _("A name such as Asia/Shanghai."),
        }
