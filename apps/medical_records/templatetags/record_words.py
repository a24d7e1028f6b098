"""Words and marks of medical records: `{% load record_words %}`."""

from typing import NamedTuple

from django import template
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from domain.clinical.records.record import Problem
from llm_backend import patterns

register = template.Library()

VIEW_LABELS = {
    "all": _("All"),
    "mine": _("Mine"),
    "review": _("To review"),
    "sign": _("To sign"),
    "signed": _("Signed"),
}
STATUS_LABELS = {
    "present": _("present"),
    "denied": _("denied"),
    "unsure": _("unsure"),
    "family": _("in the family"),
}
SPEAKER_LABELS = {
    "doctor": _("Doctor"),
    "patient": _("Patient"),
    "relative": _("Relative or carer"),
    "unknown": _("Unknown speaker"),
}
PROBLEM_LABELS = {
    "no_source": _("not in the transcript"),
    "wrong_number": _("number differs from the transcript"),
    "wrong_unit": _("unit differs from the transcript"),
    "wrong_side": _("side differs from the transcript"),
    "unknown_drug": _("drug not mentioned"),
    "wrong_status": _("presence differs from the transcript"),
    "withdrawn": _("taken back by the person who said it"),
    "conditional": _("said only under a condition"),
    "doubt": _("less certain in the transcript"),
    "contradiction": _("contradictory statements"),
    "out_of_range": _("outside the usual range"),
}
OPERATION_LABELS = {
    "change": _("changed a statement"),
    "add": _("added a statement"),
    "remove": _("removed a statement"),
    "put_back": _("restored a statement"),
    "move": _("moved a statement"),
    "accept": _("accepted a statement"),
    "dismiss": _("dismissed a warning"),
    "code": _("chose a code"),
    "correct_transcript": _("corrected the transcript"),
    "reviewed": _("marked it as reviewed"),
    "returned": _("returned it"),
}
DIVISION_LABELS = {
    "subjective": _("history"),
    "exam": _("examination"),
    "results": _("results"),
    "assessment_and_plan": _("assessment and plan"),
}
KIND_LABELS = {
    "text": _("text"),
    "findings": _("findings"),
    "number": _("number"),
    "choice": _("choice"),
    "date": _("date"),
    "vitals": _("vital signs"),
    "diagnoses": _("diagnoses"),
    "medications": _("medications"),
    "allergies": _("allergies"),
    "tests": _("tests"),
    "plan": _("plan"),
}
PROPERTY_LABELS = {
    "title": _("title"),
    "kind": _("kind"),
    "hint": _("hint"),
    "is_required": _("required"),
    "unit": _("unit"),
    "sex": _("sex"),
    "choices": _("choices"),
    "low": _("minimum"),
    "high": _("maximum"),
}
_MEASURED = patterns.compile(r"^(\D++)(\d.*)$", patterns.DOTALL)


@register.filter
def view_label(view: str) -> Text:
    return VIEW_LABELS.get(view, view)


@register.filter
def status_label(status: str) -> Text:
    return STATUS_LABELS.get(str(status), str(status))


@register.filter
def speaker_label(speaker: str) -> Text:
    return SPEAKER_LABELS.get(speaker, speaker)


@register.filter
def problem_label(problem: Problem) -> Text:
    """A check that is newer than these words still says its name."""
    return PROBLEM_LABELS.get(problem.code, problem.code.replace("_", " "))


@register.filter
def operation_label(name: str) -> Text:
    return OPERATION_LABELS.get(name, name.replace("_", " "))


@register.filter
def division_label(division: str) -> Text:
    return DIVISION_LABELS.get(division, division)


@register.filter
def kind_label(kind: str) -> Text:
    return KIND_LABELS.get(kind, kind)


@register.filter
def property_label(name: str) -> Text:
    return PROPERTY_LABELS.get(name, name)


class Measurement(NamedTuple):
    name: str
    value: str


@register.filter
def measurement(text: str) -> Measurement:
    """“Temperature 38.2 ℃” as its name and its value, for a table."""
    match = _MEASURED.match(text)
    if match is None:
        return Measurement(text, "")
    name = match[1].rstrip()
    is_marked = len(name) > 1 and name.endswith((":", "："))
    return Measurement((name[:-1] if is_marked else name).strip(), match[2].strip())


@register.filter
def short_fingerprint(fingerprint: str) -> str:
    return " ".join(fingerprint[start : start + 4] for start in range(0, 16, 4))


@register.filter
def percent(share: float) -> str:
    return f"{share * 100:.0f}%"
