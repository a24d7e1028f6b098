from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.audit import anchors, exports, selectors, services
from apps.audit.file_exports import FileExport, form_filters
from apps.audit.filters import AuditFilter
from apps.audit.models import AuditEntry
from apps.core.api import TABLE_FILE, TABLE_FILE_TYPE, Pages, table_file_type
from apps.core.models import OrganisationQuerySet


class AuditEntrySerializer(serializers.ModelSerializer[AuditEntry]):
    class Meta:
        model = AuditEntry
        fields = exports.COLUMNS
        read_only_fields = fields


class VerificationSerializer(serializers.Serializer[Any]):
    """`first_unmet`: the number of a line that is not, or not any more, what was kept of it outside."""

    is_intact = serializers.BooleanField()
    first_broken = AuditEntrySerializer(allow_null=True)
    first_unmet = serializers.IntegerField(allow_null=True)
    anchors = serializers.IntegerField()


class AuditPages(Pages):
    ordering = "-sequence"


class AuditViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[AuditEntry]):
    """Who changed what in your organisation, newest first. Nothing here can be changed or deleted."""

    queryset = AuditEntry.objects.none()
    serializer_class = AuditEntrySerializer
    pagination_class = AuditPages
    filterset_class = AuditFilter
    lookup_url_kwarg = "audit_entry_id"
    permissions = dict.fromkeys(("list", "retrieve", "export", "verify"), "audit.view")

    def get_queryset(self) -> OrganisationQuerySet[AuditEntry]:
        return selectors.trail(actor_of(self.request).organisation)

    @extend_schema(parameters=[TABLE_FILE_TYPE], responses=TABLE_FILE, filters=True)
    @action(detail=False)
    def export(self, request: Request) -> HttpResponseBase:
        """The trail, or what the filters leave of it, as JSON lines, CSV or XLSX. Exporting leaves a line too."""
        file_type = table_file_type(request)
        filters = AuditFilter(request.query_params, queryset=self.get_queryset())
        export = FileExport(actor_of(request), "audit.exported", filters=form_filters(filters.form))
        entries: Any = self.filter_queryset(self.get_queryset())
        return exports.export_response(export, entries, file_type=file_type)

    @extend_schema(responses=VerificationSerializer, filters=False)
    @action(detail=False, pagination_class=None)
    def verify(self, request: Request) -> Response:
        """Recomputes the hash chain. `first_broken` is where it was changed; `anchors` kept outside show a cut."""
        organisation = actor_of(request).organisation
        known_anchors = anchors.kept_anchors(organisation.pk)
        broken_entry, unmet = (
            services.verify(organisation),
            anchors.first_unmet(organisation.pk, known_anchors),
        )
        result = {
            "is_intact": broken_entry is None and unmet is None,
            "first_broken": broken_entry,
            "first_unmet": unmet.sequence if unmet else None,
            "anchors": len(known_anchors),
        }
        return Response(VerificationSerializer(result).data)
