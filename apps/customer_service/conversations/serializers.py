from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from apps.customer_service.channels import embedding
from apps.customer_service.channels.models import Channel
from apps.customer_service.channels.services import ChannelContents
from apps.customer_service.channels.visitor_knowledge import nameable_collections
from apps.customer_service.conversations.models import Citation, Conversation, Message
from apps.customer_service.conversations.services import ReceivedMessage
from apps.customer_service.understanding.models import MessageUnderstanding
from apps.jobs import selectors as jobs
from apps.jobs.models import Job
from apps.knowledge.models import Collection


class ChannelSerializer(serializers.ModelSerializer[Channel]):
    chat_url = serializers.CharField(read_only=True, help_text="The visitors' page.")

    class Meta:
        model = Channel
        fields = [
            "id",
            "kind",
            "name",
            "slug",
            "chat_url",
            "collections",
            "language",
            "greeting",
            "tone",
            "instructions",
            "unsupported_sentences",
            "is_answered_by_bot",
            "allowed_domains",
            "accepts_files",
            "is_enabled",
            "archived_at",
            "created_at",
        ]
        read_only_fields = ["id", "kind", "slug", "archived_at", "created_at"]

    def get_fields(self) -> dict[str, Any]:
        """Only what the actor may read can be chosen, and what was chosen before."""
        fields = super().get_fields()
        actor, channel = (
            self.context.get("actor"),
            self.instance if isinstance(self.instance, Channel) else None,
        )
        own = nameable_collections(actor, channel) if actor else Collection.objects.none()
        fields["collections"] = serializers.PrimaryKeyRelatedField(many=True, queryset=own, required=False)
        return fields

    def validate_allowed_domains(self, lines: list[str]) -> list[str]:
        return embedding.checked_origins(lines)


class ChannelErasureSerializer(serializers.Serializer[Any]):
    conversations = serializers.IntegerField(min_value=0, help_text="As many as there are in it.")
    files = serializers.IntegerField(min_value=0)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return {"contents": ChannelContents(**attrs)}


class CitationSerializer(serializers.ModelSerializer[Citation]):
    class Meta:
        model = Citation
        fields = ["number", "passage", "document_title", "heading", "text", "start", "end", "is_edited"]
        read_only_fields = fields


class SentenceSerializer(serializers.Serializer[dict[str, Any]]):
    """A sentence of an answer, by its place in the text, and the citation that supports it."""

    start = serializers.IntegerField()
    end = serializers.IntegerField()
    is_supported = serializers.BooleanField()
    citation = serializers.IntegerField(allow_null=True)


@extend_schema_serializer(component_name="Turn")
class MessageSerializer(serializers.ModelSerializer[Message]):
    citations = CitationSerializer(many=True, read_only=True)
    sentences = SentenceSerializer(many=True, read_only=True)
    member_name = serializers.SerializerMethodField()

    class Meta:
        model = Message
        fields = [
            "id",
            "ordinal",
            "author",
            "member_name",
            "text",
            "answers",
            "is_unanswered",
            "action",
            "source",
            "citations",
            "sentences",
            "created_at",
        ]
        read_only_fields = fields

    def get_member_name(self, message: Message) -> str | None:
        return str(message.member.user) if message.member else None


class EntitySerializer(serializers.Serializer[dict[str, Any]]):
    """`text` as it was written; `value` in one spelling: `1299.00 CNY`, `2026-03-05`."""

    kind = serializers.ChoiceField(choices=["order_number", "amount", "date", "product"])
    text = serializers.CharField()
    value = serializers.CharField()


class UnderstandingSerializer(serializers.ModelSerializer[MessageUnderstanding]):
    entities = EntitySerializer(many=True, read_only=True)

    class Meta:
        model = MessageUnderstanding
        fields = [
            "intent",
            "intent_source",
            "intent_confidence",
            "sentiment",
            "trend",
            "is_urgent",
            "language",
            "entities",
        ]
        read_only_fields = fields


@extend_schema_serializer(component_name="StaffTurn")
class StaffMessageSerializer(MessageSerializer):
    """With what was read from a visitor's message; null until it was, and for everybody else's."""

    understanding = UnderstandingSerializer(read_only=True, allow_null=True)

    class Meta(MessageSerializer.Meta):
        fields = [*MessageSerializer.Meta.fields, "understanding"]
        read_only_fields = fields


class AnswerJobSerializer(serializers.ModelSerializer[Job]):
    """The job that owes an answer. Follow `events`, or look at the job."""

    events = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()

    class Meta:
        model = Job
        fields = ["id", "state", "stage", "error", "events"]
        read_only_fields = fields

    def get_events(self, job: Job) -> str:
        return reverse("api:job-events", args=[job.pk])

    def get_error(self, job: Job) -> dict[str, str] | None:
        return jobs.error_of(job)


class ConversationSerializer(serializers.ModelSerializer[Conversation]):
    turn_count = serializers.IntegerField(source="message_count", read_only=True)
    answer_job = AnswerJobSerializer(read_only=True)
    tags = serializers.SlugRelatedField(slug_field="name", many=True, read_only=True)  # type: ignore[var-annotated]

    class Meta:
        model = Conversation
        fields = [
            "id",
            "channel",
            "visitor_id",
            "visitor_name",
            "state",
            "subject",
            "answered_by",
            "assigned_to",
            "handled_by",
            "language",
            "turn_count",
            "read_through",
            "trend",
            "is_urgent",
            "tags",
            "resolution",
            "reopen_count",
            "summary",
            "summary_through",
            "answer_job",
            "created_at",
            "last_activity_at",
        ]
        read_only_fields = fields


class NewConversationSerializer(serializers.Serializer[dict[str, Any]]):
    channel = serializers.UUIDField()
    message = serializers.CharField(
        required=False, help_text="The first message.", trim_whitespace=False, allow_blank=True
    )
    visitor_id = serializers.CharField(required=False, max_length=64, help_text="Your own id of this person.")
    visitor_name = serializers.CharField(required=False, max_length=80, allow_blank=True)
    stream = serializers.BooleanField(
        default=False, help_text="Answer as OpenAI-style chunks instead of 202 and a job."
    )


class NewMessageSerializer(serializers.Serializer[dict[str, Any]]):
    text = serializers.CharField(trim_whitespace=False, allow_blank=True)
    stream = serializers.BooleanField(
        default=False, help_text="Answer as OpenAI-style chunks instead of 202 and a job."
    )


class ReplySerializer(serializers.Serializer[dict[str, Any]]):
    text = serializers.CharField(trim_whitespace=False, allow_blank=True)


class TakeOverSerializer(serializers.Serializer[dict[str, Any]]):
    from_member = serializers.UUIDField(
        source="from_member_id",
        required=False,
        allow_null=True,
        help_text="The colleague from whom it is taken.",
    )


class ReceivedSerializer(serializers.Serializer[ReceivedMessage]):
    """A stored message. `job` is null while a member of staff handles the conversation."""

    conversation = ConversationSerializer()
    turn = MessageSerializer(allow_null=True)
    job = AnswerJobSerializer(allow_null=True)
    events = serializers.CharField(allow_null=True, help_text="Where to follow the answer.")


def received_body(received: ReceivedMessage) -> dict[str, Any]:
    """Written by hand: this is the hottest answer of the platform, and its rows are all in memory."""
    conversation, message, job = received.conversation, received.message, received.job
    events = reverse("api:job-events", args=[job.pk]) if job else None
    return {
        "conversation": {
            "id": conversation.pk,
            "channel": conversation.channel_id,
            "visitor_id": conversation.visitor_id,
            "state": conversation.state,
            "handled_by": conversation.handled_by_id,
            "language": conversation.language,
            "turn_count": conversation.message_count,
        },
        "turn": message
        and {"id": message.pk, "ordinal": message.ordinal, "author": message.author, "text": message.text},
        "job": job and {"id": job.pk, "state": job.state, "events": events},
        "events": events,
    }
