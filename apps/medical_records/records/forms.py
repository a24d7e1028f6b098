"""What people send to a record's pages."""

from typing import Any

from django import forms
from django.db.models import Case, When
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.medical_records.patients import selectors as patients
from apps.medical_records.patients.models import Department
from apps.medical_records.records.editing import StatementPatch
from apps.medical_records.records.edits import OPERATIONS, Change
from apps.medical_records.records.selectors import VIEWS, RecordFilters
from apps.medical_records.templates.models import RecordTemplate

STATUSES = [
    ("present", _("present")),
    ("denied", _("denied")),
    ("unsure", _("unsure")),
    ("family", _("in the family")),
]


class RecordFilterForm(forms.Form):
    view = forms.ChoiceField(choices=[(view, view) for view in VIEWS], required=False)
    query = forms.CharField(
        max_length=80,
        required=False,
        label=_("Patient"),
        widget=forms.TextInput(
            attrs={"type": "search", "class": "input", "placeholder": _("Name or number")}
        ),
    )
    department = forms.ModelChoiceField(
        Department.objects.none(), required=False, label=_("Department"), empty_label=_("All departments")
    )
    template = forms.ModelChoiceField(
        RecordTemplate.objects.none(), required=False, label=_("Template"), empty_label=_("All templates")
    )
    day = forms.DateField(
        required=False, label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("department", "template", "day"):
            self.fields[name].widget.attrs["class"] = "input"
        self.fields["department"].queryset = patients.departments(actor.organisation)  # type: ignore[attr-defined]
        own_first = Case(When(language=get_language()[:2], then=0), default=1)
        offered = RecordTemplate.objects.within(actor.organisation).order_by(own_first, "specialty", "name")
        self.fields["template"].queryset = offered  # type: ignore[attr-defined]

    @property
    def filters(self) -> RecordFilters:
        """What cannot be read is left out of the filters."""
        self.is_valid()
        sent = self.cleaned_data
        department, template = sent.get("department"), sent.get("template")
        return RecordFilters(
            view=sent.get("view") or "all",
            query=sent.get("query") or "",
            department=department.pk if department else None,
            template=template.pk if template else None,
            day=sent.get("day"),
        )

    @property
    def is_narrow(self) -> bool:
        filters = self.filters
        return bool(filters.query or filters.department or filters.template or filters.day)


class PutBackForm(forms.Form):
    revision = forms.IntegerField(min_value=1)
    removed = forms.CharField(max_length=40_000)


class EditForm(forms.Form):
    """One change of one statement. Which fields count depends on the operation."""

    operation = forms.ChoiceField(choices=[(name, name) for name in OPERATIONS])
    revision = forms.IntegerField(min_value=1)
    statement = forms.CharField(max_length=80, required=False)
    place = forms.CharField(max_length=90, required=False)
    text = forms.CharField(max_length=8000, required=False)
    number = forms.FloatField(required=False, localize=False)
    unit = forms.CharField(max_length=20, required=False)
    status = forms.ChoiceField(choices=[("", ""), *STATUSES], required=False)
    step = forms.IntegerField(min_value=-100, max_value=100, required=False)
    problem = forms.CharField(max_length=40, required=False)
    system = forms.CharField(max_length=12, required=False)
    code = forms.CharField(max_length=40, required=False)
    autosave = forms.BooleanField(required=False)

    @property
    def change(self) -> Change:
        sent = self.cleaned_data
        wording = StatementPatch(
            text=sent["text"] if "text" in self.data else None,
            number=sent["number"],
            unit=sent["unit"] if "unit" in self.data else None,
            status=sent["status"] or None,
        )
        return Change(
            operation=sent["operation"],
            revision=sent["revision"],
            statement=sent["statement"],
            place=sent["place"],
            wording=wording,
            step=sent["step"] or 0,
            problem=sent["problem"],
            system=sent["system"],
            code=sent["code"],
        )


class RevisionForm(forms.Form):
    """The revision that was read."""

    revision = forms.IntegerField(min_value=1)


class ReturnForm(RevisionForm):
    note = forms.CharField(max_length=1000, required=False)


class SignatureForm(RevisionForm):
    leaves_out_unsupported = forms.BooleanField(required=False)


class AmendmentForm(forms.Form):
    reason = forms.CharField(max_length=1000, required=False)
