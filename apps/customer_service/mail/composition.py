"""Mail out: a message as an answer in the visitor's own thread."""

from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from django.template.loader import render_to_string

from apps.customer_service.channels.delivery_errors import PermanentError
from apps.customer_service.conversations import rendering
from apps.customer_service.conversations.models import Contact, Conversation, Message
from apps.customer_service.mail import smtp, threads
from apps.customer_service.mail.auto_reply_detection import CHANNEL_HEADER
from apps.customer_service.mail.models import MailAccount, MailMessage

MAX_REFERENCES = 20


def compose(account: MailAccount, message: Message) -> EmailMessage:
    """Raises PermanentError when there is nobody to write to."""
    conversation = message.conversation
    # The visitor's last mail before the message.
    mails = conversation.mail_messages.filter(visitor_message__ordinal__lt=message.ordinal)
    answered_mail = mails.order_by("-visitor_message__ordinal").first()
    recipient = _recipient(conversation, answered_mail)
    domain = account.address.rpartition("@")[2]
    body = rendering.render_message(message)
    mail = EmailMessage(policy=SMTP)
    try:
        mail["From"] = Address(_line(conversation.channel.name), addr_spec=account.address)
        mail["To"] = Address(_line(conversation.visitor_name), addr_spec=recipient)
    except (ValueError, IndexError, MessageError) as error:
        raise PermanentError("recipient", recipient) from error
    mail["Subject"] = _subject(message, answered_mail)
    mail["Date"] = format_datetime(message.created_at)
    mail["Message-ID"] = threads.message_id_of(message, domain)
    mail[CHANNEL_HEADER] = str(conversation.channel_id)
    if names := _named_before(message, answered_mail, domain):
        mail["In-Reply-To"], mail["References"] = names[-1], " ".join(names)
    # RFC 3834: another machine must see that no person wrote it, and not answer.
    if message.author != Message.Author.AGENT:
        mail["Auto-Submitted"] = "auto-replied"
        mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(body.whole, cte="quoted-printable")
    html = render_to_string(
        "customer_service/mail/mail.html", {"body": body, "language": conversation.language}
    )
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    return mail


def send(account: MailAccount, mail: EmailMessage) -> str:
    """Returns the Message-ID. Touches no database. Raises PermanentError or TemporaryError."""
    smtp.send(account, mail, mail["To"].addresses[0].addr_spec)
    return str(mail["Message-ID"])


def _recipient(conversation: Conversation, answered_mail: MailMessage | None) -> str:
    if answered_mail:
        return _answer_address(conversation, answered_mail)
    contact = Contact.objects.filter(
        organisation_id=conversation.organisation_id, visitor_id=conversation.visitor_id
    ).first()
    if contact is None or not contact.email:
        raise PermanentError("no_address")
    return contact.email


def _answer_address(conversation: Conversation, answered_mail: MailMessage) -> str:
    """Reply-To counts where the conversation began with it or the sender is verified: else a forged mail would draw
    the answers to its writer."""
    is_verified = answered_mail.sender_check == MailMessage.SenderCheck.VERIFIED
    is_known = bool(answered_mail.reply_to) and (
        is_verified or threads.may_be_answered_at(conversation, answered_mail.reply_to)
    )
    return answered_mail.reply_to if is_known else answered_mail.sender


def _subject(message: Message, answered_mail: MailMessage | None) -> str:
    """Plain in the first mail of a conversation that staff began: it answers nothing."""
    conversation = message.conversation
    if answered_mail is None and message.ordinal == 1:
        return _line(conversation.subject)
    first = conversation.mail_messages.exclude(token="").order_by("id").first()
    subject = (answered_mail and answered_mail.subject) or conversation.subject
    return _line(threads.answer_subject(subject, first.token if first else ""))


def _named_before(message: Message, answered_mail: MailMessage | None, domain: str) -> list[str]:
    """The mails that it goes on with, by their Message-IDs, the last one it answers: the visitor's, or else our own."""
    if answered_mail:
        references = [name for name in answered_mail.references.split() if name != answered_mail.message_id]
        return (
            [*references[-(MAX_REFERENCES - 1) :], answered_mail.message_id]
            if answered_mail.message_id
            else []
        )
    ours = message.conversation.messages.filter(ordinal__lt=message.ordinal).exclude(
        author=Message.Author.VISITOR
    )
    names = [threads.message_id_of(each, domain) for each in ours.order_by("ordinal")]
    return names[-MAX_REFERENCES:]


def _line(text: str) -> str:
    """A header is one line, whatever a name or subject holds."""
    return " ".join(text.split())
