"""What the visitors' API takes and gives, without the token in the header."""

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from apps.core import languages
from apps.customer_service.attachments.services import attachment_body
from apps.customer_service.conversations.models import Attachment, Conversation, Message
from apps.customer_service.conversations.serializers import MessageSerializer

Body = dict[str, Any]


class AttachmentSerializer(serializers.Serializer[Body]):
    """A file that came with a message. `url` opens it for a month, without a token."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Attachment.Kind.choices)
    name = serializers.CharField()
    content_type = serializers.CharField()
    size = serializers.IntegerField()
    url = serializers.CharField()


@extend_schema_serializer(component_name="VisitorTurn")
class VisitorMessageSerializer(MessageSerializer):
    attachments = serializers.SerializerMethodField()
    options = serializers.ListField(
        child=serializers.CharField(), read_only=True, help_text="Of a question back: what may be chosen."
    )

    class Meta(MessageSerializer.Meta):
        fields = [*MessageSerializer.Meta.fields, "action", "options", "attachments"]
        read_only_fields = fields

    @extend_schema_field(AttachmentSerializer(many=True))
    def get_attachments(self, message: Message) -> list[Body]:
        return [attachment_body(attachment) for attachment in message.attachments.all()]


class OwedAnswerSerializer(serializers.Serializer[Body]):
    """The answer that the latest message waits for. Follow `events`."""

    state = serializers.CharField()
    stage = serializers.CharField(allow_blank=True)
    events = serializers.CharField()


class QueuePlaceSerializer(serializers.Serializer[Body]):
    """A conversation that waits for a person. `position` counts from 1."""

    position = serializers.IntegerField()
    is_open_now = serializers.BooleanField()
    opens_at = serializers.DateTimeField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True)


class RatingSerializer(serializers.Serializer[Body]):
    score = serializers.IntegerField(min_value=1, max_value=5)
    comment = serializers.CharField(max_length=1000, allow_blank=True, default="")


class StandingSerializer(serializers.Serializer[Body]):
    """Where a conversation stands, in the visitor's eyes."""

    conversation = serializers.UUIDField()
    state = serializers.ChoiceField(choices=Conversation.State.choices)
    line = serializers.CharField(
        allow_blank=True, help_text="The same in a sentence, in the visitor's language."
    )
    is_with_person = serializers.BooleanField()
    can_ask_for_person = serializers.BooleanField()
    answer = OwedAnswerSerializer(allow_null=True)
    queue = QueuePlaceSerializer(allow_null=True)
    wants_address = serializers.BooleanField(
        help_text="Nobody is here now and no e-mail address is known: ask for one with `contact/`."
    )
    asks_for_rating = serializers.BooleanField()
    rating = RatingSerializer(allow_null=True)


class VisitorConversationSerializer(StandingSerializer):
    turns = VisitorMessageSerializer(many=True)


@extend_schema_serializer(component_name="SentTurn")
class SentMessageSerializer(serializers.Serializer[Body]):
    id = serializers.UUIDField()
    ordinal = serializers.IntegerField()
    author = serializers.ChoiceField(choices=Message.Author.choices)
    text = serializers.CharField()


class SentSerializer(StandingSerializer):
    turn = SentMessageSerializer(allow_null=True)


class StartedSerializer(SentSerializer):
    token = serializers.CharField(help_text="Send it as “Authorization: Visitor <token>” from now on.")


class NewVisitorConversationSerializer(serializers.Serializer[Body]):
    channel = serializers.SlugField(max_length=40)
    message = serializers.CharField(
        trim_whitespace=False, allow_blank=True, required=False, help_text="None: files come first."
    )
    visitor_name = serializers.CharField(required=False, max_length=80, allow_blank=True)
    email = serializers.EmailField(required=False, allow_blank=True)
    identity = serializers.CharField(
        required=False, max_length=4000, allow_blank=True, help_text="Signed by the shop, see docs/widget.md."
    )
    language = serializers.ChoiceField(choices=languages.CHOICES, required=False)


class NewVisitorMessageSerializer(serializers.Serializer[Body]):
    text = serializers.CharField(trim_whitespace=False, allow_blank=True, default="")
    attachments = serializers.ListField(
        child=serializers.UUIDField(), max_length=10, default=list, help_text="Files uploaded before."
    )


class NewAttachmentSerializer(serializers.Serializer[Body]):
    file = serializers.FileField()
    kind = serializers.ChoiceField(
        choices=Attachment.Kind.choices,
        default=Attachment.Kind.FILE,
        help_text="`voice`: it is written down and becomes a message by itself; follow `events`.",
    )


class StoredAttachmentSerializer(AttachmentSerializer):
    events = serializers.CharField(allow_null=True, help_text="Of a voice message: how far listening is.")


class IdentitySerializer(serializers.Serializer[Body]):
    channel = serializers.SlugField(max_length=40)
    identity = serializers.CharField(max_length=4000)


class KnownVisitorSerializer(serializers.Serializer[Body]):
    """`conversation` and `token`: what this person has open already, on whatever device; else null."""

    visitor = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    conversation = serializers.UUIDField(allow_null=True)
    token = serializers.CharField(allow_null=True)


class ContactDetailsSerializer(serializers.Serializer[Body]):
    name = serializers.CharField(max_length=80, allow_blank=True, default="")
    email = serializers.EmailField()


class EventsSerializer(serializers.Serializer[Body]):
    events = serializers.CharField()
