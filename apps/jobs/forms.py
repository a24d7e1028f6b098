from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.accounts.models import Membership
from apps.accounts.selectors import members
from apps.core import ssrf_guard
from apps.core.errors import InvalidInput, Text
from apps.core.moments import CHOSEN_DAYS
from apps.core.pages import optional_uuid
from apps.jobs import job_types, selectors, webhook_events
from apps.jobs.models import Job, JobQuerySet, Schedule, Webhook

MAX_PEOPLE = 500
# On one page there are fewer.
MAX_CHOSEN = 200


NONE = "none"


class NoneOrUUIDField(forms.UUIDField):
    """The id of a row, or “none” for those that have no such row."""

    def to_python(self, value: Any) -> Any:
        return NONE if value == NONE else super().to_python(value)


REPLAY_PERIODS: dict[str, tuple[int, Text]] = {
    "day": (1, _("the last day")),
    "week": (7, _("the last 7 days")),
    "month": (30, _("the last 30 days")),
}
# By what length of time, the longest first.
JOB_ORDERS = [("waited", _("Longest waiting time")), ("ran", _("Longest run time"))]


class JobFilterForm(forms.Form):
    """What the list of jobs shows. Anything it does not understand filters nothing."""

    state = forms.ChoiceField(choices=[("active", _("in progress")), *Job.State.choices], required=False)
    kind = forms.ChoiceField(required=False)
    subject = forms.CharField(max_length=100, required=False)
    error = forms.CharField(max_length=60, required=False)
    mine = forms.BooleanField(required=False)
    order = forms.ChoiceField(choices=[("", _("Newest first")), *JOB_ORDERS], required=False)
    desk = forms.SlugField(max_length=40, required=False)
    member = NoneOrUUIDField(required=False)
    api_key = NoneOrUUIDField(required=False)
    error_code = forms.SlugField(max_length=60, required=False)
    since = forms.DateTimeField(required=False)
    until = forms.DateTimeField(required=False)
    before = forms.UUIDField(required=False)

    def __init__(self, *args: object, actor: Actor | None = None) -> None:
        """`actor`: who looks at the list, for “only mine”."""
        super().__init__(*args)  # type: ignore[arg-type]
        labels = [(kind.name, kind.label) for kind in job_types.all_kinds()]
        self.fields["kind"].choices = [("", _("All kinds")), *labels]  # type: ignore[attr-defined]
        for name in ("from", "to"):
            self.fields[name] = forms.DateField(required=False, validators=CHOSEN_DAYS)
        self._actor = actor

    @property
    def filters(self) -> dict[str, Any]:
        """The criteria that are set, whatever is wrong with the others."""
        self.full_clean()
        chosen = {name: value for name, value in self.cleaned_data.items() if value}
        if chosen.get("mine") and self._actor:
            chosen["member"] = self._actor.member.pk if self._actor.member else NONE
        return chosen

    @property
    def exact_filters(self) -> dict[str, Any]:
        """For a change of all that fit. Raises InvalidInput where one is wrong: without it, more rows would fit."""
        filters = self.filters
        if self.errors:
            raise InvalidInput(_("A filter of this list is not valid. Set the filters again."))
        return filters

    def people(self) -> list[Membership]:
        """Whose jobs the list can be narrowed to."""
        return list(members(self._actor.organisation)[:MAX_PEOPLE]) if self._actor else []


class JobChoiceForm(forms.Form):
    """Which jobs are to be changed, and how: those that were ticked, or all that fit the filters of the list."""

    change = forms.ChoiceField(choices=[("cancel", _("Cancel")), ("retry", _("Run again"))])
    all = forms.BooleanField(required=False)
    job = forms.TypedMultipleChoiceField(required=False, coerce=UUID)

    def __init__(self, sent: QueryDict) -> None:
        super().__init__(sent)
        ids = [(text, text) for text in sent.getlist("job")[:MAX_CHOSEN] if optional_uuid(text)]
        self.fields["job"].choices = ids  # type: ignore[attr-defined]

    def chosen(self, jobs: JobQuerySet, listed: JobFilterForm) -> JobQuerySet:
        """Among `jobs`. Raises InvalidInput where nothing was chosen, or what the list showed is not known."""
        if not self.is_valid() or not (self.cleaned_data["all"] or self.cleaned_data["job"]):
            raise InvalidInput(_("Select jobs first, or choose all matching jobs."))
        if self.cleaned_data["all"]:
            return selectors.narrowed(jobs, listed.exact_filters)
        return jobs.filter(pk__in=self.cleaned_data["job"])


class WebhookForm(forms.ModelForm[Webhook]):
    events = forms.MultipleChoiceField(
        label=_("Notify on"), choices=webhook_events.choices, widget=forms.CheckboxSelectMultiple
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
            "time_zone": _("For example Asia/Shanghai."),
        }


class ReplayForm(forms.Form):
    """Of the chosen period; of the last day, where none is chosen."""

    def clean(self) -> dict[str, Any]:
        return {"days": REPLAY_PERIODS.get(self.data.get("period", ""), (1, ""))[0]}
