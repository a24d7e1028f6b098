"""Which conversation a mail goes on with: by the mails it names, then by the token in its subject or address.

Whoever saw a mail knows its Message-ID, and forwarding gives it away. So a mail goes on with a conversation only when it
comes from the visitor's own address, and not where the receiving server found the sender forged.
"""

import secrets
from dataclasses import dataclass
from uuid import UUID

from django.utils.crypto import constant_time_compare, salted_hmac

from apps.customer_service.conversations.models import Conversation, Message, OutgoingMessage
from apps.customer_service.mail.models import MailAccount, MailMessage
from apps.customer_service.mail.parsing import Mail
from apps.customer_service.mail.sender_authentication import Verdict
from apps.customer_service.mail.senders import visitor_id_of
from llm_backend import patterns

TOKEN_CHARACTERS = 8
# Without I, O, 0 and 1, which people confuse when they write a subject down.
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_TOKEN = patterns.compile(rf"\[#([{_ALPHABET}]{{{TOKEN_CHARACTERS}}})\]")
_OURS = patterns.compile(r"<([0-9a-f]{32})\.([0-9a-f]{16})@[^<>\s]+>")
_ANSWER_MARK = patterns.compile(r"^\s*((re|aw|sv|回复|回覆|答复|回信)\s*[:：]\s*)+", patterns.IGNORECASE)


def new_token() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(TOKEN_CHARACTERS))


def message_id_of(message: Message, domain: str) -> str:
    """The same each time the message is sent, so mail programs show a repetition once. Nobody can make one up."""
    return f"<{message.pk.hex}.{_signature(message.pk)}@{domain}>"


@dataclass(frozen=True)
class Thread:
    """`conversation`: the one that the mail goes on with. `other`: one that it names and may not write in."""

    conversation: Conversation | None = None
    other: Conversation | None = None


def thread_of(account: MailAccount, mail: Mail) -> Thread:
    conversation = _named_conversation(account, mail)
    if conversation is None:
        return Thread()
    is_own = mail.sender_check.verdict != Verdict.FAILED and visitor_id_of(mail.sender) in _writers(
        conversation
    )
    return Thread(conversation=conversation) if is_own else Thread(other=conversation)


def may_be_answered_at(conversation: Conversation, address: str) -> bool:
    """The address is the visitor's, by the mail that began the conversation or because we wrote there first."""
    return visitor_id_of(address) in _writers(conversation)


def _writers(conversation: Conversation) -> set[str]:
    """The visitor, and where the first mail asked for answers: forms of shops write for those who filled them in."""
    first = conversation.mail_messages.filter(visitor_message__ordinal=1).first()
    reply_to = {visitor_id_of(first.reply_to)} if first and first.reply_to else set()
    return {conversation.visitor_id} | reply_to


def _named_conversation(account: MailAccount, mail: Mail) -> Conversation | None:
    """By our own mails that it names, then by the visitor's, then by a token in its subject or address."""
    own = Conversation.objects.within(account.organisation_id).filter(channel=account.channel_id)
    message_pks = [message_pk for name in mail.references if (message_pk := _message_pk(name))]
    # A mail may name messages of several conversations: the one that moved last counts.
    if message_pks and (
        conversation := own.filter(messages__in=message_pks).order_by("-last_activity_at").first()
    ):
        return conversation
    mails = MailMessage.objects.filter(account=account, conversation__isnull=False)
    tokens = _TOKEN.findall(mail.subject)
    tokens += [
        address.partition("@")[0].rpartition("+")[2].upper() for address in mail.recipients if "+" in address
    ]
    earlier = (
        mails.filter(message_id__in=mail.references).select_related("conversation").order_by("-id").first()
        or mails.filter(token__in=[token for token in tokens if token]).select_related("conversation").first()
    )
    return earlier.conversation if earlier else None


def returned_message(account: MailAccount, mail: Mail) -> OutgoingMessage | None:
    """The mail of ours that a delivery report is about: by its Message-ID, else, as some servers repeat no more than the
    subject, the last one of the conversation whose token stands there.
    """
    told = " ".join([mail.report, *mail.references, mail.subject, mail.text])
    ids = [message_pk for match in _OURS.finditer(told) if (message_pk := _message_pk(match.group()))]
    own = OutgoingMessage.objects.within(account.organisation_id).filter(
        message__conversation__channel=account.channel_id
    )
    of_token = own.filter(
        message__conversation__mail_messages__token__in=_TOKEN.findall(told), state=OutgoingMessage.State.SENT
    )
    return own.filter(message__in=ids).first() or of_token.order_by("-message__ordinal").first()


def answer_subject(subject: str, token: str) -> str:
    """“Re: …” once, and the token for mail programs that drop the reference."""
    plain = _TOKEN.sub("", _ANSWER_MARK.sub("", subject)).strip()
    marked = f"Re: {plain}" if plain else "Re:"
    return f"{marked} [#{token}]" if token else marked


def plain_subject(subject: str) -> str:
    return _TOKEN.sub("", _ANSWER_MARK.sub("", subject)).strip()


def _message_pk(name: str) -> UUID | None:
    match = _OURS.fullmatch(name)
    if match is None:
        return None
    message_pk = UUID(match.group(1))
    return message_pk if constant_time_compare(match.group(2), _signature(message_pk)) else None


def _signature(message_pk: UUID) -> str:
    # 64 bits are more than anybody tries through a mail server.
    return salted_hmac("customer_service.mail", message_pk.hex).hexdigest()[:16]
