from typing import Any
from uuid import UUID

import django_filters
from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import mixins, parsers, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.access import actor_of
from apps.accounts.act_declaration import ApiAct, ApiDelete
from apps.core.api import BoundedJSONParser, Pages, validated_body
from apps.knowledge import acts, rights, selectors, services
from apps.knowledge.models import AccessGrant, Collection, Document, DocumentQuerySet, Passage
from apps.knowledge.passages import MAX_CHARACTERS
from apps.knowledge.resources import COLLECTIONS, DOCUMENTS
from apps.resources.api import ApiRead, RowsViewSet
from llm_backend.unicode_forms import nfc

IDEMPOTENCY_KEY = OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER)
MOST_HITS = 50


class CollectionSerializer(serializers.ModelSerializer[Collection]):
    documents_count = serializers.IntegerField(read_only=True, default=0)
    failed_count = serializers.IntegerField(read_only=True, default=0)
    passages_count = serializers.IntegerField(source="readable_passages_count", read_only=True, default=0)

    class Meta:
        model = Collection
        fields = [
            "id",
            "name",
            "language",
            "documents_count",
            "failed_count",
            "passages_count",
            "is_restricted",
            "created_at",
        ]
        read_only_fields = ["is_restricted", "created_at"]
        extra_kwargs = {"language": {"required": False}}


class SecondReadingSerializer(serializers.Serializer[Any]):
    """Of a recognised page that was shown to a model, too. `state`: it looked, did not answer (`away`), or was not asked as
    it was not found to read reliably. `corrected`: lines that took its letters; `differences`: what was recognised, which is
    kept, and what the model read, the first of `differences_count`.
    """

    page = serializers.IntegerField(min_value=1)
    state = serializers.ChoiceField(choices=["looked", "away", "not_trusted"])
    corrected = serializers.IntegerField(default=0)
    differences = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField(), min_length=2, max_length=2), default=list
    )
    differences_count = serializers.IntegerField(default=0)


class DocumentSerializer(serializers.ModelSerializer[Document]):
    """`progress` is that of the job that reads it; follow the job's events for every step. `recognised_pages`: those whose
    text was recognised from pictures, so that it may contain mistakes; `unread_pages`: those that could not be read;
    `second_readings`: what a model made of recognised pages.
    """

    state = serializers.ChoiceField(choices=Document.State.choices, read_only=True)
    stage = serializers.CharField(source="job.stage", read_only=True, default="")
    progress = serializers.FloatField(source="job.progress", read_only=True, default=None)
    error = serializers.SerializerMethodField()
    second_readings = SecondReadingSerializer(many=True, read_only=True)

    class Meta:
        model = Document
        fields = [
            "id",
            "collection",
            "title",
            "file_name",
            "media_type",
            "size",
            "digest",
            "state",
            "stage",
            "progress",
            "error",
            "passages_count",
            "recognised_pages",
            "unread_pages",
            "second_readings",
            "is_live",
            "is_restricted",
            "job",
            "created_at",
        ]
        read_only_fields = fields

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}, "nullable": True})
    def get_error(self, document: Document) -> dict[str, str] | None:
        return document.error


class UploadSerializer(serializers.Serializer[Any]):
    """Other content under the name of a document replaces it as soon as it is ready. Without a `collection` it goes to
    that of unsorted documents, which is made where there is none.
    """

    collection = serializers.UUIDField(required=False)
    file = serializers.FileField(max_length=200, allow_empty_file=True)


class PlaceSerializer(serializers.Serializer[Any]):
    """A page, from 1, and the left, top, right and bottom there, in shares of its width and height."""

    page = serializers.IntegerField(min_value=1)
    box = serializers.ListField(child=serializers.FloatField(), min_length=4, max_length=4, allow_null=True)


class PassageSerializer(serializers.ModelSerializer[Passage]):
    """`original_text`: what was read, where people wrote something else or joined passages. `is_off`: no search finds it.
    `version`: send it with a change.
    """

    places = PlaceSerializer(many=True, read_only=True)
    is_edited = serializers.BooleanField(read_only=True)
    original_text = serializers.CharField(source="read_text", read_only=True)

    class Meta:
        model = Passage
        fields = [
            "id",
            "document",
            "ordinal",
            "heading",
            "text",
            "places",
            "language",
            "tokens_count",
            "is_live",
            "is_off",
            "is_edited",
            "original_text",
            "changed_at",
            "version",
        ]
        read_only_fields = fields


class ChangeSerializer(serializers.Serializer[Any]):
    """`rest`: becomes a passage of its own right behind this one. `version`: of the passage that was read."""

    text = serializers.CharField(max_length=MAX_CHARACTERS)
    rest = serializers.CharField(max_length=MAX_CHARACTERS, required=False, allow_blank=True)
    version = serializers.IntegerField(min_value=1)


class JoinSerializer(serializers.Serializer[Any]):
    version = serializers.IntegerField(min_value=1)


class SearchSerializer(serializers.Serializer[Any]):
    question = serializers.CharField(max_length=selectors.LONGEST_QUESTION)
    collections = serializers.ListField(
        child=serializers.UUIDField(), required=False, help_text="All of the organisation's when left out."
    )
    limit = serializers.IntegerField(min_value=1, max_value=MOST_HITS, default=5)


class HitSerializer(serializers.Serializer[selectors.Hit]):
    passage = serializers.UUIDField(source="passage_id")
    document = serializers.UUIDField(source="document_id")
    document_title = serializers.CharField()
    heading = serializers.CharField()
    text = serializers.CharField()
    score = serializers.FloatField()
    lexical_score = serializers.FloatField()
    similarity = serializers.FloatField(allow_null=True)
    text_rank = serializers.IntegerField(allow_null=True)
    vector_rank = serializers.IntegerField(allow_null=True)
    places = PlaceSerializer(many=True)
    is_edited = serializers.BooleanField(help_text="People wrote it, beside what was read.")


class FoundSerializer(serializers.Serializer[selectors.SearchResult]):
    """`mode` is "text" when no embeddings were to be had, so only words were compared."""

    mode = serializers.ChoiceField(choices=["hybrid", "text"])
    hits = HitSerializer(many=True)


class AccessGrantSerializer(serializers.ModelSerializer[AccessGrant]):
    """Who may read what is restricted: `member`, `role` or `group`; `holder`: as people call it."""

    holder = serializers.CharField(read_only=True)

    class Meta:
        model = AccessGrant
        fields = ["id", "member", "role", "group", "holder", "may_edit", "created_at"]
        read_only_fields = fields


class GrantSerializer(serializers.Serializer[Any]):
    """One of `member`, `role` and `group`. `may_edit`: of a collection."""

    member = serializers.UUIDField(required=False)
    role = serializers.CharField(required=False, max_length=20)
    group = serializers.CharField(required=False, max_length=200)
    may_edit = serializers.BooleanField(required=False)


class RevokeSerializer(serializers.Serializer[Any]):
    grant = serializers.UUIDField()


class RetriedSerializer(serializers.Serializer[Any]):
    retried = serializers.IntegerField(source="*")


class PassagePages(Pages):
    ordering = "ordinal"


class CollectionViewSet(mixins.CreateModelMixin, RowsViewSet[Collection]):
    """Documents that are searched together."""

    row_list = COLLECTIONS
    serializer_class = CollectionSerializer
    permissions = {
        "grants": "knowledge.edit",
        "create": "knowledge.edit",
    }

    def perform_create(self, serializer: serializers.BaseSerializer[Collection]) -> None:
        serializer.instance = services.create_collection(actor_of(self.request), **serializer.validated_data)

    destroy = ApiDelete(acts.DELETE_COLLECTION)

    retry_failed = ApiAct(
        acts.RETRY_FAILED,
        "Read the documents again that failed or were cancelled, and no others.",
        answer=RetriedSerializer,
        code=202,
        url_path="retry-failed",
    )

    grants = ApiRead(rights.grants_of, AccessGrantSerializer(many=True))
    restrict = ApiAct(
        acts.RESTRICT_COLLECTION, "Close a collection to all but owners and those who are named.", code=204
    )
    open = ApiAct(acts.OPEN_COLLECTION, "Open a collection to everybody who may view knowledge.", code=204)
    grant = ApiAct(
        acts.GRANT_COLLECTION,
        "Let a member, a role or a group read a restricted collection.",
        body=GrantSerializer,
        answer=AccessGrantSerializer,
        code=201,
    )
    revoke = ApiAct(acts.REVOKE_COLLECTION, "Take a grant back.", body=RevokeSerializer, code=204)


class DocumentFilter(django_filters.FilterSet):  # type: ignore[misc]
    collection = django_filters.UUIDFilter(field_name="collection_id")
    failed = django_filters.BooleanFilter(method="only_failed")

    def only_failed(self, documents: DocumentQuerySet, _name: str, value: bool) -> DocumentQuerySet:
        return documents.failed() if value else documents


class DocumentViewSet(RowsViewSet[Document]):
    """Uploaded files, newest first."""

    row_list = DOCUMENTS
    serializer_class = DocumentSerializer
    filterset_class = DocumentFilter
    max_bytes = settings.UPLOAD_MAX_BYTES
    permissions = {
        "passages": "knowledge.view",
        "grants": "knowledge.edit",
        "create": "knowledge.edit",
    }

    def get_parsers(self) -> list[parsers.BaseParser]:
        return [parsers.MultiPartParser(), BoundedJSONParser()]

    @extend_schema(
        request={"multipart/form-data": UploadSerializer},
        responses={200: DocumentSerializer, 202: DocumentSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    def create(self, request: Request) -> Response:
        """Upload a file: PDF, Word, PowerPoint, Excel, OpenDocument sheets, EPUB, mail, HTML, Markdown, text, CSV or a
        picture. 200 when the collection has it already.
        """
        body, actor = validated_body(request, UploadSerializer), actor_of(request)
        file = body["file"]
        upload = services.upload_document(
            actor,
            collection=self._collection(body["collection"])
            if "collection" in body
            else services.unsorted_collection(actor),
            file=file,
            name=nfc(file.name),
            idempotency_key=request.headers.get("Idempotency-Key"),
        )
        code = status.HTTP_202_ACCEPTED if upload.is_new else status.HTTP_200_OK
        return Response(self.get_serializer(upload.document).data, status=code)

    destroy = ApiDelete(acts.DELETE_DOCUMENT)

    retry = ApiAct(acts.RETRY_DOCUMENT, "Read a document again that failed or was cancelled.", code=202)

    grants = ApiRead(rights.grants_of, AccessGrantSerializer(many=True))
    restrict = ApiAct(
        acts.RESTRICT_DOCUMENT, "Close a document to all but owners and those who are named.", code=204
    )
    open = ApiAct(acts.OPEN_DOCUMENT, "Open a document to everybody who reads its collection.", code=204)
    grant = ApiAct(
        acts.GRANT_DOCUMENT,
        "Let a member, a role or a group read a restricted document.",
        body=GrantSerializer,
        answer=AccessGrantSerializer,
        code=201,
    )
    revoke = ApiAct(acts.REVOKE_DOCUMENT, "Take a grant back.", body=RevokeSerializer, code=204)

    passages = ApiRead(selectors.passage_list, PassageSerializer(many=True), pagination_class=PassagePages)

    def _collection(self, collection_id: UUID) -> Collection:
        collection = rights.readable_collections(actor_of(self.request)).filter(pk=collection_id).first()
        if collection is None:
            raise Http404
        return collection


class PassageViewSet(mixins.RetrieveModelMixin, viewsets.GenericViewSet[Passage]):
    """Pieces of documents that answers are built from and cite."""

    queryset = Passage.objects.none()
    lookup_url_kwarg = "passage_id"
    serializer_class = PassageSerializer
    permissions = {"retrieve": "knowledge.view"}

    def get_queryset(self) -> QuerySet[Passage]:
        return selectors.readable_passage_list(actor_of(self.request))

    change = ApiAct(
        acts.CHANGE_PASSAGE,
        "Write another text. What was read is kept, and a new version of the document takes the change over where the text"
        " is found again.",
        body=ChangeSerializer,
    )
    join = ApiAct(
        acts.JOIN_PASSAGES,
        "Join it with the passage behind it. A new version of the document is joined too, where both texts are found again.",
        body=JoinSerializer,
    )
    switch_off = ApiAct(acts.SWITCH_OFF_PASSAGE, "Leave it out of searches.", url_path="switch-off")
    switch_on = ApiAct(acts.SWITCH_ON_PASSAGE, "Let searches find it again.", url_path="switch-on")


class SearchView(APIView):
    permissions = "knowledge.view"

    @extend_schema(request=SearchSerializer, responses=FoundSerializer)
    def post(self, request: Request) -> Response:
        """The passages that most likely answer a question, by words and by meaning."""
        actor, query = actor_of(request), validated_body(request, SearchSerializer)
        collections = selectors.chosen_collections(actor, query.get("collections"))
        result = selectors.search(
            actor, collections=collections, question=query["question"], limit=query["limit"]
        )
        return Response(FoundSerializer(result).data)
