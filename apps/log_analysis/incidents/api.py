from typing import Any, ClassVar
from uuid import UUID

import django_filters
from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.accounts.act_declaration import ApiAct
from apps.core.api import Pages, validated_body
from apps.core.forms import validated_fields
from apps.jobs.models import Job
from apps.log_analysis.detection import selectors as detection
from apps.log_analysis.detection.models import LogAnomaly
from apps.log_analysis.incidents import acts, selectors, services
from apps.log_analysis.incidents.forms import MAX_REASON_CHARACTERS, MAX_TEXT_CHARACTERS, IncidentForm
from apps.log_analysis.incidents.models import Incident, IncidentNote, IncidentQuerySet
from apps.resources.api import ApiRead, RowsViewSet


class RankedPages(Pages):
    ordering = ("-score", "-id")  # type: ignore[assignment]


class RecordSerializer(serializers.Serializer[Any]):
    """What an incident or an anomaly rests on. `time` in microseconds UTC; `arrival` is its number in its source."""

    source = serializers.UUIDField()  # type: ignore[assignment]
    arrival = serializers.IntegerField()
    line = serializers.IntegerField()
    time = serializers.IntegerField()
    level = serializers.CharField()
    service = serializers.CharField()
    trace = serializers.CharField()
    text = serializers.CharField()


class CitedRecordSerializer(RecordSerializer):
    number = serializers.IntegerField()


class IncidentSerializer(serializers.ModelSerializer[Incident]):
    """`cause` holds marks such as [3], whose records stand in `citations`. `severity`: 1 (low) to 4 (critical).

    While a model looks for the cause, `explanation` is that job's state and `events` tells how it goes.
    """

    citations = CitedRecordSerializer(many=True, read_only=True)
    next_steps = serializers.ListField(child=serializers.CharField(), read_only=True)
    anomalies_count = serializers.IntegerField(read_only=True, default=0)
    explanation = serializers.ChoiceField(
        Job.State.choices, source="job.state", read_only=True, default=None, allow_null=True
    )
    events = serializers.SerializerMethodField()

    class Meta:
        model = Incident
        fields = ["id", "title", *services.DECISIONS, "services", "started_at", "ended_at", "resolved_at"]
        fields += ["score", "surprise", "impact", "records_count", "anomalies_count", "cause", "next_steps"]
        fields += ["citations", "is_cause_from_model", "explanation", "job", "events", "created_at"]
        read_only_fields = fields

    @extend_schema_field(str)
    def get_events(self, incident: Incident) -> str:
        return reverse("api:job-events", args=[incident.job_id]) if incident.job_id else ""


class IncidentChangeSerializer(serializers.Serializer[Any]):
    """What is left out stays as it is. `owner` is a membership, or null for nobody."""

    status = serializers.ChoiceField(Incident.Status.choices, required=False)
    severity = serializers.ChoiceField(Incident.Severity.choices, required=False)
    owner = serializers.UUIDField(required=False, allow_null=True)
    solution = serializers.CharField(required=False, allow_blank=True, max_length=MAX_TEXT_CHARACTERS)


class IncidentNoteSerializer(serializers.ModelSerializer[IncidentNote]):
    text = serializers.CharField(max_length=MAX_TEXT_CHARACTERS)

    class Meta:
        model = IncidentNote
        fields = ["id", "member", "text", "created_at"]
        read_only_fields = ["id", "member", "created_at"]


class LogAnomalySerializer(serializers.ModelSerializer[LogAnomaly]):
    """`surprise` is -log10 of the chance to see as much in usual records.

    Of a session that is an estimate: `least_false_alarm_percent` is the rate of false alarms below which nothing can be
    promised after comparing it with so few others (`compared_sessions`). `session_view` is what is unusual about it.
    """

    evidence = RecordSerializer(many=True, read_only=True)
    subject = serializers.CharField(read_only=True)
    least_false_alarm_percent = serializers.FloatField(read_only=True, allow_null=True)

    class Meta:
        model = LogAnomaly
        fields = ["id", "incident", "source", "detector", "template", "subject", "service", "started_at"]
        fields += ["ended_at", "surprise", "observed", "expected", "records_count", "evidence"]
        fields += ["session_view", "compared_sessions", "least_false_alarm_percent"]
        read_only_fields = fields


class SuppressionSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(required=False, allow_blank=True, max_length=MAX_REASON_CHARACTERS)


class IncidentFilter(django_filters.FilterSet):  # type: ignore[misc]
    service = django_filters.CharFilter(method="with_service", max_length=80)

    class Meta:
        model = Incident
        fields: ClassVar = ["status", "severity"]

    def with_service(self, rows: IncidentQuerySet, _name: str, service: str) -> IncidentQuerySet:
        return rows.filter(services__contains=[service])


class IncidentViewSet(RowsViewSet[Incident]):
    """What happened, the worst first."""

    rows = selectors.incident_list
    serializer_class = IncidentSerializer
    pagination_class = RankedPages
    filterset_class = IncidentFilter
    permissions = {
        "list": "logs.view",
        "retrieve": "logs.view",
        "notes": "logs.view",
        "partial_update": "logs.investigate",
        "add_note": "logs.investigate",
    }

    @extend_schema(request=IncidentChangeSerializer, responses=IncidentSerializer)
    def partial_update(self, request: Request, incident_id: UUID) -> Response:
        """Take an incident, say how grave it is, resolve it and say what solved it."""
        incident = self.get_object()
        changes = validated_body(request, IncidentChangeSerializer, partial=True)
        # What the body leaves out is not decided here: its owner may have left, and others may change it meanwhile.
        values = {name: getattr(incident, name) for name in services.DECISIONS if name != "owner"}
        form = IncidentForm(values | changes, instance=self.get_object())
        decisions: Any = {name: value for name, value in validated_fields(form).items() if name in changes}
        services.change_incident(actor_of(request), incident, **decisions)
        return Response(IncidentSerializer(self.get_object()).data)

    notes = ApiRead(selectors.notes, IncidentNoteSerializer(many=True))

    @extend_schema(request=IncidentNoteSerializer, responses={201: IncidentNoteSerializer})
    @notes.mapping.post
    def add_note(self, request: Request, incident_id: UUID) -> Response:
        """Write a note."""
        body = validated_body(request, IncidentNoteSerializer)
        note = services.add_note(actor_of(request), self.get_object(), text=body["text"])
        return Response(IncidentNoteSerializer(note).data, status=201)

    explain = ApiAct(
        acts.EXPLAIN_INCIDENT,
        "Ask the model for the cause; follow `events`, then read the incident again.",
        code=202,
        reads_anew=True,
    )


class LogAnomalyViewSet(RowsViewSet[LogAnomaly]):
    """What is unusual in the records of a source."""

    rows = detection.anomaly_list
    serializer_class = LogAnomalySerializer
    filterset_fields = ["incident", "source", "detector"]
    permissions = {"list": "logs.view", "retrieve": "logs.view"}

    suppress = ApiAct(
        acts.SUPPRESS_LOG_ANOMALY,
        "“Not an anomaly”: the like of it is gone, and incidents that rested on it alone.",
        body=SuppressionSerializer,
        code=204,
    )
