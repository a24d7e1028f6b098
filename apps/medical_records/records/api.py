"""Records over REST: read with their sources, edited by revision, reviewed, signed, amended, verified."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.accounts.act_declaration import ApiAct
from apps.accounts.actors import Actor
from apps.core.api import validated_body
from apps.medical_records.records import selectors, validation
from apps.medical_records.records.editing import StatementPatch
from apps.medical_records.records.edits import OPERATIONS, Change, apply_change
from apps.medical_records.records.models import MedicalRecord, RecordVersion
from apps.medical_records.signing import acts
from apps.medical_records.signing import services as signing
from apps.resources.api import ApiRead
from domain.clinical.records.record import RecordContent

UNSUPPORTED = "unsupported"
PATCH_FIELDS = ("text", "number", "unit", "status")


class MedicalRecordSerializer(serializers.ModelSerializer[MedicalRecord]):
    """Without what it says."""

    template = serializers.CharField(source="template_version.template.key", read_only=True)
    template_version = serializers.IntegerField(source="template_version.number", read_only=True)

    class Meta:
        model = MedicalRecord
        fields = [
            "id",
            "encounter",
            "patient",
            "department",
            "template",
            "template_version",
            "state",
            "job",
            "revision",
            "drafted_at",
            "reviewed_at",
            "signed_at",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields


class RecordContentSerializer(serializers.Serializer[Any]):
    """`content`: sections, fields and statements, each with the places it came from."""

    record = MedicalRecordSerializer()
    version = serializers.IntegerField(allow_null=True)
    kind = serializers.CharField()
    content = serializers.JSONField(allow_null=True)


class RecordVersionSerializer(serializers.ModelSerializer[RecordVersion]):
    class Meta:
        model = RecordVersion
        fields = [
            "number",
            "kind",
            "model_name",
            "reason",
            "signer_name",
            "signed_at",
            "previous_fingerprint",
            "fingerprint",
            "created_at",
        ]
        read_only_fields = fields


class ProofSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    kind = serializers.CharField()
    signer_name = serializers.CharField()
    signed_at = serializers.DateTimeField()
    fingerprint = serializers.CharField()
    is_whole = serializers.BooleanField()


class EditSerializer(serializers.Serializer[Any]):
    """One change of one statement, made from `revision`. `place` is "section.field"."""

    operation = serializers.ChoiceField(choices=OPERATIONS)
    revision = serializers.IntegerField(min_value=1)
    statement = serializers.CharField(max_length=80, required=False)
    place = serializers.CharField(max_length=90, required=False)
    text = serializers.CharField(max_length=8000, required=False)
    number = serializers.FloatField(required=False)
    unit = serializers.CharField(max_length=20, required=False, allow_blank=True)
    status = serializers.ChoiceField(choices=["present", "denied", "unsure", "family"], required=False)
    step = serializers.IntegerField(required=False)
    problem = serializers.CharField(max_length=40, required=False)
    system = serializers.CharField(max_length=12, required=False)
    code = serializers.CharField(max_length=40, required=False, allow_blank=True)


class ReadRevisionSerializer(serializers.Serializer[Any]):
    revision = serializers.IntegerField(min_value=1)


class NoteSerializer(ReadRevisionSerializer):
    note = serializers.CharField(max_length=1000)


class SignatureSerializer(ReadRevisionSerializer):
    """`leaves_out_unsupported`: what was not found in what was said is left out of the signed text."""

    leaves_out_unsupported = serializers.BooleanField(default=False)


class ReasonSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=1000)


class MedicalRecordViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[MedicalRecord]):
    """Records of patients whom the actor treats, the last changed first."""

    queryset = MedicalRecord.objects.none()
    serializer_class = MedicalRecordSerializer
    lookup_url_kwarg = "medical_record_id"
    permissions = {
        "list": "records.view",
        "retrieve": "records.view",
        "versions": "records.view",
        "verify": "records.view",
        "edit": "records.write",
    }

    def get_queryset(self) -> QuerySet[MedicalRecord]:
        return selectors.records(actor_of(self.request))

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "include",
                enum=[UNSUPPORTED],
                description="Also what was not found in what was said. For members who review, never for keys.",
            )
        ],
        responses=RecordContentSerializer,
    )
    def retrieve(self, request: Request, medical_record_id: UUID) -> Response:
        """What the record says now, with the places of every statement in the transcript and in the sound."""
        record, actor = self.get_object(), actor_of(request)
        return Response(_content(request, actor, record))

    @extend_schema(request=EditSerializer, responses=RecordContentSerializer)
    @action(detail=True, methods=["post"])
    def edit(self, request: Request, medical_record_id: UUID) -> Response:
        """409 `changed_meanwhile` names the present revision and who changed what since yours."""
        record, actor = self.get_object(), actor_of(request)
        body = validated_body(request, EditSerializer)
        wording = StatementPatch(**{name: body.pop(name) for name in PATCH_FIELDS if name in body})
        changed = apply_change(actor, record, Change(**body, wording=wording))
        return Response(_content(request, actor, changed.record))

    review = ApiAct(
        acts.REVIEW_RECORD, "Mark as reviewed. For members, not for keys.", body=ReadRevisionSerializer
    )
    give_back = ApiAct(acts.RETURN_RECORD, body=NoteSerializer, url_path="return")
    sign = ApiAct(
        acts.SIGN_RECORD,
        "Sign and lock. For members, not for keys. 409 `not_signable` names fields and statements in the way.",
        body=SignatureSerializer,
        answer=RecordVersionSerializer,
    )
    amend = ApiAct(
        acts.AMEND_RECORD,
        "Begin an amendment: a copy of the signed version to work on, with the reason for it.",
        body=ReasonSerializer,
        answer=RecordVersionSerializer,
    )
    discard_amendment = ApiAct(
        acts.DISCARD_AMENDMENT, body=ReadRevisionSerializer, url_path="discard-amendment"
    )

    versions = ApiRead(
        lambda record: selectors.all_versions(record).defer("content"),
        RecordVersionSerializer(many=True),
        "All versions, the latest first, without what they say.",
    )
    verify = ApiRead(
        signing.verify, ProofSerializer(many=True), "The fingerprint of every signed version, computed anew."
    )


def _content(request: Request, actor: Actor, record: MedicalRecord) -> dict[str, Any]:
    version = selectors.current_version(record)
    return {
        "record": MedicalRecordSerializer(record).data,
        "version": version.number if version else None,
        "kind": version.kind if version else "",
        "content": _visible_content(request, actor, version.document) if version else None,
    }


def _visible_content(request: Request, actor: Actor, content: RecordContent) -> dict[str, Any]:
    """What nobody answers for stays in the house: only a member who reviews sees it, and only when asked for."""
    reviews = actor.member is not None and actor.may("records.write")
    if not (reviews and request.query_params.get("include") == UNSUPPORTED):
        content = validation.without_unsupported(content)
    return content.model_dump(mode="json")
