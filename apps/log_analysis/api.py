from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.log_analysis import source_deletion
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.sources.resources import SOURCES
from apps.resources.api import ResourceViewSet


class LogSourceSerializer(serializers.ModelSerializer[LogSource]):
    """`waiting_bytes` have arrived and are not read yet. `unread_reason`: why the last batch could not be, or not all.

    `folder`: what a source of the kind `folder` follows. `dropped_lines`: of syslog, which came too fast or while it was
    paused. `misdated_records`: those whose time could not be read, or was before the days that are kept or after tomorrow;
    they have that of their arrival. `dropped_batches`: unreadable ones beyond those that `logs/unread-batches/` keeps.
    """

    is_being_deleted = serializers.BooleanField(read_only=True)

    class Meta:
        model = LogSource
        fields = ["id", "name", "kind", "service", "time_format", "time_zone", "session_parameter"]
        fields += ["keep_days", "sample_percent", "is_paused", "folder"]
        fields += ["is_being_deleted", "deletion_job"]
        fields += ["waiting_bytes", "dropped_lines", "unread_reason", "records_count", "last_record_at"]
        fields += ["misdated_records", "dropped_batches", "created_at"]
        read_only_fields = fields[-10:]


class LogSourceViewSet(ResourceViewSet[LogSource]):
    """Where records come from. A key with `logs.write` sends to `…/sources/{id}/records/` and uploads to `logs/files/`."""

    resource = SOURCES
    serializer_class = LogSourceSerializer

    @extend_schema(responses={202: LogSourceSerializer})
    def destroy(self, request: Request, *_args: Any, **_ids: str) -> Response:
        """With its files, its records and what was found in them. A job does it; meanwhile nothing is taken in."""
        source = source_deletion.delete_source(actor_of(request), self.get_object())
        return Response(LogSourceSerializer(source).data, status=status.HTTP_202_ACCEPTED)
