from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.access import actor_of
from apps.core.api import validated_body
from apps.core.forms import validated_fields
from apps.log_analysis.records import cursors, selectors, services, template_activity, value_counts
from apps.log_analysis.records.forms import (
    DEFAULT_TOP,
    LAST,
    LEVELS,
    MAX_NAMES_CHARACTERS,
    MAX_REASON_CHARACTERS,
    MAX_TEMPLATES,
    MAX_TOP,
    MIN_REASON_CHARACTERS,
    CountForm,
    RecordFilterForm,
)
from apps.log_analysis.records.value_names import GROUPS, VALUE_TYPES
from apps.log_analysis.sources.models import LogSource
from domain.logs.store import Filters
from domain.logs.store.filters import MAX_TEXT_CHARACTERS
from domain.logs.store.templates import MAX_SLOTS


class RecordFiltersSerializer(serializers.Serializer[Any]):
    """All of them may be left out. `service` and `host` name several, with commas between; `level` and `template`
    may stand more than once. `value` is that of a `parameter`, which counts from 1 and needs one `template`, or the first
    of a `kind` in the record. A `text` without capitals is found whatever its capitals. With `whole` it
    is no part of a longer number or word."""

    text = serializers.CharField(required=False, max_length=MAX_TEXT_CHARACTERS)
    whole = serializers.BooleanField(required=False)
    last = serializers.ChoiceField(list(LAST), required=False)
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)
    level = serializers.MultipleChoiceField(choices=LEVELS, required=False)
    source = serializers.UUIDField(required=False)  # type: ignore[assignment]
    service = serializers.CharField(required=False, max_length=MAX_NAMES_CHARACTERS)
    host = serializers.CharField(required=False, max_length=MAX_NAMES_CHARACTERS)
    trace = serializers.CharField(required=False, max_length=MAX_NAMES_CHARACTERS)
    template = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=MAX_TEMPLATES)
    parameter = serializers.IntegerField(required=False, min_value=1, max_value=MAX_SLOTS)
    kind = serializers.ChoiceField(list(VALUE_TYPES), required=False)
    value = serializers.CharField(required=False, max_length=MAX_TEXT_CHARACTERS)


class RecordCountFiltersSerializer(RecordFiltersSerializer):
    """`by`: what is counted by, of addresses, users and paths the first of each record; without it all is one count."""

    by = serializers.ChoiceField(list(GROUPS), required=False, allow_blank=True)
    top = serializers.IntegerField(required=False, min_value=1, max_value=MAX_TOP)


class RecordSearchSerializer(RecordFiltersSerializer):
    before = serializers.CharField(required=False, help_text="`older` of the page before.")
    page_size = serializers.IntegerField(
        required=False, min_value=1, max_value=selectors.MAX_PAGE_RECORDS, default=selectors.PAGE_RECORDS
    )


class LogRecordSerializer(serializers.Serializer[Any]):
    """`source` and `arrival` name a record for ever. `template` is that of the record, merged or not."""

    source = serializers.UUIDField(source="record.source")  # type: ignore[assignment]
    arrival = serializers.IntegerField(source="record.arrival")
    time = serializers.DateTimeField(source="moment", allow_null=True)
    level = serializers.CharField(source="record.level", allow_null=True)
    service = serializers.CharField(source="record.service", allow_null=True)
    host = serializers.CharField(source="record.host", allow_null=True)
    trace = serializers.CharField(source="record.trace", allow_null=True)
    line = serializers.IntegerField(source="record.line", allow_null=True)
    template = serializers.UUIDField(source="template.pk", default=None, allow_null=True)
    parameters = serializers.ListField(child=serializers.CharField(), source="record.parameters")
    text = serializers.CharField()


class RecordPageSerializer(serializers.Serializer[Any]):
    records = LogRecordSerializer(many=True)
    older = serializers.CharField(allow_null=True)


class HistogramColumnSerializer(serializers.Serializer[Any]):
    since = serializers.DateTimeField()
    records = serializers.IntegerField()
    error_count = serializers.IntegerField()
    warning_count = serializers.IntegerField()


class RecordHistogramSerializer(serializers.Serializer[Any]):
    """Empty where nothing is stored. `error_count` has critical records, too."""

    bucket_seconds = serializers.IntegerField(allow_null=True)
    columns = HistogramColumnSerializer(many=True)


class TemplateRecordsSerializer(serializers.Serializer[Any]):
    template = serializers.UUIDField()
    name = serializers.CharField()
    text = serializers.CharField()
    records = serializers.IntegerField()


class ValueCountSerializer(serializers.Serializer[Any]):
    value = serializers.CharField(help_text="Of sources and templates their ids.")
    label = serializers.CharField()  # type: ignore[assignment]
    records = serializers.IntegerField()


class RecordCountsSerializer(serializers.Serializer[Any]):
    """`records` were found in all, `missing` of them without such a value; `distinct` values, of which the most frequent
    are in `counts`."""

    records = serializers.IntegerField()
    missing = serializers.IntegerField()
    distinct = serializers.IntegerField()
    counts = ValueCountSerializer(source="rows", many=True)


class RecordSearchView(APIView):
    permissions = "logs.view"

    @extend_schema(parameters=[RecordSearchSerializer], responses=RecordPageSerializer)
    def get(self, request: Request) -> Response:
        """Search records, newest first. Go on with `before`, which is the `older` of the last page."""
        serializer = RecordSearchSerializer(data=request.query_params)
        serializer.is_valid(raise_exception=True)
        page = selectors.search(
            actor_of(request).organisation,
            _filters(request),
            before=cursors.read_cursor(serializer.validated_data.get("before", "")),
            limit=serializer.validated_data["page_size"],
        )
        body = {"records": page.views, "older": cursors.write_cursor(page.after) or None}
        return Response(RecordPageSerializer(body).data)


class RecordHistogramView(APIView):
    permissions = "logs.view"

    @extend_schema(parameters=[RecordFiltersSerializer], responses=RecordHistogramSerializer)
    def get(self, request: Request) -> Response:
        """How many records a search finds, by time and level."""
        histogram = selectors.record_histogram(_filters(request))
        columns = histogram.columns if histogram else []
        body = {
            "bucket_seconds": histogram.bucket_seconds if histogram else None,
            "columns": [
                {
                    "since": column.since,
                    "records": column.records,
                    "error_count": column.tones["bad"],
                    "warning_count": column.tones["warn"],
                }
                for column in columns
            ],
        }
        return Response(RecordHistogramSerializer(body).data)


class RecordCountsView(APIView):
    permissions = "logs.view"

    @extend_schema(parameters=[RecordCountFiltersSerializer], responses=RecordCountsSerializer)
    def get(self, request: Request) -> Response:
        """How many records a search finds, or how many by address, user, path, field, hour or day."""
        organisation = actor_of(request).organisation
        values = validated_fields(CountForm(organisation, request.query_params))
        filters = selectors.filters_within(organisation, values)
        if not values["by"]:
            return Response(RecordCountsSerializer(value_counts.count_all(filters)).data)
        top = values["top"] or DEFAULT_TOP
        table = value_counts.count_by(organisation, filters, values["by"], top)
        return Response(RecordCountsSerializer(table).data)


class TemplateCountsView(APIView):
    permissions = "logs.view"

    @extend_schema(
        parameters=[RecordFiltersSerializer], responses=TemplateRecordsSerializer(many=True), filters=False
    )
    def get(self, request: Request) -> Response:
        """The most frequent templates of a search, at most a thousand."""
        counts = template_activity.template_counts(actor_of(request).organisation, _filters(request))
        body = [
            {"template": row.pk, "name": row.name, "text": row.text, "records": records}
            for row, records in counts[: selectors.MAX_PAGE_RECORDS]
        ]
        return Response(TemplateRecordsSerializer(body, many=True).data)


class RevealSerializer(serializers.Serializer[Any]):
    """`time`: the record's own; with it the record is found without a search."""

    reason = serializers.CharField(min_length=MIN_REASON_CHARACTERS, max_length=MAX_REASON_CHARACTERS)
    time = serializers.DateTimeField(required=False)


class MaskedValueSerializer(serializers.Serializer[Any]):
    token = serializers.CharField()
    value = serializers.CharField(allow_null=True, help_text="null where it was not kept.")


class RevealedRecordSerializer(serializers.Serializer[Any]):
    text = serializers.CharField()
    values = MaskedValueSerializer(many=True)


class RevealedRecordView(APIView):
    permissions = "logs.reveal"

    @extend_schema(request=RevealSerializer, responses=RevealedRecordSerializer)
    def post(self, request: Request, log_source_id: UUID, arrival: int) -> Response:
        """Read what was masked in a record: e-mail addresses, card, identity and mobile numbers.

        The audit trail keeps who read it and the reason. Passwords and keys were never kept.
        """
        actor = actor_of(request)
        source = LogSource.objects.within(actor.organisation).one(pk=log_source_id)
        body = validated_body(request, RevealSerializer)
        at = selectors.to_microseconds(body.get("time"))
        record = selectors.record(actor.organisation, source, arrival, at)
        view = services.reveal(actor, [record], reason=body["reason"])[0]
        values = [{"token": name, "value": view.values.get(name)} for name in view.reversible_tokens]
        return Response(RevealedRecordSerializer({"text": view.revealed_text, "values": values}).data)


def _filters(request: Request) -> Filters:
    """What the address asks for. Raises InvalidInput, and NotFound for what another organisation has."""
    organisation = actor_of(request).organisation
    values = validated_fields(RecordFilterForm(organisation, request.query_params))
    return selectors.filters_within(organisation, values)
