from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.accounts.act_declaration import ApiDelete
from apps.core.api import validated_body
from apps.medical_records.coding import acts, selectors, services
from apps.medical_records.coding.models import Catalogue, CatalogueEntry

UUID_PATTERN = "[0-9a-f-]{36}"


class CatalogueSerializer(serializers.ModelSerializer[Catalogue]):
    """`job` reads the file. A catalogue takes effect, `is_current`, when every entry is stored."""

    class Meta:
        model = Catalogue
        fields = [
            "id",
            "system",
            "name",
            "uri",
            "language",
            "entry_count",
            "is_current",
            "learnt_from",
            "job",
            "created_at",
        ]
        read_only_fields = fields


class NewCatalogueSerializer(serializers.ModelSerializer[Catalogue]):
    file = serializers.FileField(help_text="Code, name, other names; with tabs or as CSV.")

    class Meta:
        model = Catalogue
        fields = ["system", "name", "uri", "language", "file"]


class CatalogueEntrySerializer(serializers.ModelSerializer[CatalogueEntry]):
    class Meta:
        model = CatalogueEntry
        fields = ["code", "name", "aliases"]
        read_only_fields = fields


class CatalogueViewSet(viewsets.ReadOnlyModelViewSet[Catalogue]):
    """The hospital's own lists of diagnoses, drugs and tests. Codes are proposed from them; a person confirms."""

    queryset = Catalogue.objects.none()
    serializer_class = CatalogueSerializer
    lookup_url_kwarg = "catalogue_id"
    lookup_value_regex = UUID_PATTERN
    permissions = {
        "list": "records.view",
        "retrieve": "records.view",
        "create": "records.manage",
        "entries": "records.view",
    }

    def get_queryset(self) -> QuerySet[Catalogue]:
        return selectors.catalogues(actor_of(self.request).organisation)

    def get_parsers(self) -> list[Any]:
        return (
            [MultiPartParser()] if self.request and self.request.method == "POST" else super().get_parsers()
        )

    @extend_schema(
        request={"multipart/form-data": NewCatalogueSerializer}, responses={202: CatalogueSerializer}
    )
    def create(self, request: Request) -> Response:
        """Follow the job: its result names the lines that could not be used."""
        body = validated_body(request, NewCatalogueSerializer)
        catalogue = services.begin_import(actor_of(request), **body)
        return Response(CatalogueSerializer(catalogue).data, status=status.HTTP_202_ACCEPTED)

    destroy = ApiDelete(acts.DELETE_CATALOGUE)

    @extend_schema(
        parameters=[OpenApiParameter("q", str, description="A code or a part of a name.", required=True)],
        responses=CatalogueEntrySerializer(many=True),
    )
    @action(detail=True, pagination_class=None, filter_backends=[])
    def entries(self, request: Request, catalogue_id: str) -> Response:
        """At most 20, the shortest names first."""
        catalogue, actor = self.get_object(), actor_of(request)
        typed = request.query_params.get("q", "")
        entries = selectors.search_entries(actor.organisation, catalogue.system, typed)
        return Response(CatalogueEntrySerializer(entries, many=True).data)
