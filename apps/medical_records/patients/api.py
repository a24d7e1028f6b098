from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.core.api import UUID_PATTERN, validated_body
from apps.medical_records.patients import departments, selectors, services
from apps.medical_records.patients.models import CareRelation, Department, Patient, PatientQuerySet

MAX_RESULTS = 50


class PatientSerializer(serializers.ModelSerializer[Patient]):
    name = serializers.CharField(max_length=services.MAX_NAME_CHARACTERS)
    number = serializers.CharField(max_length=services.MAX_NUMBER_CHARACTERS)
    birth_date = serializers.RegexField(r"^\d{4}-\d{2}-\d{2}$", required=False, allow_blank=True)
    phone = serializers.CharField(max_length=40, required=False, allow_blank=True)
    notes = serializers.CharField(max_length=2000, required=False, allow_blank=True)

    class Meta:
        model = Patient
        fields = [
            "id",
            "name",
            "number",
            "sex",
            "birth_date",
            "phone",
            "notes",
            "created_at",
            "last_seen_at",
        ]
        read_only_fields = ["created_at", "last_seen_at"]


class NewPatientSerializer(PatientSerializer):
    """`department` treats the patient; without one, whoever registers them does."""

    department = serializers.UUIDField(required=False, allow_null=True, write_only=True)

    class Meta(PatientSerializer.Meta):
        fields = [*PatientSerializer.Meta.fields, "department"]


class PatientSearchSerializer(serializers.Serializer[Any]):
    typed = serializers.CharField(max_length=100)


class CareRelationSerializer(serializers.ModelSerializer[CareRelation]):
    class Meta:
        model = CareRelation
        fields = ["id", "member", "department", "kind", "reason", "since", "until"]
        read_only_fields = fields


class NewCareRelationSerializer(serializers.Serializer[Any]):
    """One clinician or one department."""

    member = serializers.UUIDField(required=False, allow_null=True)
    department = serializers.UUIDField(required=False, allow_null=True)
    kind = serializers.ChoiceField(
        choices=[CareRelation.Kind.TREATING, CareRelation.Kind.CONSULTING],
        default=CareRelation.Kind.TREATING,
    )


class DepartmentSerializer(serializers.ModelSerializer[Department]):
    class Meta:
        model = Department
        fields = ["id", "name"]
        read_only_fields = fields


class PatientViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Patient]):
    """Patients whom you treat; all of them with `records.oversee`."""

    queryset = Patient.objects.none()
    serializer_class = PatientSerializer
    lookup_url_kwarg = "patient_id"
    lookup_value_regex = UUID_PATTERN
    permissions = {
        "list": "records.view",
        "retrieve": "records.view",
        "search": "records.view",
        "create": "patients.edit",
        "partial_update": "patients.edit",
    }

    def get_queryset(self) -> PatientQuerySet:
        return selectors.visible_patients(actor_of(self.request))

    @extend_schema(responses=PatientSerializer)
    def retrieve(self, request: Request, patient_id: str) -> Response:
        return Response(PatientSerializer(self.get_object()).data)

    @extend_schema(request=NewPatientSerializer, responses={201: PatientSerializer})
    def create(self, request: Request) -> Response:
        """Register a patient. 409 for a number that is taken."""
        body, actor = validated_body(request, NewPatientSerializer), actor_of(request)
        department_id = body.pop("department", None)
        departments_in_use = selectors.departments(actor.organisation)
        department = departments_in_use.one(pk=department_id) if department_id else None
        patient = services.register_patient(actor, department=department, **body)
        return Response(PatientSerializer(patient).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=PatientSerializer, responses=PatientSerializer)
    def partial_update(self, request: Request, patient_id: str) -> Response:
        """What is not sent stays."""
        patient = self.get_object()
        body = validated_body(request, PatientSerializer, patient)
        kept = {"name": patient.name, "number": patient.number}
        changed = services.change_patient(actor_of(request), patient, **(kept | body))
        return Response(PatientSerializer(changed).data)

    @extend_schema(request=PatientSearchSerializer, responses=PatientSerializer(many=True))
    @action(detail=False, methods=["post"])
    def search(self, request: Request) -> Response:
        """By the beginnings of name or number, from two characters on.

        A POST, because addresses are logged and names must not be.
        """
        body = validated_body(request, PatientSearchSerializer)
        patients = selectors.search_patients(actor_of(request), body["typed"])[:MAX_RESULTS]
        return Response(PatientSerializer(patients, many=True).data)


class CareRelationViewSet(viewsets.ViewSet):
    """Who treats a patient, and may therefore read their records."""

    permissions = {"list": "records.view", "create": "patients.edit", "destroy": "patients.edit"}

    @extend_schema(responses=CareRelationSerializer(many=True))
    def list(self, request: Request, patient_id: UUID) -> Response:
        patient = selectors.patient_of(actor_of(request), patient_id)
        return Response(CareRelationSerializer(selectors.open_relations(patient), many=True).data)

    @extend_schema(request=NewCareRelationSerializer, responses={201: CareRelationSerializer})
    def create(self, request: Request, patient_id: UUID) -> Response:
        actor = actor_of(request)
        patient = selectors.patient_of(actor, patient_id)
        body = validated_body(request, NewCareRelationSerializer)
        members = departments.writing_members(actor.organisation)
        departments_in_use = selectors.departments(actor.organisation)
        relation = services.relate(
            actor,
            patient,
            member=members.one(pk=body["member"]) if body.get("member") else None,
            department=departments_in_use.one(pk=body["department"]) if body.get("department") else None,
            kind=body["kind"],
        )
        return Response(CareRelationSerializer(relation).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, patient_id: UUID, care_relation_id: UUID) -> Response:
        """It opens the patient's records no more. The trail keeps that it did."""
        actor = actor_of(request)
        patient = selectors.patient_of(actor, patient_id)
        relation = selectors.open_relations(patient).one(pk=care_relation_id)
        services.end_relation(actor, relation)
        return Response(status=status.HTTP_204_NO_CONTENT)


class DepartmentViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Department]):
    """Departments in use."""

    queryset = Department.objects.none()
    serializer_class = DepartmentSerializer
    permissions = {"list": "records.view"}

    def get_queryset(self) -> Any:
        return selectors.departments(actor_of(self.request).organisation)
