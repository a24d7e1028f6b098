from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.accounts.act_declaration import ApiAct
from apps.accounts.actors import Actor
from apps.connectors import acts, services
from apps.connectors.forms import ApiSourceItemFilter, SourceForm
from apps.connectors.models import DocumentSource, SourceItem
from apps.connectors.resources import DOCUMENT_SOURCES, SOURCE_ITEMS
from apps.core.api import validated_body
from apps.core.forms import validated_fields
from apps.resources.api import RowsViewSet


class DocumentSourceSerializer(serializers.ModelSerializer[DocumentSource]):
    """`settings`: what its kind has to be told, as the portal's form asks for it. `error`: why the last look failed.
    `held_deletions`: so many documents went at once that a person is asked before they go here.
    """

    documents_count = serializers.IntegerField(read_only=True, default=0)
    failed_count = serializers.IntegerField(read_only=True, default=0)
    error = serializers.CharField(source="error_text", read_only=True)

    class Meta:
        model = DocumentSource
        fields = ["id", "name", "kind", "collection", "settings", "interval", "is_paused", "job"]
        fields += ["documents_count", "failed_count", "left_out", "held_deletions", "error"]
        fields += ["synced_at", "next_sync_at", "created_at"]
        read_only_fields = fields


class SourceChangeSerializer(serializers.Serializer[Any]):
    """The secret (a password, a key, a token) goes in and never comes out; one that is left out stays."""

    name = serializers.CharField(max_length=80)
    interval = serializers.ChoiceField(choices=DocumentSource.Interval.choices)
    settings = serializers.DictField()
    secret = serializers.CharField(required=False, max_length=2000, trim_whitespace=False)


class NewSourceSerializer(SourceChangeSerializer):
    kind = serializers.ChoiceField(choices=DocumentSource.SourceKind.choices)
    collection = serializers.UUIDField()


class DeleteSourceSerializer(serializers.Serializer[Any]):
    keeps_documents = serializers.BooleanField()


class PauseSourceSerializer(serializers.Serializer[Any]):
    is_paused = serializers.BooleanField()


class SourceItemSerializer(serializers.ModelSerializer[SourceItem]):
    """`problem`: why it is not in step."""

    state = serializers.ChoiceField(source="sync_state", choices=SourceItem.State.choices, read_only=True)
    problem = serializers.CharField(source="problem_text", read_only=True)

    class Meta:
        model = SourceItem
        fields = [
            "id",
            "source",
            "key",
            "name",
            "state",
            "problem",
            "document",
            "first_seen_at",
            "changed_at",
        ]
        read_only_fields = fields


class DocumentSourceViewSet(RowsViewSet[DocumentSource]):
    """Places whose documents are fetched into a collection and kept in step."""

    row_list = DOCUMENT_SOURCES
    serializer_class = DocumentSourceSerializer
    permissions = {"create": "knowledge.edit", "update": "knowledge.edit"}

    @extend_schema(request=NewSourceSerializer, responses={201: DocumentSourceSerializer})
    def create(self, request: Request) -> Response:
        """Set a source up and begin to fetch."""
        body, actor = validated_body(request, NewSourceSerializer), actor_of(request)
        source = services.create_source(actor, kind=body["kind"], **_checked(body, actor, kind=body["kind"]))
        return self.answer(source, status.HTTP_201_CREATED)

    @extend_schema(request=SourceChangeSerializer)
    def update(self, request: Request, **_ids: str) -> Response:
        """Change what it is told. Another address asks for its secret again."""
        source, actor = self.get_object(), actor_of(request)
        body = validated_body(request, SourceChangeSerializer)
        fields = _checked(body, actor, kind=source.kind, source=source)
        return self.answer(services.change_source(actor, source, **fields))

    sync = ApiAct(acts.START_SYNC, "Look into the source now.", code=202)
    delete_missing = ApiAct(
        acts.DELETE_MISSING, "Delete what is no longer at the source although that is much.", code=202
    )
    pause = ApiAct(acts.PAUSE_DOCUMENT_SOURCE, "Pause it, or let it go on.", body=PauseSourceSerializer)
    delete = ApiAct(
        acts.DELETE_DOCUMENT_SOURCE,
        "Take it away, with the documents that it brought or without them.",
        body=DeleteSourceSerializer,
        code=204,
    )


class SourceItemViewSet(RowsViewSet[SourceItem]):
    """What sources hold, what of it could not be fetched, and why."""

    row_list = SOURCE_ITEMS
    serializer_class = SourceItemSerializer
    filterset_class = ApiSourceItemFilter


def _checked(
    body: dict[str, Any], actor: Actor, *, kind: str, source: DocumentSource | None = None
) -> dict[str, Any]:
    """Through the form of the kind, which says what each value may be."""
    values = {name: value for name, value in body.items() if name not in ("settings", "kind")}
    return validated_fields(SourceForm({**body["settings"], **values}, actor=actor, kind=kind, source=source))
