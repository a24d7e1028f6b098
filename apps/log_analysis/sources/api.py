from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import mixins, serializers

from apps.accounts.access import MEMBER, actor_of
from apps.accounts.act_declaration import ApiAct, ApiDelete
from apps.accounts.actors import Actor
from apps.core.errors import InvalidInput
from apps.files.api import ResumableUploadViewSet
from apps.log_analysis.sources import acts, file_sources, selectors, services
from apps.log_analysis.sources.models import LogFile, LogFileQuerySet, UnreadBatch
from apps.log_analysis.sources.resources import UNREAD_BATCHES
from apps.resources.api import RowsViewSet


class LogFileSerializer(serializers.ModelSerializer[LogFile]):
    """`offset` of `length` bytes are stored. Follow the job's events for the progress of the analysis."""

    state = serializers.ChoiceField(choices=LogFile.State.choices, read_only=True)
    progress = serializers.FloatField(source="job.progress", read_only=True, default=None)
    error = serializers.SerializerMethodField()

    class Meta:
        model = LogFile
        fields = ["id", "source", "file_name", "length", "offset", "state", "progress", "error", "job"]
        fields += ["lines_count", "records_count", "first_record_at", "last_record_at", "unread_reason"]
        fields += ["received_at", "created_at"]
        read_only_fields = fields

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}, "nullable": True})
    def get_error(self, file: LogFile) -> dict[str, str] | None:
        return file.error


class LogFileViewSet(mixins.ListModelMixin, ResumableUploadViewSet[LogFile]):
    """Files of lines, plain or packed (gz, zst, bz2, zip, tar). `Upload-Metadata` names the file and its `source`.

    Without a `source` the file goes to the one of its own name, which is made where there is none (needs logs.manage).
    """

    queryset = LogFile.objects.none()
    serializer_class = LogFileSerializer
    lookup_url_kwarg = "log_file_id"
    detail_route = "api:log-file-detail"
    max_bytes = settings.LOG_FILE_MAX_BYTES
    filterset_fields = ["source"]
    permissions = {
        "metadata": MEMBER,
        "list": "logs.view",
        "retrieve": "logs.view",
        "create": "logs.write",
        "partial_update": "logs.write",
    }

    def get_queryset(self) -> LogFileQuerySet:
        return selectors.file_list(actor_of(self.request).organisation)

    def begin(self, actor: Actor, *, metadata: dict[str, str], length: int | None) -> LogFile:
        file_name = metadata.get("filename", "")
        if "source" not in metadata:
            return file_sources.begin_file(actor, file_name=file_name, length=length)
        try:
            source_id = serializers.UUIDField().to_internal_value(metadata["source"])
        except serializers.ValidationError as error:
            raise InvalidInput(fields={"source": [str(line) for line in error.detail]}) from error
        source = selectors.source_list(actor.organisation).one(pk=source_id)
        return services.begin_file(actor, source, file_name=file_name, length=length)

    def append(self, actor: Actor, upload: LogFile, **part: Any) -> LogFile:
        return services.append_part(actor, upload, **part)

    destroy = ApiDelete(
        acts.DELETE_LOG_FILE,
        "Delete the file, or give up an upload. Its records stay until the days of their source are over.",
    )


class UnreadBatchSerializer(serializers.ModelSerializer[UnreadBatch]):
    """`reason`: why it could not be read. `is_due`: it waits to be read once more."""

    class Meta:
        model = UnreadBatch
        fields = ["id", "source", "reason", "bytes", "is_due", "kept_at"]
        read_only_fields = fields


class UnreadBatchViewSet(RowsViewSet[UnreadBatch]):
    """Batches that could not be read and were kept aside, the latest first."""

    row_list = UNREAD_BATCHES
    serializer_class = UnreadBatchSerializer
    filterset_fields = ["source", "reason"]

    read_again = ApiAct(
        acts.READ_UNREAD_BATCH_AGAIN,
        "Let the source's worker try once more, when what was in its way is mended.",
        code=202,
    )

    destroy = ApiDelete(acts.DROP_UNREAD_BATCH, "Drop it for good.")
