from typing import Any

from rest_framework import serializers

from apps.core import languages
from apps.customer_service.inbox import notes, tags
from apps.customer_service.models import CannedReply, Contact, Note, Tag


class TagSerializer(serializers.ModelSerializer[Tag]):
    class Meta:
        model = Tag
        fields = ["id", "name"]
        read_only_fields = fields


class NewTagSerializer(serializers.Serializer[dict[str, Any]]):
    name = serializers.CharField(max_length=tags.LONGEST)


class MergeTagSerializer(serializers.Serializer[dict[str, Any]]):
    into = serializers.UUIDField(help_text="The tag that stays.")


class NoteSerializer(serializers.ModelSerializer[Note]):
    """Visitors never see it."""

    member_name = serializers.SerializerMethodField()

    class Meta:
        model = Note
        fields = ["id", "text", "after", "member", "member_name", "created_at"]
        read_only_fields = fields

    def get_member_name(self, note: Note) -> str | None:
        return str(note.member.user) if note.member else None


class NewNoteSerializer(serializers.Serializer[dict[str, Any]]):
    text = serializers.CharField(max_length=notes.LONGEST)


class CannedReplySerializer(serializers.ModelSerializer[CannedReply]):
    class Meta:
        model = CannedReply
        fields = ["id", "shortcut", "text", "language"]
        read_only_fields = fields


class NewCannedReplySerializer(serializers.Serializer[dict[str, Any]]):
    shortcut = serializers.SlugField(max_length=40, allow_unicode=True)
    text = serializers.CharField(
        max_length=4000, help_text="{visitor_name} and {agent_name} become names when it is used."
    )
    language = serializers.ChoiceField(choices=languages.CHOICES)


class ContactSerializer(serializers.ModelSerializer[Contact]):
    class Meta:
        model = Contact
        fields = [
            "id",
            "visitor_id",
            "name",
            "email",
            "phone",
            "note",
            "attributes",
            "is_verified",
            "created_at",
        ]
        read_only_fields = ["id", "visitor_id", "attributes", "is_verified", "created_at"]
