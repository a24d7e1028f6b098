from typing import Any
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import MEMBER, actor_of
from apps.accounts.act_declaration import ApiAct
from apps.accounts.actors import Actor
from apps.core.api import validated_body
from apps.files.api import ResumableUploadViewSet
from apps.jobs.api import BackedByJobSerializer
from apps.marketing.profiles import acts, clustering, imports, segmentation, selectors, services
from apps.marketing.profiles.models import (
    MAX_IMPORT_BYTES,
    PeopleClustering,
    PeopleImport,
    Person,
    Segment,
    SegmentMembership,
)
from apps.marketing.profiles.rules import read_rule
from apps.resources.api import ApiRead, RowsViewSet


class MarketingPersonSerializer(serializers.ModelSerializer[Person]):
    """`attributes`: name → text, number or truth. Who is among `unsubscribed` is not written to there."""

    attributes = serializers.DictField()

    class Meta:
        model = Person
        fields = ["id", "external_id", "name", "email", "phone", "attributes", "consents", "unsubscribed"]
        fields += ["created_at", "changed_at"]
        read_only_fields = fields


class PersonRowSerializer(serializers.Serializer[Any]):
    """What is left out stays. Attributes are added; null takes one away. `consents`: keys of channels."""

    external_id = serializers.CharField(max_length=200)
    name = serializers.CharField(required=False, allow_blank=True)
    email = serializers.CharField(required=False, allow_blank=True)
    phone = serializers.CharField(required=False, allow_blank=True)
    attributes = serializers.DictField(required=False)
    consents = serializers.ListField(child=serializers.CharField(max_length=40), required=False)


class PeopleBodySerializer(serializers.Serializer[Any]):
    people = PersonRowSerializer(many=True, help_text="At most 1,000.")


class _PeopleSerializer(serializers.Serializer[Any]):
    """Rows as they come: one that is wrong is told by itself, and the others are stored."""

    people = serializers.ListField(
        child=serializers.JSONField(), min_length=1, max_length=services.MAX_BULK_PEOPLE
    )


class RowErrorSerializer(serializers.Serializer[Any]):
    """`index`: the row's place in the list, from 0."""

    index = serializers.IntegerField()
    fields = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))  # type: ignore[assignment]


class BulkResultSerializer(serializers.Serializer[Any]):
    created = serializers.IntegerField()
    changed = serializers.IntegerField()
    errors = RowErrorSerializer(many=True)  # type: ignore[assignment]


class PersonFilter(django_filters.FilterSet):  # type: ignore[misc]
    segment = django_filters.UUIDFilter(method="in_segment")

    class Meta:
        model = Person
        fields = ("external_id",)

    def in_segment(self, rows: QuerySet[Person], _name: str, segment_id: UUID) -> QuerySet[Person]:
        members = SegmentMembership.objects.filter(segment=segment_id).values("person")
        return rows.filter(pk__in=members)


class PersonViewSet(mixins.DestroyModelMixin, RowsViewSet[Person]):
    """People whom the organisation may write to, newest first."""

    rows = selectors.people_list
    serializer_class = MarketingPersonSerializer
    filterset_class = PersonFilter
    permissions = "marketing.people"

    @extend_schema(request=PeopleBodySerializer, responses=BulkResultSerializer)
    def create(self, request: Request) -> Response:
        """Store up to 1,000 people by their own number. Rows that are wrong are told, the others are stored."""
        body = validated_body(request, _PeopleSerializer)
        result = services.store_rows(actor_of(request), body["people"])
        errors = [
            {"index": place, "fields": {name: list(map(str, lines)) for name, lines in fields.items()}}
            for place, fields in sorted(result.errors.items())
        ]
        answer = {"created": result.created, "changed": result.changed, "errors": errors}
        return Response(answer)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Erase a person with all that is held about them. It cannot be undone."""
        services.erase_person(actor_of(request), self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses={200: {"type": "object"}})
    @action(detail=True, methods=["get"], filterset_class=None)
    def report(self, request: Request, person_id: UUID) -> Response:
        """All that is held about a person, to hand to them."""
        return Response(services.person_report(actor_of(request), self.get_object()))


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
    headings, mapping, rows = imports.preview(row)
    cells = [[] if each.problem else each.cells for each in rows]
    return {"headings": headings, "mapping": mapping, "rows": cells}


class PeopleImportViewSet(
    mixins.ListModelMixin, mixins.DestroyModelMixin, ResumableUploadViewSet[PeopleImport]
):
    """Tables of people (CSV). `Upload-Metadata` names the file."""

    queryset = PeopleImport.objects.none()
    serializer_class = PeopleImportSerializer
    lookup_url_kwarg = "people_import_id"
    detail_route = "api:people-import-detail"
    max_bytes = MAX_IMPORT_BYTES
    permissions = {"metadata": MEMBER} | dict.fromkeys(
        ("list", "retrieve", "create", "partial_update", "destroy", "preview"), "marketing.people"
    )

    def get_queryset(self) -> QuerySet[PeopleImport]:
        return selectors.import_list(actor_of(self.request).organisation)

    def begin(self, actor: Actor, *, metadata: dict[str, str], length: int | None) -> PeopleImport:
        return imports.begin_import(actor, file_name=metadata.get("filename", ""), length=length)

    def append(self, actor: Actor, upload: PeopleImport, **part: Any) -> PeopleImport:
        return imports.append_part(actor, upload, **part)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Delete the table, or give up an upload. The people that came of it stay."""
        imports.delete_import(actor_of(request), self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

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


class MarketingSegmentSerializer(serializers.ModelSerializer[Segment]):
    """`rule`: {"all": […]}, {"any": […]}, {"not": …}, {"attribute", "is", "value"}, {"event", "within_days"}, {"consent"}.

    `is`: =, !=, <, <=, >, >=, contains, in, set, within_days. `event`: clicked, bought, written_to.
    """

    rule = serializers.DictField(read_only=True)
    words = serializers.SerializerMethodField()

    class Meta:
        model = Segment
        fields = ["id", "name", "rule", "words", "origin", "question", "portrait", "members_count"]
        fields += ["evaluated_at", "job", "created_at"]
        read_only_fields = fields

    def get_words(self, segment: Segment) -> str:
        return read_rule(segment.rule).words() if segment.rule else ""


class SegmentBodySerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120)
    rule = serializers.DictField()


class RuleBodySerializer(serializers.Serializer[Any]):
    rule = serializers.DictField()


class FittingCountSerializer(serializers.Serializer[Any]):
    """`count` is null where it takes longer to count than a request may."""

    count = serializers.IntegerField(allow_null=True)
    words = serializers.CharField()


class SegmentViewSet(mixins.DestroyModelMixin, RowsViewSet[Segment]):
    """Rules and how many people they hold for. Who is in one: `/marketing/people/?segment=`."""

    rows = selectors.segment_list
    serializer_class = MarketingSegmentSerializer
    permissions = "marketing.people"

    @extend_schema(request=SegmentBodySerializer, responses={201: MarketingSegmentSerializer})
    def create(self, request: Request) -> Response:
        """Make a segment. A job finds who is in it; from then on they come and go by themselves."""
        body = validated_body(request, SegmentBodySerializer)
        made = segmentation.create_segment(actor_of(request), **body)
        return self.answer(made, status.HTTP_201_CREATED)

    @extend_schema(request=SegmentBodySerializer, responses=MarketingSegmentSerializer)
    def partial_update(self, request: Request, segment_id: UUID) -> Response:
        """Change its name, its rule or both."""
        row = self.get_object()
        body = validated_body(request, SegmentBodySerializer, partial=True)
        changed = segmentation.change_segment(
            actor_of(request), row, name=body.get("name", row.name), rule=body.get("rule", row.rule)
        )
        return self.answer(changed)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Delete it. Refused where a campaign or an experiment counts by it."""
        segmentation.delete_segment(actor_of(request), self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=RuleBodySerializer, responses=FittingCountSerializer)
    @action(detail=False, methods=["post"])
    def count(self, request: Request) -> Response:
        """How many people a rule holds for now, without storing it."""
        rule = read_rule(validated_body(request, RuleBodySerializer)["rule"])
        fitting = segmentation.count_fitting(actor_of(request).organisation, rule)
        return Response({"count": fitting, "words": rule.words()})


class PeopleClusteringSerializer(BackedByJobSerializer[PeopleClustering]):
    """`clusters`: each with number, size, share, rule, its precision and recall, figures and portrait."""

    clusters = serializers.ListField(child=serializers.DictField(), read_only=True)

    class Meta:
        model = PeopleClustering
        fields = ["id", "attributes", "clusters", "people_count", "total_count", "state", "job", "created_at"]
        read_only_fields = fields


class ClusteringBodySerializer(serializers.Serializer[Any]):
    attributes = serializers.ListField(
        child=serializers.CharField(max_length=60), max_length=clustering.MAX_ATTRIBUTES
    )


class KeepClusterSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField(min_value=1)
    name = serializers.CharField(max_length=120)


class PeopleClusteringViewSet(RowsViewSet[PeopleClustering]):
    """Groups of people who are alike."""

    rows = selectors.clustering_list
    serializer_class = PeopleClusteringSerializer
    permissions = "marketing.people"

    @extend_schema(request=ClusteringBodySerializer, responses={202: PeopleClusteringSerializer})
    def create(self, request: Request) -> Response:
        """Have groups found among people, compared by these attributes."""
        body = validated_body(request, ClusteringBodySerializer)
        made = clustering.start_clustering(actor_of(request), attributes=body["attributes"])
        return self.answer(made, status.HTTP_202_ACCEPTED)

    keep = ApiAct(
        acts.KEEP_CLUSTER,
        "Make a segment of a group by its rule.",
        body=KeepClusterSerializer,
        answer=MarketingSegmentSerializer,
        code=201,
    )
