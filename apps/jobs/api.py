from typing import TypeVar
from uuid import UUID

import django_filters
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import mixins, serializers, viewsets

from apps.accounts.access import actor_of
from apps.accounts.act_declaration import ApiAct
from apps.accounts.actors import Actor
from apps.accounts.authentication import api_stream
from apps.jobs import acts, job_types, selectors
from apps.jobs.backed_by_job import BackedByJob
from apps.jobs.event_stream import event_stream_response
from apps.jobs.models import Job, JobQuerySet

Row = TypeVar("Row", bound=BackedByJob)


class JobSerializer(serializers.ModelSerializer[Job]):
    queue_position = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()

    class Meta:
        model = Job
        fields = [
            "id",
            "kind",
            "state",
            "stage",
            "progress",
            "queue_position",
            "attempt",
            "subject",
            "error",
            "result",
            "created_at",
            "started_at",
            "finished_at",
        ]
        read_only_fields = fields

    def get_queue_position(self, job: Job) -> int | None:
        return selectors.queue_position(job)

    def get_error(self, job: Job) -> dict[str, str] | None:
        return selectors.error_of(job)


class JobRowSerializer(JobSerializer):
    """A row of the list: without the result, and without a query per row for the position."""

    class Meta(JobSerializer.Meta):
        fields = [name for name in JobSerializer.Meta.fields if name not in ("result", "queue_position")]
        read_only_fields = fields


class BackedByJobSerializer(serializers.ModelSerializer[Row]):
    """Of a row that a job fills: how far that is, what went wrong, and where its `events` are followed."""

    state = serializers.ChoiceField(Job.State.choices, source="job.state", read_only=True, default=None)
    error = serializers.SerializerMethodField()
    events = serializers.SerializerMethodField()

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}, "nullable": True})
    def get_error(self, row: Row) -> dict[str, str] | None:
        return row.error

    def get_events(self, row: Row) -> str:
        return reverse("api:job-events", args=[row.job.pk]) if row.job else ""


class JobFilter(django_filters.FilterSet):  # type: ignore[misc]
    state = django_filters.MultipleChoiceFilter(choices=Job.State.choices)
    kind = django_filters.CharFilter()
    subject = django_filters.CharFilter()
    created_after = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    created_before = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="lt")


class JobViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Job]):
    """Background work of your organisation, newest first: of what your role or key reaches."""

    queryset = Job.objects.none()
    serializer_class = JobSerializer
    filterset_class = JobFilter
    lookup_url_kwarg = "job_id"
    permissions = "jobs.view"

    def get_queryset(self) -> JobQuerySet:
        actor = actor_of(self.request)
        if self.action == "list":
            return selectors.job_list(actor)
        is_read = self.action == "retrieve"
        return selectors.visible_jobs(actor) if is_read else selectors.changeable_jobs(actor)

    def get_serializer_class(self) -> type[JobSerializer]:
        return JobRowSerializer if self.action == "list" else JobSerializer

    cancel = ApiAct(
        acts.CANCEL_JOB,
        "Stop a job. A running one stops within a second; its events end with `cancelled`.",
        code=202,
    )
    retry = ApiAct(acts.RETRY_JOB, "Run a failed or cancelled job again with the same inputs.", code=202)


@api_stream("jobs.view")
def job_events(request: HttpRequest, actor: Actor, job_id: UUID) -> HttpResponseBase:
    """The job's events as server-sent events; resumes after `Last-Event-ID`."""
    job = selectors.visible_job(actor, job_id)
    job_types.by_name(job.kind).open_rows(job.inputs)
    return event_stream_response(
        request,
        job,
        actor,
        permission="jobs.view",
        open_again=lambda today: selectors.visible_job(today, job_id),
    )
