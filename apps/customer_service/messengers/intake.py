"""Which messengers there are, and what happens with a message that one of them brings."""

from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from apps.accounts import switches
from apps.accounts.actors import Actor
from apps.customer_service.channels.models import Channel
from apps.customer_service.channels.plain_text import clean
from apps.customer_service.conversations import messages, services
from apps.customer_service.conversations.models import Conversation, Message
from apps.customer_service.conversations.services import Visitor
from apps.customer_service.inbox.models import Note
from apps.customer_service.messengers.adapter import Incoming, Messenger
from apps.customer_service.messengers.models import MessengerAccount
from apps.customer_service.messengers.telegram import Telegram

# Room for “(corrected) ” before a text, in whatever language.
MARK_CHARACTERS = 20
MESSENGERS: dict[str, Messenger] = {Channel.Kind.TELEGRAM: Telegram()}


def account_of(kind: str, account_id: UUID) -> MessengerAccount | None:
    """An account whose messenger may call us; None also when its channel is closed."""
    if kind not in MESSENGERS:
        return None
    rows = MessengerAccount.objects.filter(pk=account_id, channel__kind=kind, channel__is_enabled=True)
    return switches.of_open(rows).select_related("channel__organisation").first()


def visitor_id(account: MessengerAccount, chat_id: str) -> str:
    return f"{account.channel.kind}:{chat_id}"[:64]


def chat_id(conversation: Conversation) -> str:
    return conversation.visitor_id.partition(":")[2]


@transaction.atomic
def receive(account: MessengerAccount, incoming: Incoming) -> None:
    """Stores the message; a job answers it. The same one again changes nothing."""
    # Two updates of one chat at once would open two conversations.
    MessengerAccount.objects.select_for_update(of=("self",)).get(pk=account.pk)
    visitor = Visitor(visitor_id(account, incoming.chat_id), clean(incoming.name), incoming.language)
    # A chat is one conversation: whoever writes again opens it again.
    chats = Conversation.objects.filter(channel=account.channel, visitor_id=visitor.id)
    conversation = chats.order_by("-created_at").first()
    if incoming.is_start:
        if conversation is None:
            conversation = _new_conversation(account, visitor)
            with translation.override(conversation.language):
                greeting = account.channel.greeting or _("Hello! How can we help you?")
            _write_notice(conversation, greeting, key=_key(account, incoming))
        return
    text = clean(incoming.text).strip()[: settings.MESSAGE_MAX_CHARACTERS - MARK_CHARACTERS]
    if text and incoming.is_edited:
        text = f"({_('corrected')}) {text}"
    if text:
        conversation = _take_message(account, visitor, conversation, incoming, text)
    if incoming.files or not text:
        _say_that_files_are_not_read(account, visitor, conversation, incoming)


def _take_message(
    account: MessengerAccount,
    visitor: Visitor,
    conversation: Conversation | None,
    incoming: Incoming,
    text: str,
) -> Conversation:
    actor, key = _actor(account, visitor), _key(account, incoming)
    if conversation is None:
        return services.start_conversation(
            actor, channel=account.channel, visitor=visitor, message=text, idempotency_key=key
        ).conversation
    return services.receive_message(
        actor, conversation_id=conversation.pk, text=text, idempotency_key=key
    ).conversation


def _say_that_files_are_not_read(
    account: MessengerAccount, visitor: Visitor, conversation: Conversation | None, incoming: Incoming
) -> None:
    """Staff see that something came; it stays in the messenger."""
    key = f"{_key(account, incoming)}:files"
    if Message.objects.within(account.organisation_id).filter(idempotency_key=key).exists():
        return
    rows = Conversation.objects.select_related("channel").select_for_update(of=("self",))
    conversation = rows.get(pk=(conversation or _new_conversation(account, visitor)).pk)
    with translation.override(conversation.language):
        message = _write_notice(
            conversation, _("Files cannot be viewed here. Please describe your question in text."), key=key
        )
    with translation.override(account.channel.language):
        kinds = ", ".join(incoming.files) or "?"
        note = _("The visitor sent content that can only be viewed in the messenger: %(kinds)s") % {
            "kinds": kinds
        }
    Note.objects.create(
        organisation_id=account.organisation_id, conversation=conversation, text=note, after=message.ordinal
    )


def _new_conversation(account: MessengerAccount, visitor: Visitor) -> Conversation:
    return services.start_conversation(
        _actor(account, visitor), channel=account.channel, visitor=visitor
    ).conversation


def _write_notice(conversation: Conversation, text: str, *, key: str) -> Message:
    message = messages.next_message(conversation, Message.Author.NOTICE, text, idempotency_key=key)
    messages.store(message)
    conversation.save(update_fields=["message_count", "last_activity_at"])
    return message


def _actor(account: MessengerAccount, visitor: Visitor) -> Actor:
    return Actor(account.channel.organisation, visitor=visitor.id)


def _key(account: MessengerAccount, incoming: Incoming) -> str:
    return f"{account.channel.kind}:{account.pk}:{incoming.id}"[:120]
