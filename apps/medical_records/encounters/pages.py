"""The desk's pages from the first word to the transcript."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import actor_of, requires
from apps.accounts.actors import Actor
from apps.accounts.row_access import RowAccess
from apps.core.errors import ApplicationError
from apps.core.forms import show_refusal, submit_form
from apps.core.pages import act_and_go_back
from apps.medical_records.encounters import intake, selectors, services
from apps.medical_records.encounters.forms import NewEncounterForm, TextForm
from apps.medical_records.encounters.models import Encounter
from apps.medical_records.patients import selectors as patients
from apps.medical_records.records.models import MedicalRecord
from apps.medical_records.templates import selectors as templates
from apps.medical_records.templates.services import install_builtin
from apps.medical_records.transcripts import presenters

ENCOUNTER_ACCESS = RowAccess(
    permission="records.view",
    find=selectors.encounter_of,
    title=lambda encounter: encounter.template_version.template.name,
    back="medical_records:encounter",
    reason=lambda actor, encounter: patients.care_reason(actor, encounter.patient),
)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("records.write")
def new_encounter(request: HttpRequest) -> HttpResponse:
    """Who it is about, how it is said, what the record follows."""
    actor = actor_of(request)
    install_builtin(actor.organisation)
    form = NewEncounterForm(actor, request.POST or None, initial=_initial(actor, request))
    if form.is_valid():
        try:
            encounter = intake.receive(actor, **form.begun)
        except ApplicationError as refusal:
            show_refusal(form, refusal)
        else:
            return _next_page(encounter)
    field, typed_id = form.fields["patient"], form["patient"].value()
    patient_id = field.to_python(typed_id) if typed_id and "patient" not in form.errors else None
    chosen = patients.visible_patients(actor).filter(pk=patient_id).first() if patient_id else None
    context = {
        "form": form,
        "chosen": chosen,
        "patients": patients.visible_patients(actor)[:8],
    }
    return render(request, "medical_records/encounters/new_encounter.html", context)


@require_safe
@requires("records.view")
def encounter(request: HttpRequest, encounter_id: UUID) -> HttpResponse:
    """The recorder, the transcript as it grows, or the transcript to correct; told by how far it is."""
    actor = actor_of(request)
    encounter = selectors.encounter_of(actor, encounter_id)
    return render(request, "medical_records/encounters/encounter.html", _encounter_page(encounter))


@require_POST
@requires("records.write")
def enter_text(request: HttpRequest, encounter_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    encounter = selectors.encounter_of(actor, encounter_id)
    form = TextForm(request.POST)
    submit_form(form, partial(services.enter_text, actor, encounter))
    if not form.errors:
        return _next_page(encounter)
    context = _encounter_page(encounter) | {"text_form": form}
    return render(request, "medical_records/encounters/encounter.html", context)


@require_POST
@requires("records.write")
def draft_again(request: HttpRequest, encounter_id: UUID) -> HttpResponse:
    answer = _act(request, encounter_id, services.draft_again, _("New draft requested."))
    record = selectors.record_of(selectors.encounter_of(actor_of(request), encounter_id))
    is_drafting = record.state == MedicalRecord.State.DRAFTING
    return redirect("medical_records:record", record.pk) if is_drafting else answer


def _next_page(encounter: Encounter) -> HttpResponse:
    """Where the words are there, the record, which shows how its draft grows; else where they are recorded."""
    if selectors.transcript_of(encounter) is None:
        return redirect("medical_records:encounter", encounter.pk)
    return redirect("medical_records:record", selectors.record_of(encounter).pk)


def _act(
    request: HttpRequest, encounter_id: UUID, act: Callable[[Actor, Encounter], object], words: str = ""
) -> HttpResponse:
    actor = actor_of(request)
    encounter = selectors.encounter_of(actor, encounter_id)
    return act_and_go_back(
        request, partial(act, actor, encounter), "medical_records:encounter", encounter_id, success=words
    )


def _initial(actor: Actor, request: HttpRequest) -> dict[str, Any]:
    return {
        "patient": request.GET.get("patient", ""),
        "kind": Encounter.Kind.CONSULTATION,
        "template": templates.last_used(actor),
        "department": patients.own_departments(actor).first(),
    }


def _encounter_page(encounter: Encounter) -> dict[str, Any]:
    transcript = selectors.transcript_of(encounter)
    record = selectors.record_of(encounter)
    utterances = presenters.utterance_views(transcript.said) if transcript else []
    is_corrected = bool(
        transcript
        and transcript.revision > 1
        and record.drafted_at
        and transcript.updated_at > record.drafted_at
    )
    return {
        "encounter": encounter,
        "patient": encounter.patient,
        "record": record,
        "recording": encounter.recording,
        "transcript": transcript,
        "phase": presenters.phase_of(encounter, transcript),
        "utterances": utterances,
        "has_unsure_words": any(word["is_unsure"] for each in utterances for word in each.words),
        "oddities": presenters.warnings(encounter, transcript) if transcript else [],
        "next_patient": presenters.next_patient(transcript) if transcript else None,
        "is_corrected_since": is_corrected and not record.is_signed,
        "text_form": TextForm(),
    }
