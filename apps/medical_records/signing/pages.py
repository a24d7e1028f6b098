"""Reviewing, returning, signing and amending a record."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.accounts.access import actor_of, requires
from apps.accounts.actors import Actor
from apps.core.forms import validated_fields
from apps.core.pages import act_and_go_back
from apps.medical_records.encounters import services as encounters
from apps.medical_records.records import selectors as records
from apps.medical_records.records import services
from apps.medical_records.records.forms import RevisionForm
from apps.medical_records.records.models import MedicalRecord
from apps.medical_records.signing import services as signing


@require_POST
@requires("records.write")
def review_record(request: HttpRequest, medical_record_id: UUID) -> HttpResponse:
    def act(actor: Actor, record: MedicalRecord) -> object:
        return services.mark_reviewed(
            actor, record, revision=validated_fields(RevisionForm(request.POST))["revision"]
        )

    return _act(request, medical_record_id, act, _("Reviewed. Ready to sign."))


@require_POST
@requires("records.write")
def take_newest_draft(request: HttpRequest, medical_record_id: UUID) -> HttpResponse:
    def act(actor: Actor, record: MedicalRecord) -> object:
        return services.take_newest_draft(
            actor, record, revision=validated_fields(RevisionForm(request.POST))["revision"]
        )

    return _act(request, medical_record_id, act, _("Showing the newer draft."))


@require_POST
@requires("records.sign")
def return_record(request: HttpRequest, medical_record_id: UUID) -> HttpResponse:
    def act(actor: Actor, record: MedicalRecord) -> object:
        body = validated_fields(RevisionForm(request.POST))
        return services.return_to_author(actor, record, revision=body["revision"], note=body["note"])

    return _act(request, medical_record_id, act, _("Draft returned."))


@require_POST
@requires("records.sign")
def sign_record(request: HttpRequest, medical_record_id: UUID) -> HttpResponse:
    def act(actor: Actor, record: MedicalRecord) -> object:
        body = validated_fields(RevisionForm(request.POST))
        leaves_out = body["leaves_out"]
        return signing.sign(actor, record, revision=body["revision"], leaves_out_unsupported=leaves_out)

    return _act(request, medical_record_id, act, _("Signed and locked."))


@require_POST
@requires("records.write")
def amend_record(request: HttpRequest, medical_record_id: UUID) -> HttpResponse:
    act = partial(signing.begin_amendment, reason=request.POST.get("reason", ""))
    text = _("You are editing a copy. The signed version remains valid until you sign the amendment.")
    return _act(request, medical_record_id, act, text)


@require_POST
@requires("records.write")
def discard_amendment(request: HttpRequest, medical_record_id: UUID) -> HttpResponse:
    def act(actor: Actor, record: MedicalRecord) -> object:
        return signing.discard_amendment(
            actor, record, revision=validated_fields(RevisionForm(request.POST))["revision"]
        )

    return _act(request, medical_record_id, act, _("Amendment discarded. The signed version remains valid."))


@require_POST
@requires("records.write")
def retry_record(request: HttpRequest, medical_record_id: UUID) -> HttpResponse:
    return _act(request, medical_record_id, services.retry_draft, _("Drafting again."))


@require_POST
@requires("records.write")
def draft_with_model(request: HttpRequest, medical_record_id: UUID) -> HttpResponse:
    def act(actor: Actor, record: MedicalRecord) -> object:
        return encounters.draft_again(actor, record.encounter, with_model=True)

    text = _("The model is drafting this record. The current content stays until the draft is ready.")
    return _act(request, medical_record_id, act, text)


def _act(
    request: HttpRequest, record_id: UUID, act: Callable[[Actor, MedicalRecord], object], success: str
) -> HttpResponse:
    """Back to the record, with what happened or why not."""
    actor = actor_of(request)
    record = records.record_of(actor, record_id)
    return act_and_go_back(
        request, partial(act, actor, record), "medical_records:record", record_id, success=success
    )
