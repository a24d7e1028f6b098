from typing import Any
from uuid import UUID

import django_filters
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.accounts.act_declaration import ApiAct
from apps.accounts.actors import Actor
from apps.accounts.authentication import api_stream
from apps.core.api import UUID_PATTERN, validated_body
from apps.core.models import OrganisationQuerySet
from apps.files import tus
from apps.files.api import BEGIN_HEADERS, header
from apps.jobs.event_stream import event_stream_response
from apps.medical_records.encounters import acts, selectors, services
from apps.medical_records.encounters.corrections import Correction
from apps.medical_records.encounters.models import Encounter
from apps.medical_records.encounters.serializers import (
    CorrectedSerializer,
    CorrectionsSerializer,
    DraftJobSerializer,
    DraftSerializer,
    EncounterSerializer,
    EncounterTranscriptSerializer,
    NewEncounterSerializer,
    RemovalSerializer,
    TypedTextSerializer,
)
from apps.medical_records.encounters.services import Intake
from apps.medical_records.patients import selectors as patients
from apps.medical_records.templates import selectors as templates
from apps.resources.api import ApiRead
from apps.speech import playback
from apps.speech.api import RecordingSerializer
from apps.speech.selectors import recording_list

IDEMPOTENCY_KEY = OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER)


class EncounterFilter(django_filters.FilterSet):  # type: ignore[misc]
    patient = django_filters.UUIDFilter(field_name="patient_id")
    seen_after = django_filters.IsoDateTimeFilter(field_name="seen_at", lookup_expr="gte")


class EncounterViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Encounter]):
    """What was said to and by patients whom you treat. One record comes of each encounter."""

    queryset = Encounter.objects.none()
    serializer_class = EncounterSerializer
    filterset_class = EncounterFilter
    lookup_url_kwarg = "encounter_id"
    lookup_value_regex = UUID_PATTERN
    permissions = {
        "list": "records.view",
        "retrieve": "records.view",
        "transcript": "records.view",
        "audio": "records.view",
        "create": "records.write",
        "recording": "records.write",
        "correct": "records.write",
    }

    def get_queryset(self) -> OrganisationQuerySet[Encounter]:
        return selectors.encounters(actor_of(self.request)).select_related("record")

    @extend_schema(
        request=NewEncounterSerializer, responses={201: EncounterSerializer}, parameters=[IDEMPOTENCY_KEY]
    )
    def create(self, request: Request) -> Response:
        """Begin an encounter. Where all has been said already, its record is being drafted."""
        body, actor = validated_body(request, NewEncounterSerializer), actor_of(request)
        encounter = services.begin_encounter(
            actor,
            patient=patients.patient_of(actor, body["patient"]),
            template_version=templates.offered_version(actor.organisation, body["template"]),
            intake=_intake(actor, body),
            idempotency_key=request.headers.get("Idempotency-Key"),
        )
        return Response(EncounterSerializer(encounter).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        request=None,
        responses={201: RecordingSerializer},
        parameters=[
            *BEGIN_HEADERS,
            header("Upload-Metadata", description="`filename`, in base64. Only its extension is kept."),
        ],
    )
    @action(detail=True, methods=["post"])
    def recording(self, request: Request, encounter_id: str) -> Response:
        """Begin the upload of the sound, by tus 1.0. `Location` is where the parts go: `/recordings/{id}/`."""
        encounter = self.get_object()
        tus.require_version(request.headers)
        recording = services.begin_recording(
            actor_of(request),
            encounter,
            file_name=tus.metadata(request.headers).get("filename", ""),
            length=tus.announced_length(request.headers),
        )
        place = {"Location": reverse("api:recording-detail", args=[recording.pk])}
        headers = tus.progress_headers(recording) | place
        return Response(RecordingSerializer(recording).data, status=status.HTTP_201_CREATED, headers=headers)

    text = ApiAct(acts.ENTER_TEXT, "Text instead of a recording.", body=TypedTextSerializer, reads_anew=True)

    transcript = ApiRead(selectors.said_in, EncounterTranscriptSerializer())

    @extend_schema(request=CorrectionsSerializer, responses=CorrectedSerializer)
    @transcript.mapping.patch
    def correct(self, request: Request, encounter_id: str) -> Response:
        """Correct words or speakers. Words keep their times, statements of the draft their places."""
        encounter = self.get_object()
        body = validated_body(request, CorrectionsSerializer)
        corrections = [Correction(**each) for each in body["corrections"]]
        transcript = services.correct(actor_of(request), encounter, corrections, revision=body["revision"])
        return Response(CorrectedSerializer(transcript).data)

    remove = ApiAct(
        acts.REMOVE_UTTERANCES,
        "Remove a part that belongs to another patient, or to nobody. The sound stays as it is.",
        body=RemovalSerializer,
        answer=CorrectedSerializer,
        url_path="transcript/remove",
    )
    draft = ApiAct(
        acts.DRAFT_AGAIN,
        "Draft the record again: after a failure, when what was said was corrected, or with a model.",
        body=DraftSerializer,
        answer=DraftJobSerializer,
        code=202,
    )

    @extend_schema(
        responses={(200, "audio/*"): OpenApiTypes.BINARY, (206, "audio/*"): OpenApiTypes.BINARY},
        parameters=[header("Range", description="bytes=<first>-<last>")],
    )
    @action(detail=True, filterset_class=None)
    def audio(self, request: Request, encounter_id: str) -> HttpResponseBase:
        """The sound."""
        recording = selectors.recording_of(self.get_object())
        return playback.sound_response(recording, range_header=request.headers.get("Range"))


@api_stream("records.view")
def encounter_events(request: HttpRequest, actor: Actor, encounter_id: UUID) -> HttpResponseBase:
    """What is being written down of the encounter's recording, as server-sent events. 409 until that begins."""
    job = selectors.transcription_of(selectors.encounter_of(actor, encounter_id))
    return event_stream_response(
        request,
        job,
        actor,
        permission="records.view",
        open_again=lambda today: selectors.encounter_of(today, encounter_id),
    )


def _intake(actor: Actor, body: dict[str, Any]) -> Intake:
    if body.get("recording"):
        actor.require("recordings.view")
    departments, recordings = patients.departments(actor.organisation), recording_list(actor.organisation)
    return Intake(
        kind=body["kind"],
        department=departments.one(pk=body["department"]) if body.get("department") else None,
        recording=recordings.one(pk=body["recording"]) if body.get("recording") else None,
        text=body["text"],
        has_consent=body["has_consent"],
        reason=body["reason"],
    )
