from typing import Any
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.accounts.act_declaration import ApiDelete
from apps.core.api import validated_body
from apps.marketing.profiles import acts, selectors, services
from apps.marketing.profiles.models import Person
from apps.marketing.segments.models import SegmentMembership
from apps.resources.api import RowsViewSet


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


class PersonViewSet(RowsViewSet[Person]):
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
        errors = [{"index": place, "fields": fields} for place, fields in sorted(result.errors.items())]
        answer = {"created": result.created, "changed": result.changed, "errors": errors}
        return Response(BulkResultSerializer(answer).data)

    destroy = ApiDelete(
        acts.ERASE_PERSON, "Erase a person with all that is held about them. It cannot be undone."
    )

    @extend_schema(responses={200: {"type": "object"}})
    @action(detail=True, methods=["get"], filterset_class=None)
    def report(self, request: Request, person_id: UUID) -> Response:
        """All that is held about a person, to hand to them."""
        return Response(services.person_report(actor_of(request), self.get_object()))
