from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.accounts.act_declaration import ApiDelete
from apps.core.api import validated_body
from apps.core.errors import InvalidInput
from apps.core.models import OrganisationQuerySet
from apps.jobs import acts, schedules, selectors
from apps.jobs.models import Schedule


class ScheduleSerializer(serializers.ModelSerializer[Schedule]):
    last_job_id = serializers.UUIDField(read_only=True)

    class Meta:
        model = Schedule
        fields = [
            "id",
            "name",
            "kind",
            "cron",
            "time_zone",
            "is_enabled",
            "next_run_at",
            "last_job_id",
            "last_error",
            "created_at",
        ]
        read_only_fields = ["id", "kind", "next_run_at", "last_error", "created_at"]


class NewScheduleSerializer(serializers.Serializer[Schedule]):
    """`job_id` is the job to repeat, with its kind and its inputs."""

    job_id = serializers.UUIDField()
    name = serializers.CharField(max_length=100)
    cron = serializers.CharField(max_length=100)
    time_zone = serializers.CharField(max_length=60)


class ScheduleViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Schedule]):
    """Jobs that are made again and again, at the times of a cron expression."""

    queryset = Schedule.objects.none()
    serializer_class = ScheduleSerializer
    lookup_url_kwarg = "schedule_id"
    permissions = {
        "list": "jobs.view",
        "retrieve": "jobs.view",
        "create": "jobs.manage",
        "partial_update": "jobs.manage",
    }

    def get_queryset(self) -> OrganisationQuerySet[Schedule]:
        actor = actor_of(self.request)
        is_read = self.action in ("list", "retrieve")
        return selectors.visible_schedules(actor) if is_read else selectors.changeable_schedules(actor)

    @extend_schema(request=NewScheduleSerializer, responses={201: ScheduleSerializer})
    def create(self, request: Request) -> Response:
        """Repeat a job of yours. Only a person's session can: the job runs for that person."""
        actor = actor_of(request)
        values = validated_body(request, NewScheduleSerializer)
        job = selectors.changeable_jobs(actor).filter(pk=values.pop("job_id")).first()
        if job is None:
            raise InvalidInput(fields={"job_id": [_("Job not found in your organisation.")]})
        schedule = schedules.repeat_job(actor, job, **values)
        return Response(self.get_serializer(schedule).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, schedule_id: UUID) -> Response:
        """Change the name or the times, or switch it off and on."""
        schedule = self.get_object()
        serializer = self.get_serializer(schedule, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        names = ("name", "cron", "time_zone", "is_enabled")
        values = {name: getattr(schedule, name) for name in names} | serializer.validated_data
        updated_schedule = schedules.change_schedule(actor_of(request), schedule, **values)
        return Response(self.get_serializer(updated_schedule).data)

    destroy = ApiDelete(acts.DELETE_SCHEDULE, "Delete the schedule. The jobs it made stay.")
