"""The chats of whoever asks, the branches of one, and what was shared with everybody."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from uuid import UUID

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, own_rows
from apps.assistant.models import Chat, ChatFile, ChatFolder, ChatMessage
from apps.core.errors import PermissionDenied
from apps.core.models import OrganisationQuerySet
from apps.knowledge import rights
from apps.knowledge.models import Collection

# In no folder, of the list beside a chat; older ones are found by searching.
LISTED_CHATS = 200
# The version of the ids that `files.passage_id` gives.
_OF_FILES = 5


def chat_list(actor: Actor) -> OrganisationQuerySet[Chat]:
    chats = Chat.objects.within(actor.organisation).filter(own_rows(actor))
    return chats.select_related("folder").order_by("-changed_at", "-id")


def own_chat(actor: Actor, chat_id: object) -> Chat:
    return chat_list(actor).one(pk=chat_id)


def shared_chat(actor: Actor, chat_id: object) -> tuple[Chat, list[ChatMessage]]:
    """What any member of the organisation may read, as long as its owner wants it, with its messages. Raises
    PermissionDenied where it was answered from documents that are closed to the actor.
    """
    shared = Chat.objects.within(actor.organisation).exclude(shared_at=None)
    chat = shared.select_related("member__user", "api_key").one(pk=chat_id)
    messages = list(message_list(chat))
    cited = {
        each["passage"]: each.get("document")
        for message in messages
        for each in message.citations
        # Those of files are named by their content, and are no rows.
        if each["passage"] and UUID(each["passage"]).version != _OF_FILES
    }
    read = frozenset(_read_by_programs(messages))
    if rights.rests_on_closed(actor, chat.collections.all(), cited, read):
        raise PermissionDenied(_("This chat was answered from documents that you may not read."))
    return chat, messages


def _read_by_programs(messages: Sequence[ChatMessage]) -> Iterator[str]:
    """Ids of the documents that apps read for these answers."""
    for message in messages:
        for call in message.calls or ():
            yield from call.get("documents", ())
        if message.tool_result:
            yield from message.tool_result.documents


def message_list(chat: Chat) -> OrganisationQuerySet[ChatMessage]:
    """All branches together, oldest first."""
    messages = ChatMessage.objects.within(chat.organisation_id).filter(chat=chat)
    return messages.select_related("job", "organisation").order_by("id")


def own_messages(actor: Actor) -> OrganisationQuerySet[ChatMessage]:
    return ChatMessage.objects.within(actor.organisation).filter(own_rows(actor, "chat__"))


def own_message(actor: Actor, chat_message_id: object) -> ChatMessage:
    return own_messages(actor).select_related("chat", "job", "parent").one(pk=chat_message_id)


def folder_list(actor: Actor) -> OrganisationQuerySet[ChatFolder]:
    """None of a key: a folder is a member's."""
    return ChatFolder.objects.within(actor.organisation).filter(member=actor.member).order_by("id")


def own_folder(actor: Actor, chat_folder_id: object) -> ChatFolder:
    return folder_list(actor).one(pk=chat_folder_id)


def own_file(actor: Actor, chat_file_id: object) -> ChatFile:
    files = ChatFile.objects.within(actor.organisation).filter(own_rows(actor, "chat__"))
    return files.select_related("chat").one(pk=chat_file_id)


def file_list(chat: Chat) -> OrganisationQuerySet[ChatFile]:
    """Without what lies in them, which is long."""
    files = ChatFile.objects.within(chat.organisation_id).filter(chat=chat)
    return files.defer("content", "passages").order_by("id")


def branch(messages: Sequence[ChatMessage], at: UUID | None = None) -> list[ChatMessage]:
    """From the first message through `at` to the newest that follows it; without one, to the newest of all."""
    by_id = {message.pk: message for message in messages}
    followers = siblings(messages)
    leaf = by_id.get(at) if at else None
    leaf = leaf or (messages[-1] if messages else None)
    while leaf and followers[leaf.pk]:
        leaf = followers[leaf.pk][-1]
    path: list[ChatMessage] = []
    while leaf:
        path.append(leaf)
        leaf = by_id.get(leaf.parent_id) if leaf.parent_id else None
    return path[::-1]


def siblings(messages: Sequence[ChatMessage]) -> dict[UUID | None, list[ChatMessage]]:
    """The messages under each parent, oldest first."""
    by_parent: dict[UUID | None, list[ChatMessage]] = defaultdict(list)
    for message in messages:
        by_parent[message.parent_id].append(message)
    return by_parent


def readable_collections(actor: Actor) -> OrganisationQuerySet[Collection]:
    """Those that may be searched for the actor."""
    return rights.readable_collections(actor).order_by("name")


def stored_bytes(organisation_id: UUID) -> int:
    """How many bytes the files of all chats take."""
    return ChatFile.objects.within(organisation_id).aggregate(sum=Sum("size"))["sum"] or 0
