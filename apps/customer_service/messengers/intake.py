"""Which messengers there are, and what happens with a message that one of them brings."""

import logging
from dataclasses import asdict
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts import switches
from apps.accounts.actors import Actor
from apps.customer_service.channels.models import Channel
from apps.customer_service.channels.plain_text import clean
from apps.customer_service.conversations import activity, services
from apps.customer_service.conversations.models import Conversation, Message
from apps.customer_service.conversations.selectors import of_conversations
from apps.customer_service.conversations.services import Visitor
from apps.customer_service.inbox.models import Note
from apps.customer_service.messengers.adapter import Delivery, Fetcher, Incoming, Listener, Messenger
from apps.customer_service.messengers.dingtalk import DingTalk
from apps.customer_service.messengers.feishu import Feishu
from apps.customer_service.messengers.models import MessengerAccount
from apps.customer_service.messengers.telegram import Telegram
from apps.customer_service.messengers.wecom import WeCom
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.models import Job
from apps.jobs.subjects import Subject, of_rows

logger = logging.getLogger(__name__)

# Room for “(corrected) ” before a text, in whatever language.
MARK_CHARACTERS = 20
MAX_VISITOR_ID_CHARACTERS = 64
_FEISHU, _WECOM, _DINGTALK = Feishu(), WeCom(), DingTalk()
MESSENGERS: dict[str, Messenger] = {
    Channel.Kind.TELEGRAM: Telegram(),
    Channel.Kind.FEISHU: _FEISHU,
    Channel.Kind.WECOM: _WECOM,
    Channel.Kind.DINGTALK: _DINGTALK,
}
LISTENERS: dict[str, Listener] = {Channel.Kind.FEISHU: _FEISHU, Channel.Kind.DINGTALK: _DINGTALK}
FETCHERS: dict[str, Fetcher] = {Channel.Kind.WECOM: _WECOM}

FETCH_FILES = JobType(
    "customer_service.fetch_files",
    queue="interactive",
    label=gettext_lazy("Fetch files from a messenger"),
    may_see=holders_of("conversations.view"),
    may_cancel=holders_of("conversations.reply"),
    subject=of_conversations,
    # What they may take is asked when they are stored, as for files of the chat page.
    is_free=True,
)
FETCH_MESSAGES = JobType(
    "customer_service.fetch_messages",
    queue="interactive",
    label=gettext_lazy("Fetch messages from a messenger"),
    may_see=holders_of("conversations.manage"),
    subject=of_rows(
        Channel.objects.within,
        lambda channel: Subject(channel.name, reverse("customer_service:channel", args=[channel.pk])),
    ),
    # What is fetched is counted as it is answered.
    is_free=True,
)


def account_of(kind: str, account_id: UUID) -> MessengerAccount | None:
    """An account whose messenger may call us; None also when its channel is closed."""
    if kind not in MESSENGERS:
        return None
    rows = MessengerAccount.objects.filter(pk=account_id, channel__kind=kind, channel__is_enabled=True)
    return switches.of_open(rows).select_related("channel__organisation").first()


def visitor_id(account: MessengerAccount, chat_id: str) -> str:
    return f"{account.channel.kind}:{chat_id}"


def chat_id(conversation: Conversation) -> str:
    return conversation.visitor_id.partition(":")[2]


def take(account: MessengerAccount, delivery: Delivery) -> None:
    """What a call brought that has proved to be the messenger's."""
    if account.connected_at is None:
        MessengerAccount.objects.filter(pk=account.pk).update(connected_at=timezone.now(), error="")
    if delivery.message:
        receive(account, delivery.message)
    if delivery.fetch_token is not None:
        inputs = {"account_id": str(account.pk), "token": delivery.fetch_token}
        actor, subject = Actor(account.channel.organisation), f"channel:{account.channel_id}"
        jobs.create_job(actor, kind=FETCH_MESSAGES, inputs=inputs, subject=subject)


@transaction.atomic
def receive(account: MessengerAccount, incoming: Incoming) -> None:
    """Stores the message; a job answers it, and another fetches its files. The same one again changes nothing."""
    if len(visitor_id(account, incoming.chat_id)) > MAX_VISITOR_ID_CHARACTERS:
        # Cut off, it might be somebody else's.
        logger.warning("a visitor of %s has too long an id", account.channel.kind)
        return
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
        # Else a short message would be in the language of its mark.
        language = conversation.language if conversation else visitor.language
        with translation.override(language or account.channel.language):
            text = f"({_('corrected')}) {text}"
    if text:
        conversation = _take_message(account, visitor, conversation, incoming, text)
    conversation = conversation or _new_conversation(account, visitor)
    key = f"{_key(account, incoming)}:files"
    if incoming.attachments:
        _fetch_later(account, conversation, incoming, key=key)
    elif incoming.files or not text:
        say_that_files_are_not_read(conversation, incoming.files, key=key)


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


def _fetch_later(
    account: MessengerAccount, conversation: Conversation, incoming: Incoming, *, key: str
) -> None:
    # The account's row is locked: nobody else asks for the same at this moment.
    if Job.objects.within(account.organisation_id).filter(idempotency_key=key).exists():
        return
    inputs = {
        "account_id": str(account.pk),
        "conversation_id": str(conversation.pk),
        "key": key,
        "files": [asdict(file) for file in incoming.attachments],
    }
    jobs.create_job(
        Actor(account.channel.organisation, visitor=conversation.visitor_id),
        kind=FETCH_FILES,
        inputs=inputs,
        subject=f"conversation:{conversation.pk}",
        idempotency_key=key,
    )


def say_that_files_are_not_read(conversation: Conversation, kinds: tuple[str, ...], *, key: str) -> None:
    """Staff see that something came; it stays in the messenger."""
    if Message.objects.within(conversation.organisation_id).filter(idempotency_key=key).exists():
        return
    rows = Conversation.objects.select_related("channel").select_for_update(of=("self",))
    conversation = rows.get(pk=conversation.pk)
    with translation.override(conversation.language):
        message = _write_notice(
            conversation, _("Files cannot be viewed here. Please describe your question in text."), key=key
        )
    with translation.override(conversation.channel.language):
        note = _("The visitor sent content that can only be viewed in the messenger: %(kinds)s") % {
            "kinds": ", ".join(kinds) or "?"
        }
    Note.objects.create(
        organisation_id=conversation.organisation_id,
        conversation=conversation,
        text=note,
        after=message.ordinal,
    )


def _new_conversation(account: MessengerAccount, visitor: Visitor) -> Conversation:
    return services.start_conversation(
        _actor(account, visitor), channel=account.channel, visitor=visitor
    ).conversation


def _write_notice(conversation: Conversation, text: str, *, key: str) -> Message:
    message = activity.next_message(conversation, Message.Author.NOTICE, text, idempotency_key=key)
    activity.store(message)
    conversation.save(update_fields=["message_count", "last_activity_at"])
    return message


def _actor(account: MessengerAccount, visitor: Visitor) -> Actor:
    return Actor(account.channel.organisation, visitor=visitor.id)


def _key(account: MessengerAccount, incoming: Incoming) -> str:
    return f"{account.channel.kind}:{account.pk}:{incoming.id}"[:120]
