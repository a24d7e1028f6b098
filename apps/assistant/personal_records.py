"""Chats of a member: erased with what is theirs. A report tells that there are some, not what they say: whoever asks for it
may not read them, and the member does.
"""

from collections.abc import Callable

from apps.assistant import services
from apps.assistant.models import Chat, ChatFile, ChatFolder, ChatMessage
from apps.privacy import registry
from apps.privacy.members import MEMBER, MemberScope
from apps.privacy.registry import Holding, Rows


def _chats(scope: MemberScope) -> Rows:
    return Chat.objects.within(scope.organisation_id).filter(scope.own_rows)


def _in_chats(model: type[ChatMessage] | type[ChatFile]) -> Callable[[MemberScope], Rows]:
    return lambda scope: model.objects.within(scope.organisation_id).filter(chat__in=_chats(scope))


def _folders(scope: MemberScope) -> Rows:
    return ChatFolder.objects.within(scope.organisation_id).filter(member=scope.member_id)


registry.register(
    # Messages and files go with their chats.
    Holding(
        MEMBER, ChatMessage, _in_chats(ChatMessage), lambda rows, scope: None, fields=("author", "created_at")
    ),
    Holding(MEMBER, ChatFile, _in_chats(ChatFile), lambda rows, scope: None, fields=("size", "created_at")),
    Holding(
        MEMBER,
        Chat,
        _chats,
        lambda rows, scope: services.erase_chats(list(rows)),
        fields=("created_at", "changed_at", "shared_at"),
    ),
    Holding(MEMBER, ChatFolder, _folders, fields=("created_at",)),
)
