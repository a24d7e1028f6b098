from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.accounts.act_declaration import ApiAct
from apps.core.api import validated_body
from apps.jobs.api import BackedByJobSerializer
from apps.marketing.groups import acts, selectors, services
from apps.marketing.groups.models import PeopleClustering
from apps.marketing.segments.api import MarketingSegmentSerializer
from apps.resources.api import RowsViewSet


class PeopleClusteringSerializer(BackedByJobSerializer[PeopleClustering]):
    """`clusters`: each with number, size, share, rule, its precision and recall, figures and portrait."""

    clusters = serializers.ListField(child=serializers.DictField(), read_only=True)

    class Meta:
        model = PeopleClustering
        fields = ["id", "attributes", "clusters", "people_count", "total_count", "state", "job", "created_at"]
        read_only_fields = fields


class ClusteringBodySerializer(serializers.Serializer[Any]):
    attributes = serializers.ListField(
        child=serializers.CharField(max_length=60), max_length=services.MAX_ATTRIBUTES
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
        made = services.start_clustering(actor_of(request), attributes=body["attributes"])
        return self.answer(made, status.HTTP_202_ACCEPTED)

    keep = ApiAct(
        acts.KEEP_CLUSTER,
        "Make a segment of a group by its rule.",
        body=KeepClusterSerializer,
        answer=MarketingSegmentSerializer,
        code=201,
    )
