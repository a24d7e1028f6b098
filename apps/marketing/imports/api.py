from typing import Any

from django.db.models import QuerySet
from rest_framework import mixins, serializers

from apps.accounts.access import MEMBER, actor_of
from apps.accounts.act_declaration import ApiAct, ApiDelete
from apps.accounts.actors import Actor
from apps.files.api import ResumableUploadViewSet
from apps.jobs.api import BackedByJobSerializer
from apps.marketing.imports import acts, selectors, services
from apps.marketing.imports.models import MAX_IMPORT_BYTES, PeopleImport
from apps.resources.api import ApiRead


class PeopleImportSerializer(BackedByJobSerializer[PeopleImport]):
    """Once all bytes are stored, `start` it with a mapping; then follow the job. `rejected`: the first broken rows."""

    class Meta:
        model = PeopleImport
        fields = ["id", "file_name", "length", "offset", "mapping", "state", "error", "job", "rows_count"]
        fields += ["created_count", "changed_count", "unchanged_count", "rejected_count", "reasons"]
        fields += ["rejected", "received_at", "created_at"]
        read_only_fields = fields


class MappingSerializer(serializers.Serializer[Any]):
    """Heading → external_id, name, email, phone, consents, or attribute:…; what is left out is not imported."""

    mapping = serializers.DictField(child=serializers.CharField(max_length=100, allow_blank=True))


class ImportPreviewSerializer(serializers.Serializer[Any]):
    headings = serializers.ListField(child=serializers.CharField())
    mapping = serializers.DictField(child=serializers.CharField())
    rows = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))


def _preview(row: PeopleImport) -> dict[str, Any]:
    headings, mapping, rows = services.preview(row)
    cells = [[] if each.problem else each.cells for each in rows]
    return {"headings": headings, "mapping": mapping, "rows": cells}


class PeopleImportViewSet(mixins.ListModelMixin, ResumableUploadViewSet[PeopleImport]):
    """Tables of people (CSV). `Upload-Metadata` names the file."""

    queryset = PeopleImport.objects.none()
    serializer_class = PeopleImportSerializer
    lookup_url_kwarg = "people_import_id"
    detail_route = "api:people-import-detail"
    max_bytes = MAX_IMPORT_BYTES
    permissions = {"metadata": MEMBER} | dict.fromkeys(
        ("list", "retrieve", "create", "partial_update", "preview"), "marketing.people"
    )

    def get_queryset(self) -> QuerySet[PeopleImport]:
        return selectors.import_list(actor_of(self.request).organisation)

    def begin(self, actor: Actor, *, metadata: dict[str, str], length: int | None) -> PeopleImport:
        return services.begin_import(actor, file_name=metadata.get("filename", ""), length=length)

    def append(self, actor: Actor, upload: PeopleImport, **part: Any) -> PeopleImport:
        return services.append_part(actor, upload, **part)

    destroy = ApiDelete(
        acts.DELETE_PEOPLE_IMPORT, "Delete the table, or give up an upload. The people that came of it stay."
    )

    preview = ApiRead(
        _preview,
        ImportPreviewSerializer(),
        "The table's headings, what each most likely is, and its first rows.",
    )

    start = ApiAct(
        acts.START_PEOPLE_IMPORT,
        "Store the people of the table, by a job. Broken rows are counted, and the first ones kept with their line.",
        body=MappingSerializer,
        code=202,
    )
