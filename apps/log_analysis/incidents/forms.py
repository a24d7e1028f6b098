from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organisation
from apps.log_analysis.incidents import selectors
from apps.log_analysis.incidents.models import Incident, IncidentQuerySet

ANY_STATUS = "any"
MAX_REASON_CHARACTERS = 200
MAX_TEXT_CHARACTERS = 4_000


class IncidentFilterForm(forms.Form):
    """What the list is narrowed to. Without a choice of status it shows what is not over."""

    status = forms.ChoiceField(label=_("status"), required=False)
    severity = forms.TypedChoiceField(label=_("severity"), required=False, coerce=int, empty_value=None)
    service = forms.ChoiceField(label=_("service"), required=False)
    search = forms.CharField(label=_("Search"), required=False, max_length=100)

    def __init__(self, organisation: Organisation, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [(name, name) for name in selectors.services(organisation)]
        choices = {
            "status": [
                ("", _("Open and in progress")),
                *Incident.Status.choices,
                (ANY_STATUS, _("All incidents")),
            ],
            "severity": [("", _("Any severity")), *Incident.Severity.choices],
            "service": [("", _("All services")), *names],
        }
        for name, values in choices.items():
            self.fields[name].choices = values  # type: ignore[attr-defined]
            self.fields[name].widget.attrs["class"] = "input"

    def filtered(self, rows: IncidentQuerySet) -> IncidentQuerySet | list[Incident]:
        """A value that is no choice narrows nothing, as an address that somebody typed may hold any."""
        self.is_valid()
        status, severity = self.cleaned_data.get("status"), self.cleaned_data.get("severity")
        if not status:
            rows = rows.open()
        elif status != ANY_STATUS:
            rows = rows.filter(status=status)
        if severity:
            rows = rows.filter(severity=severity)
        if service := self.cleaned_data.get("service"):
            rows = rows.filter(services__contains=[service])
        text = self.cleaned_data.get("search")
        return selectors.search(rows, text) if text else rows

    @property
    def is_narrowed(self) -> bool:
        return any(self.cleaned_data.values())


class IncidentForm(forms.ModelForm[Incident]):
    """What people decide about an incident; the API validates through it too."""

    solution = forms.CharField(
        label=_("resolution"),
        required=False,
        max_length=MAX_TEXT_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Shown with similar incidents in the future."),
    )

    class Meta:
        model = Incident
        fields = ["status", "severity", "owner", "solution"]
        labels = {"owner": _("Owner")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        owner.queryset = selectors.possible_owners(self.instance.organisation)  # type: ignore[attr-defined]
        owner.empty_label = _("unassigned")  # type: ignore[attr-defined]
        owner.label_from_instance = lambda member: str(member.user)  # type: ignore[attr-defined]


class IncidentNoteForm(forms.Form):
    text = forms.CharField(
        label=_("note"), max_length=MAX_TEXT_CHARACTERS, widget=forms.Textarea(attrs={"rows": 3})
    )


class SuppressionForm(forms.Form):
    reason = forms.CharField(label=_("reason"), required=False, max_length=MAX_REASON_CHARACTERS)
