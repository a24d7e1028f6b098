"""One mail: a visitor's message for a conversation, or something that is kept aside and never answered."""

import hashlib
from datetime import timedelta

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from apps.accounts.actors import Actor
from apps.core.imap import FetchedMail
from apps.customer_service.channels.plain_text import clean
from apps.customer_service.conversations import activity, services
from apps.customer_service.conversations.models import Conversation, OutgoingMessage
from apps.customer_service.conversations.services import ReceivedMessage
from apps.customer_service.inbox.models import Note
from apps.customer_service.mail import attachments, auto_reply_detection, threads
from apps.customer_service.mail.models import MailAccount, MailMessage
from apps.customer_service.mail.parsing import File, Mail
from apps.customer_service.mail.senders import correspondent, visitor_id_of
from apps.customer_service.mail.threads import Thread

Outcome = MailMessage.Outcome

# More than a person writes: a machine that does not say so.
MAX_PER_HOUR = 30
KEPT_CHARACTERS = 8000
# “Where is it?” is a question only together with its subject.
SHORT_CHARACTERS = 200
# The date a mail names may be wrong by a few days, but not by more.
OLDEST = timedelta(days=7)


def take(account: MailAccount, fetched_mail: FetchedMail, mail: Mail) -> bool:
    """In the caller's transaction, which also notes that the mail was read. False for a copy of one taken before."""
    if MailMessage.objects.filter(account=account, digest=mail.digest).exists():
        return False
    outcome, detail = _outcome(account, mail)
    row = _row(account, fetched_mail, mail, outcome=outcome, detail=detail)
    thread = threads.thread_of(account, mail)
    row.conversation = thread.conversation
    if outcome == Outcome.MESSAGE:
        _receive(account, row, fetched_mail, mail)
        _tell_of_another(row, thread)
    else:
        row.text = mail.text[:KEPT_CHARACTERS]
        row.save(force_insert=True)
        _tell_staff(account, row, mail)
    return True


def note_unreadable(account: MailAccount, fetched_mail: FetchedMail, *, reason: str) -> bool:
    """Keeps a mail aside with the lines by which somebody finds it in the mailbox. False for a copy of one that was
    noted before.
    """
    digest = hashlib.sha256(fetched_mail.content).hexdigest()
    beginning = fetched_mail.content[:KEPT_CHARACTERS].decode("ascii", "replace").replace("\x00", "")
    _row, is_new = MailMessage.objects.get_or_create(
        account=account,
        digest=digest,
        defaults={
            "organisation_id": account.organisation_id,
            "outcome": Outcome.UNREADABLE,
            "detail": reason[:300],
            "text": beginning,
            "subject": _line_of(beginning, "subject")[:300],
            "sender_name": _line_of(beginning, "from")[:200],
            "uid": fetched_mail.uid,
            "size": fetched_mail.size,
        },
    )
    return is_new


def _line_of(beginning: str, name: str) -> str:
    """A header as it stands there: nothing is parsed."""
    for line in beginning.splitlines():
        if line.lower().startswith(f"{name}:"):
            return clean(line.partition(":")[2].strip())
    return ""


def take_as_message(row: MailMessage) -> Conversation:
    """Somebody of staff says that what was kept aside comes from a visitor. In the caller's transaction."""
    mail = Mail(
        message_id=row.message_id,
        sender=row.sender,
        sender_name=row.sender_name,
        reply_to=row.reply_to,
        subject=row.subject,
        text=row.text,
    )
    row.token = threads.new_token()
    received = _deliver(row.account, row, mail)
    row.conversation, row.visitor_message, row.outcome = (
        received.conversation,
        received.message,
        Outcome.MESSAGE,
    )
    row.save(update_fields=["conversation", "visitor_message", "outcome", "token"])
    return received.conversation


def _outcome(account: MailAccount, mail: Mail) -> tuple[Outcome, str]:
    own = MailAccount.objects.within(account.organisation_id).values_list("address", flat=True)
    outcome, detail = auto_reply_detection.outcome_of(
        mail, own_addresses={address.lower() for address in own}
    )
    if outcome != Outcome.MESSAGE:
        return outcome, detail
    if mail.sent_at and mail.sent_at < account.reads_since - OLDEST:
        return Outcome.OLD, mail.sent_at.isoformat()
    lately = MailMessage.objects.filter(
        account=account, sender=mail.sender, created_at__gte=timezone.now() - timedelta(hours=1)
    )
    if lately.count() >= MAX_PER_HOUR:
        return Outcome.LOOP, mail.sender
    return (outcome, "") if mail.sender else (Outcome.UNREADABLE, "From")


def _row(
    account: MailAccount, fetched_mail: FetchedMail, mail: Mail, *, outcome: Outcome, detail: str
) -> MailMessage:
    return MailMessage(
        organisation_id=account.organisation_id,
        account=account,
        outcome=outcome,
        detail=detail[:300],
        sender=mail.sender,
        sender_name=mail.sender_name,
        sender_check=mail.sender_check.verdict,
        checked_by=mail.sender_check.server[:200],
        reply_to=mail.reply_to,
        subject=mail.subject,
        message_id=mail.message_id,
        references=" ".join(mail.references),
        digest=mail.digest,
        uid=fetched_mail.uid,
        size=fetched_mail.size,
        token=threads.new_token() if outcome == Outcome.MESSAGE else "",
    )


def _receive(account: MailAccount, row: MailMessage, fetched_mail: FetchedMail, mail: Mail) -> None:
    received = _deliver(account, row, mail)
    row.conversation, row.visitor_message = received.conversation, received.message
    row.save(force_insert=True)
    if received.message is None:
        return
    if received.conversation.visitor_id != visitor_id_of(mail.sender):
        attachments.write_note(
            received.message, _("This e-mail came from %(sender)s.") % {"sender": mail.sender}
        )
    with translation.override(received.conversation.language):
        attachments.store(received.message, _files(fetched_mail, mail))
        if not fetched_mail.is_whole:
            size = fetched_mail.size // 2**20
            note = _("This e-mail is %(size)d MB. Only the beginning was read; the rest is in the mailbox.")
            attachments.write_note(received.message, note % {"size": size})


def _tell_of_another(row: MailMessage, thread: Thread) -> None:
    """Staff learn why an answer to a known mail began a conversation of its own."""
    if row.visitor_message is None or thread.conversation or thread.other is None:
        return
    names = {"visitor": thread.other.visitor_name, "sender": row.sender}
    with translation.override(thread.other.channel.language):
        if row.sender_check == MailMessage.SenderCheck.FAILED:
            text = _(
                "This e-mail refers to the conversation with %(visitor)s, but its sender is probably forged."
            )
        else:
            text = _("This e-mail refers to the conversation with %(visitor)s, but comes from %(sender)s.")
        attachments.write_note(row.visitor_message, text % names)


def _deliver(account: MailAccount, row: MailMessage, mail: Mail) -> ReceivedMessage:
    actor = Actor(account.channel.organisation, visitor=visitor_id_of(mail.sender))
    with translation.override(account.channel.language):
        text = _message_text(mail, is_first=row.conversation is None)
    key = f"mail:{account.pk}:{row.digest[:40]}"
    if row.conversation:
        return services.receive_message(
            actor, conversation_id=row.conversation.pk, text=text, idempotency_key=key
        )
    return services.start_conversation(
        actor,
        channel=account.channel,
        visitor=correspondent(account.organisation_id, mail.sender, name=mail.sender_name),
        message=text,
        subject=threads.plain_subject(mail.subject),
        idempotency_key=key,
    )


def _message_text(mail: Mail, *, is_first: bool) -> str:
    """The subject belongs to a first message that says little, and stands for one that says nothing."""
    subject, text = threads.plain_subject(mail.subject), mail.text.strip()
    if is_first and len(text) < SHORT_CHARACTERS and subject and subject not in text:
        text = f"{subject}\n\n{text}".strip()
    return (text or subject or _("(empty mail)"))[: settings.MESSAGE_MAX_CHARACTERS]


def _files(fetched_mail: FetchedMail, mail: Mail) -> list[File]:
    """With the whole text as a file when the message holds only its beginning."""
    files = list(mail.files) if fetched_mail.is_whole else []
    if len(mail.text) > settings.MESSAGE_MAX_CHARACTERS - len(mail.subject) - 2:
        files.insert(0, File("mail.txt", mail.text.encode(), "text/plain"))
    return files


def _tell_staff(account: MailAccount, row: MailMessage, mail: Mail) -> None:
    """A bounce marks our own mail as failed; both that and automatic replies are noted in their conversation."""
    if row.outcome == Outcome.BOUNCE:
        returned_message = threads.returned_message(account, mail)
        if returned_message:
            row.conversation = returned_message.message.conversation
            row.save(update_fields=["conversation"])
        if returned_message and auto_reply_detection.is_permanent(mail):
            returned_message.state = OutgoingMessage.State.FAILED
            returned_message.error = f"bounced: {mail.text[:KEPT_CHARACTERS]}"[:KEPT_CHARACTERS]
            returned_message.save(update_fields=["state", "error"])
    if row.conversation and row.outcome in (Outcome.BOUNCE, Outcome.AUTOMATIC):
        with translation.override(row.conversation.channel.language):
            head = _("Automatic mail from %(sender)s, not answered:") % {"sender": row.sender}
        Note.objects.create(
            organisation_id=account.organisation_id,
            conversation=row.conversation,
            text=f"{head}\n{row.text}"[:4000],
            after=row.conversation.message_count,
        )
        activity.announce(row.conversation)
