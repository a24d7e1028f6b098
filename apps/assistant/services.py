"""What members do with their chats: ask, ask again, put files in, share, file away, hand over, delete."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.answering import chat_tools
from apps.answering.chat_tools import HandedChat
from apps.answering.messages import checked_message
from apps.assistant import live, selectors
from apps.assistant.desk import USE
from apps.assistant.models import Chat, ChatFile, ChatFolder, ChatMessage
from apps.assistant.replies import ANSWER_MESSAGE
from apps.assistant.titles import title_of
from apps.audit import services as audit
from apps.core.errors import Conflict, InvalidInput, TooLarge
from apps.core.models import new_id
from apps.inference import selectors as inference
from apps.inference import storage
from apps.inference.models import Endpoint, Purpose
from apps.jobs import lifecycle
from apps.jobs import services as jobs
from apps.jobs.backed_by_job import UNDER_WAY
from apps.jobs.models import Job

MAX_CHATS = 5_000
MAX_MESSAGES = 1_000
MAX_FILES = 10
MAX_FOLDERS = 50
MAX_FILE_BYTES = 10 * 2**20

Files = Sequence["File[bytes]"]
Author = ChatMessage.Author
WAIT = _("Wait for the answer, or stop it first.")


@dataclass(frozen=True)
class NewQuestion:
    """`parent`: the answer that it follows; none for another beginning. `tool`: a program that answers, instead of the
    assistant. `collections`: what is searched from now on; None leaves it as it is.
    """

    text: str
    parent: UUID | None = None
    tool: str = ""
    collections: Sequence[UUID] | None = None
    files: Files = ()


@requires_permission(USE)
@transaction.atomic
def start_chat(actor: Actor, question: NewQuestion) -> Chat:
    """A new chat with its first question, which is its title too. Raises as `send_message` does."""
    if selectors.chat_list(actor).count() >= MAX_CHATS:
        raise Conflict(_("You have reached the limit of chats. Delete some first."))
    chat = Chat(
        organisation=actor.organisation,
        member=actor.member,
        api_key=actor.api_key,
        title=title_of(checked_message(question.text)),
    )
    chat.save(force_insert=True)
    audit.record(actor, action="chat.created", target=chat)
    send_message(actor, chat, question)
    return chat


@requires_permission(USE)
@transaction.atomic
def send_message(actor: Actor, chat: Chat, question: NewQuestion) -> ChatMessage:
    """Stores a question and orders what answers it. Raises InvalidInput, NotFound, Conflict, TooLarge, StorageFull and
    QuotaExceeded.
    """
    text = checked_message(question.text)
    _lock(chat, more=2)
    before = selectors.message_list(chat).one(pk=question.parent) if question.parent else None
    if before and (before.is_under_way or before.author == Author.MEMBER):
        raise Conflict(WAIT)
    if question.collections is not None:
        readable = selectors.readable_collections(actor)
        # Those that nobody may choose before the actor today stay chosen.
        kept = chat.collections.exclude(pk__in=readable.values("pk"))
        chosen = [readable.one(pk=each) for each in dict.fromkeys(question.collections)]
        chat.collections.set([*kept, *chosen])
    _add_files(actor, chat, question.files)
    asked = _new_message(chat, Author.MEMBER, parent=before, text=text)
    asked.save(force_insert=True)
    if not question.tool:
        return _order_answer(actor, chat, asked, None)
    desk, started = chat_tools.start(actor, question.tool, text)
    tool = {"desk": desk, "row": str(started.row_id), "label": started.label}
    answer = _new_message(chat, Author.APP, parent=asked, job=started.job, tool=tool)
    answer.save(force_insert=True)
    return answer


@requires_permission(USE)
@transaction.atomic
def repeat_answer(actor: Actor, message: ChatMessage, *, endpoint: UUID | None = None) -> ChatMessage:
    """Another answer beside the one that is there, by another endpoint where one is named. Raises NotFound and Conflict."""
    if message.author != Author.ASSISTANT or message.parent is None:
        raise Conflict(_("Only an answer of the assistant can be written again."))
    _lock(message.chat, more=1)
    if selectors.message_list(message.chat).filter(UNDER_WAY, parent=message.parent).exists():
        raise Conflict(WAIT)
    chosen = _offered_endpoint(actor, endpoint) if endpoint else None
    return _order_answer(actor, message.chat, message.parent, chosen)


@requires_permission(USE)
def stop_answer(actor: Actor, message: ChatMessage) -> None:
    """What was written so far stays. Raises Conflict where it has ended already."""
    jobs.cancel_job(message.job)


@requires_permission(USE)
@transaction.atomic
def confirm_call(actor: Actor, message: ChatMessage) -> ChatMessage:
    """What the model would call and what acts is done as it stands there. Raises Conflict where it was decided already."""
    return _decide_call(actor, message, ChatMessage.CallState.CONFIRMED, "chat_call.confirmed")


@requires_permission(USE)
@transaction.atomic
def decline_call(actor: Actor, message: ChatMessage) -> ChatMessage:
    """It is not done; what else was chosen goes on. Raises Conflict where it was decided already."""
    return _decide_call(actor, message, ChatMessage.CallState.DECLINED, "chat_call.declined")


@requires_permission(USE)
@transaction.atomic
def delete_file(actor: Actor, file: ChatFile) -> None:
    """Answers that quoted it keep what they quoted."""
    audit.record(actor, action="chat_file.deleted", target=file.chat)
    file.delete()


@requires_permission(USE)
@transaction.atomic
def change_chat(actor: Actor, chat: Chat, *, title: str, folder: UUID | None = None) -> None:
    """Renames a chat and puts it into a folder, or into none. Raises InvalidInput, also for a folder that is gone."""
    title = " ".join(title.split())[:120]
    if not title:
        raise InvalidInput(fields={"title": [_("Enter a title.")]})
    chat.title = title
    chat.folder = selectors.folder_list(actor).filter(pk=folder).first() if folder else None
    if folder and not chat.folder:
        raise InvalidInput(fields={"folder": [_("This folder was deleted. Choose another one.")]})
    chat.save(update_fields=["title", "folder"])
    audit.record(actor, action="chat.changed", target=chat)


@requires_permission(USE)
@transaction.atomic
def share_chat(actor: Actor, chat: Chat) -> None:
    """Every member of the organisation who has the link may read the chat, also what is written later."""
    if chat.shared_at is None:
        chat.shared_at = timezone.now()
        chat.save(update_fields=["shared_at"])
        audit.record(actor, action="chat.shared", target=chat)


@requires_permission(USE)
@transaction.atomic
def revoke_share(actor: Actor, chat: Chat) -> None:
    """The link leads nowhere from now on."""
    chat.shared_at = None
    chat.save(update_fields=["shared_at"])
    audit.record(actor, action="chat.share_revoked", target=chat)


@requires_permission(USE)
def hand_over(actor: Actor, chat: Chat, *, receiver: str, at: UUID | None = None) -> str:
    """Makes something of another desk from the branch of a chat through `at`, or the newest; answers its address. Raises
    NotFound, Conflict, and what the desk's own service raises.
    """
    taker = chat_tools.receiver(actor, receiver)
    messages = selectors.branch(list(selectors.message_list(chat)), at)
    told = [(message.author, message.full_text) for message in messages if message.full_text]
    address = taker.take(actor, HandedChat(chat.title, told))
    audit.record(actor, action="chat.handed_over", target=chat, details={"receiver": receiver})
    return address


@requires_permission(USE)
@transaction.atomic
def delete_chat(actor: Actor, chat: Chat) -> None:
    """With its messages, its files and what their jobs hold. An answer that is being written is stopped."""
    audit.record(actor, action="chat.deleted", target=chat)
    erase_chats([chat])
    live.announce(chat)


def erase_chats(chats: Sequence[Chat]) -> None:
    """Inside the caller's transaction. Runs of other desks that a chat started are theirs, and stay."""
    own = ChatMessage.objects.filter(chat__in=chats, author=Author.ASSISTANT)
    lifecycle.erase(Job.objects.filter(pk__in=own.exclude(job=None).values("job")))
    Chat.objects.filter(pk__in=[chat.pk for chat in chats]).delete()


@requires_permission(USE)
@transaction.atomic
def create_folder(actor: Actor, *, name: str) -> ChatFolder:
    """Raises Conflict where there are too many, or for a key, which has none."""
    if actor.member is None:
        raise Conflict(_("Only members have folders."))
    if selectors.folder_list(actor).count() >= MAX_FOLDERS:
        raise Conflict(_("You can have at most %(count)d folders.") % {"count": MAX_FOLDERS})
    folder = ChatFolder(
        organisation=actor.organisation, member=actor.member, name=" ".join(name.split())[:80]
    )
    folder.save(force_insert=True)
    audit.record(actor, action="chat_folder.created", target=folder)
    return folder


@requires_permission(USE)
@transaction.atomic
def delete_folder(actor: Actor, folder: ChatFolder) -> None:
    """The chats in it stay."""
    audit.record(actor, action="chat_folder.deleted", target=folder)
    folder.delete()


def _decide_call(
    actor: Actor, message: ChatMessage, state: ChatMessage.CallState, action: str
) -> ChatMessage:
    """The first decision counts. The answer goes on in a job of its own."""
    _lock(message.chat, more=0)
    row = selectors.message_list(message.chat).one(pk=message.pk)
    if row.is_under_way:
        # Its job may say still that nothing has been done, or be tried again beside the new one.
        raise Conflict(WAIT)
    call = next((each for each in row.calls or () if each["state"] == ChatMessage.CallState.ASKED), None)
    if call is None:
        raise Conflict(_("This has been decided already."))
    call["state"] = state.value
    # It says that nothing has been done, which would stay there where the job is stopped or fails.
    row.text, row.sentences = "", []
    row.job = jobs.create_row_job(actor, ANSWER_MESSAGE, row)
    row.save(update_fields=["calls", "text", "sentences", "job"])
    audit.record(actor, action=action, target=message.chat, details={"tool": call["tool"]})
    return row


def _add_files(actor: Actor, chat: Chat, files: Files) -> None:
    """A worker reads them before it answers."""
    if not files:
        return
    if selectors.file_list(chat).count() + len(files) > MAX_FILES:
        raise Conflict(_("A chat can hold at most %(count)d files.") % {"count": MAX_FILES})
    if any((file.size or 0) > MAX_FILE_BYTES for file in files):
        raise TooLarge(details={"largest": MAX_FILE_BYTES})
    storage.require_room(actor.organisation, sum(file.size or 0 for file in files))
    for file in files:
        ChatFile(
            organisation=actor.organisation,
            chat=chat,
            name=PurePath(file.name or "").name[:200],
            content=file.read(),
            size=file.size or 0,
        ).save(force_insert=True)


def _new_message(chat: Chat, author: str, **fields: Any) -> ChatMessage:
    return ChatMessage(id=new_id(), organisation_id=chat.organisation_id, chat=chat, author=author, **fields)


def _order_answer(actor: Actor, chat: Chat, question: ChatMessage, endpoint: Endpoint | None) -> ChatMessage:
    answer = _new_message(chat, Author.ASSISTANT, parent=question, endpoint=endpoint)
    answer.job = jobs.create_row_job(actor, ANSWER_MESSAGE, answer)
    answer.save(force_insert=True)
    return answer


def _offered_endpoint(actor: Actor, endpoint_id: UUID) -> Endpoint:
    offered = {endpoint.pk for endpoint in inference.candidates(actor.organisation, Purpose.ASSISTANT)}
    if endpoint_id not in offered:
        raise Conflict(_("This model is not offered any more. Choose another one."))
    # What is offered is remembered for a moment: it may be gone.
    return Endpoint.objects.visible_to(actor.organisation).one(pk=endpoint_id)


def _lock(chat: Chat, *, more: int) -> None:
    """One writer for a chat until its transaction ends. Raises NotFound, and Conflict where no `more` messages fit in."""
    locked = Chat.objects.within(chat.organisation_id).select_for_update().one(pk=chat.pk)
    if more and selectors.message_list(chat).count() + more > MAX_MESSAGES:
        raise Conflict(_("This chat is full. Start a new one."))
    locked.changed_at = timezone.now()
    locked.save(update_fields=["changed_at"])
    live.announce(locked)
