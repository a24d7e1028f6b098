from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.accounts.act_declaration import ApiDelete
from apps.core.api import validated_body
from apps.marketing.rules.rules import read_rule
from apps.marketing.segments import acts, selectors, services
from apps.marketing.segments.models import Segment
from apps.resources.api import RowsViewSet


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


class SegmentViewSet(RowsViewSet[Segment]):
    """Rules and how many people they hold for. Who is in one: `/marketing/people/?segment=`."""

    rows = selectors.segment_list
    serializer_class = MarketingSegmentSerializer
    permissions = "marketing.people"

    @extend_schema(request=SegmentBodySerializer, responses={201: MarketingSegmentSerializer})
    def create(self, request: Request) -> Response:
        """Make a segment. A job finds who is in it; from then on they come and go by themselves."""
        body = validated_body(request, SegmentBodySerializer)
        made = services.create_segment(actor_of(request), **body)
        return self.answer(made, status.HTTP_201_CREATED)

    @extend_schema(request=SegmentBodySerializer, responses=MarketingSegmentSerializer)
    def partial_update(self, request: Request, segment_id: UUID) -> Response:
        """Change its name, its rule or both."""
        row = self.get_object()
        body = validated_body(request, SegmentBodySerializer, partial=True)
        changed = services.change_segment(
            actor_of(request), row, name=body.get("name", row.name), rule=body.get("rule", row.rule)
        )
        return self.answer(changed)

    destroy = ApiDelete(
        acts.DELETE_SEGMENT, "Delete it. Refused where a campaign or an experiment counts by it."
    )

    @extend_schema(request=RuleBodySerializer, responses=FittingCountSerializer)
    @action(detail=False, methods=["post"])
    def count(self, request: Request) -> Response:
        """How many people a rule holds for now, without storing it."""
        rule = read_rule(validated_body(request, RuleBodySerializer)["rule"])
        fitting = services.count_fitting(actor_of(request).organisation, rule)
        return Response({"count": fitting, "words": rule.words()})
