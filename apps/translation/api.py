import io
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, parsers, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.access import actor_of
from apps.analytics import api as analytics
from apps.analytics.api import MetricSerializer, RowSerializer
from apps.core.api import BoundedJSONParser, Pages, validated_body
from apps.evaluation import api as evaluation
from apps.jobs.api import BackedByJobSerializer
from apps.resources.api import ApiRead, ResourceViewSet, RowsViewSet
from apps.translation import selectors, services
from apps.translation.evaluation_adapter import ADAPTER
from apps.translation.models import (
    GlossaryTerm,
    Language,
    Translation,
    TranslationMemoryEntry,
    TranslationSegment,
)
from apps.translation.report import REPORT, Totals, volume
from apps.translation.resources import GLOSSARY, PAIR, TRANSLATIONS


class TranslationSerializer(BackedByJobSerializer[Translation]):
    """Follow `events`: `progress`, `delta` while a text is written, then `done`."""

    progress = serializers.FloatField(source="job.progress", read_only=True, default=None)
    segments_count = serializers.IntegerField(read_only=True, default=0)
    done_count = serializers.IntegerField(read_only=True, default=0)
    marked_count = serializers.IntegerField(read_only=True, default=0)

    class Meta:
        model = Translation
        fields = [
            "id",
            "name",
            "format",
            *PAIR,
            "state",
            "progress",
            "segments_count",
            "done_count",
            "marked_count",
        ]
        fields += ["error", "job", "events", "created_at"]
        read_only_fields = fields


class TextTranslationSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=services.MAX_TEXT_CHARACTERS, trim_whitespace=False)
    source_language = serializers.ChoiceField(Language.choices)
    target_language = serializers.ChoiceField(Language.choices)


class DocumentTranslationSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(max_length=200, allow_empty_file=True)
    source_language = serializers.ChoiceField(Language.choices)
    target_language = serializers.ChoiceField(Language.choices)


class TranslationSegmentSerializer(serializers.ModelSerializer[TranslationSegment]):
    """`translated_by`: model, memory or person; empty until it is. `problems`: what the checks found, in words.
    `near_match`: the most similar text of the translation memory."""

    translated_by = serializers.CharField(source="origin", read_only=True)
    problems = serializers.ListField(child=serializers.CharField(), source="complaints", read_only=True)
    near_match = serializers.JSONField(read_only=True)

    class Meta:
        model = TranslationSegment
        fields = ["id", "translation", "ordinal", "source", "target", "translated_by", "is_marked"]
        fields += ["is_from_memory", "problems", "near_match"]
        read_only_fields = [name for name in fields if name != "target"]


class GlossaryTermSerializer(serializers.ModelSerializer[GlossaryTerm]):
    class Meta:
        model = GlossaryTerm
        fields = ["id", *PAIR, "source", "target", "created_at"]


class MemoryEntrySerializer(serializers.ModelSerializer[TranslationMemoryEntry]):
    class Meta:
        model = TranslationMemoryEntry
        fields = ["id", *PAIR, "source", "target", "created_at"]


class TranslationFiguresSerializer(RowSerializer):
    """Of the segments that were made in these days."""

    row, within = Totals, "now"
    metrics = MetricSerializer(many=True, read_only=True)
    by_day = serializers.ListField(child=serializers.DictField())
    by_pair = serializers.ListField(child=serializers.DictField())


class SegmentPages(Pages):
    ordering = "ordinal"


class TranslationViewSet(mixins.DestroyModelMixin, RowsViewSet[Translation]):
    """Texts and documents in another language, newest first."""

    row_list = TRANSLATIONS
    serializer_class = TranslationSerializer
    filterset_fields = ["format", *PAIR]
    max_bytes = services.MAX_DOCUMENT_BYTES
    permissions = "translation.use"

    def get_parsers(self) -> list[parsers.BaseParser]:
        return [BoundedJSONParser(), parsers.MultiPartParser()]

    @extend_schema(
        request={
            "application/json": TextTranslationSerializer,
            "multipart/form-data": DocumentTranslationSerializer,
        },
        responses={202: TranslationSerializer},
    )
    def create(self, request: Request) -> Response:
        """Translate a `text`, or a `file`: Word, Markdown, HTML, subtitles or plain text. A file is read first; one that
        cannot be read ends as `failed`, with the reason in `error`.
        """
        actor = actor_of(request)
        if "file" in request.FILES:
            body = validated_body(request, DocumentTranslationSerializer)
            translation = services.translate_document(actor, name=body["file"].name, **body)
        else:
            translation = services.translate_text(actor, **validated_body(request, TextTranslationSerializer))
        # Fetched anew for the counts of its segments, which only the list's query has.
        translation = self.get_queryset().get(pk=translation.pk)
        return Response(self.get_serializer(translation).data, status=status.HTTP_202_ACCEPTED)

    def perform_destroy(self, instance: Translation) -> None:
        services.delete_translation(actor_of(self.request), instance)

    segments = ApiRead(
        selectors.segment_list, TranslationSegmentSerializer(many=True), pagination_class=SegmentPages
    )

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, filterset_fields=[])
    def export(self, request: Request, translation_id: UUID) -> FileResponse:
        """The translation in the format of its source."""
        translation = self.get_object()
        content = services.export_translation(actor_of(request), translation)
        return FileResponse(io.BytesIO(content), as_attachment=True, filename=translation.file_name)


class SegmentViewSet(mixins.RetrieveModelMixin, viewsets.GenericViewSet[TranslationSegment]):
    queryset = TranslationSegment.objects.none()
    serializer_class = TranslationSegmentSerializer
    lookup_url_kwarg = "translation_segment_id"
    permissions = "translation.use"

    def get_queryset(self) -> QuerySet[TranslationSegment]:
        rows = TranslationSegment.objects.within(actor_of(self.request).organisation)
        return rows.select_related("translation__job")

    def partial_update(self, request: Request, translation_segment_id: UUID) -> Response:
        """Review a segment: the translation as it should be, which the memory offers from now on."""
        segment = self.get_object()
        body = validated_body(request, TranslationSegmentSerializer, segment)
        target = body.get("target", segment.target)
        segment = services.review_segment(actor_of(request), segment, target=target)
        return Response(self.get_serializer(segment).data)


class GlossaryViewSet(ResourceViewSet[GlossaryTerm]):
    """How the organisation wants words translated. A term that is there already gets the new translation."""

    resource = GLOSSARY
    serializer_class = GlossaryTermSerializer


class MemoryViewSet(mixins.DestroyModelMixin, RowsViewSet[TranslationMemoryEntry]):
    """What people reviewed, and is used again for the same text."""

    rows = TranslationMemoryEntry.objects.within
    serializer_class = MemoryEntrySerializer
    filterset_fields = PAIR
    permissions = "translation.manage"

    def perform_destroy(self, instance: TranslationMemoryEntry) -> None:
        services.delete_memory_entry(actor_of(self.request), instance)


class FiguresView(APIView):
    permissions = "translation.use"

    @extend_schema(responses=TranslationFiguresSerializer, parameters=analytics.parameters(REPORT))
    def get(self, request: Request) -> Response:
        """How much was translated, what was marked, what came from memory."""
        results = REPORT.results(analytics.scope_of(REPORT, request))
        body = {
            "now": results.now,
            "metrics": REPORT.cards(results),
            "by_day": [{"day": day.key, **volume(day.totals)} for day in results.days],
            "by_pair": [
                {**dict(zip(PAIR, pair.key, strict=True)), **volume(pair.totals)}
                for pair in results.groups["pairs"]
            ],
        }
        return Response(TranslationFiguresSerializer(body).data)


@evaluation.adapter_view
class ReferenceSentenceViewSet(evaluation.QuestionViewSet):
    """Sentences with a good translation. `question_set` is a direction such as en-zh; `expected` holds `reference` and
    `min_similarity`, in per cent."""

    adapter = ADAPTER


@evaluation.adapter_view
class EvaluationRunViewSet(evaluation.RunViewSet):
    """All sentences of a direction translated once and compared with their references."""

    adapter = ADAPTER
