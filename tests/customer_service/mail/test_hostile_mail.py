"""Mails that were made to do harm: to the reading of the others, or to another visitor's conversation."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.core import imap
from apps.core.bounded import Limits
from apps.customer_service.channels.delivery_errors import ConnectorError
from apps.customer_service.conversations import services
from apps.customer_service.conversations.models import Conversation, Message
from apps.customer_service.inbox.models import Note
from apps.customer_service.mail import composition, intake, mailboxes
from apps.customer_service.mail.models import MailAccount, MailMessage
from tests.customer_service.conftest import Desk
from tests.customer_service.mail.test_intake import poll
from tests.customer_service.mail_servers import ImapServer, mail

pytestmark = pytest.mark.django_db

Outcome = MailMessage.Outcome
OWN_ID = "<one@home.example>"


def forged(text: str, *, in_reply_to: str = OWN_ID, **headers: str) -> bytes:
    return mail(text, sender="mallory@evil.example", in_reply_to=in_reply_to, **headers).as_bytes()


def test_a_mail_that_cannot_be_read_is_kept_aside_and_shown_and_the_next_one_is_read(
    mail_account: MailAccount,
    imap_server: ImapServer,
    alice_browser: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mailboxes, "READING", Limits(output_bytes=10_000))
    imap_server.deliver(
        mail("more than anybody reads " * 1000, subject="Flood", sender="m@evil.example"), mail("Readable")
    )

    assert poll(mail_account) == 2

    kept = MailMessage.objects.get(outcome=Outcome.UNREADABLE)
    assert (kept.subject, kept.sender_name, kept.detail) == ("Flood", "m@evil.example", "output")
    assert Message.objects.get().text == "Readable"
    page = alice_browser.get(f"/conversations/channels/{mail_account.channel_id}/mail/").content.decode()
    assert "1 e-mail could not be read in the last 30 days" in page
    assert "takes too much memory to read" in page
    assert poll(mail_account) == 0


def test_markup_that_parsers_refuse_or_choke_on_is_read_all_the_same(
    mail_account: MailAccount, imap_server: ImapServer
) -> None:
    page = (
        "From: vera@home.example\r\nSubject: {}\r\nContent-Type: text/html\r\n\r\n<p>Where is my tea?</p>{}"
    )
    imap_server.deliver(
        page.format("Tea", "<![ foo").encode(),
        page.format("Tea again", "<a <a" * 60_000).encode(),
        page.format("long " * 16_000, "").encode(),
    )
    begun = time.thread_time()

    assert poll(mail_account) == 3

    assert time.thread_time() - begun < 5
    assert all("Where is my tea?" in message.text for message in Message.objects.all())


@pytest.mark.slow
def test_a_mail_that_ended_three_workers_is_kept_aside(
    mail_account: MailAccount, imap_server: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MAX_PER_HOUR", None)  # as good as any mistake nobody foresaw
    imap_server.deliver(mail("Hello?"))

    for _ in range(3):
        with pytest.raises(TypeError):
            poll(mail_account)
        mail_account.refresh_from_db()
        assert mail_account.error == "unexpected: TypeError"
    assert poll(mail_account) == 1

    assert MailMessage.objects.get().detail == "interrupted"
    mail_account.refresh_from_db()
    assert (mail_account.error, mail_account.last_uid > 0) == ("", True)


@pytest.fixture
def dripping_server() -> Iterator[int]:
    """A server that greets with a letter every now and then, forever."""
    is_over = threading.Event()

    def greet(door: socket.socket) -> None:
        with door, door.accept()[0] as client:
            while not is_over.wait(0.05):
                client.send(b"*")

    door = socket.create_server(("127.0.0.1", 0))
    server = threading.Thread(target=greet, args=(door,))
    server.start()
    yield door.getsockname()[1]
    is_over.set()
    server.join(10)


def test_a_visit_ends_in_its_time_however_slowly_the_server_sends(
    mail_account: MailAccount, dripping_server: int
) -> None:
    mail_account.imap_port = dripping_server
    begun = time.monotonic()

    with pytest.raises(ConnectorError) as failure, imap.open_mailbox(mail_account, seconds=0.5):
        pass

    assert failure.value.code == "timeout"
    assert time.monotonic() - begun < 5


def test_on_a_line_that_is_too_slow_for_large_mails_their_beginning_is_read(
    mail_account: MailAccount, imap_server: ImapServer
) -> None:
    large = mail("The text stands first")
    large.add_attachment(b"x" * 2**20, maintype="application", subtype="octet-stream", filename="big.bin")
    imap_server.deliver(large)
    MailAccount.objects.update(failures=mailboxes.PATIENT_FAILURES)

    assert poll(mail_account) == 1

    assert Message.objects.get().text == "The text stands first"
    assert "Only the beginning was read" in Note.objects.get().text


@pytest.mark.slow
def test_another_address_does_not_get_into_a_conversation_whose_mail_it_knows(
    mail_account: MailAccount, imap_server: ImapServer, desk: Desk
) -> None:
    imap_server.deliver(mail("May I return tea?", message_id=OWN_ID))
    poll(mail_account)
    conversation = Conversation.objects.get()
    token = MailMessage.objects.get().token

    imap_server.deliver(
        forged("Send it to me instead"),
        forged("And by the token", in_reply_to="<none@evil.example>", subject=f"Re: Tea [#{token}]"),
    )
    poll(mail_account)

    assert [message.text for message in desk.messages(conversation)] == ["May I return tea?"]
    assert Conversation.objects.count() == 3
    assert (
        "refers to the conversation with Vera, but comes from mallory@evil.example"
        in Note.objects.first().text
    )


@pytest.mark.slow
def test_a_sender_that_the_receiving_server_found_forged_does_not_get_in_either_and_staff_see_it(
    mail_account: MailAccount, imap_server: ImapServer, desk: Desk, alice_browser: Client
) -> None:
    MailAccount.objects.update(authserv_id="mx.tea.example")
    imap_server.deliver(mail("May I return tea?", message_id=OWN_ID))
    poll(mail_account)
    own = "Authentication-Results: mx.tea.example; dmarc={} header.from=home.example\r\n"
    planted = b"Authentication-Results: mx.evil.example; dmarc=pass header.from=home.example\r\n"
    answer = mail("Vera again", in_reply_to=OWN_ID).as_bytes()

    imap_server.deliver(planted + own.format("fail").encode() + answer)
    poll(mail_account)
    imap_server.deliver(own.format("pass").encode() + answer.replace(b"Vera again", b"Vera, really"))
    poll(mail_account)

    forged_row, real_row = MailMessage.objects.order_by("uid")[1:]
    assert (forged_row.sender_check, forged_row.checked_by) == ("failed", "mx.tea.example")
    assert (real_row.sender_check, real_row.conversation) == (
        "verified",
        MailMessage.objects.first().conversation,
    )
    assert forged_row.conversation != real_row.conversation
    for row, words in ((forged_row, "sender probably forged"), (real_row, "sender verified")):
        assert words in alice_browser.get(f"/conversations/{row.conversation_id}/").content.decode()


def test_a_form_that_writes_for_somebody_is_answered_by_that_person(
    mail_account: MailAccount, imap_server: ImapServer
) -> None:
    imap_server.deliver(
        mail("Filled in", sender="form@shop.example", reply_to="vera@home.example", message_id=OWN_ID)
    )
    poll(mail_account)

    imap_server.deliver(mail("Thank you", in_reply_to=OWN_ID))
    poll(mail_account)

    assert Conversation.objects.get().messages.filter(author="visitor").count() == 2


def test_a_later_reply_to_draws_no_answers_to_another_address_unless_the_sender_is_verified(
    mail_account: MailAccount, imap_server: ImapServer, alice_actor: Actor, desk: Desk
) -> None:
    imap_server.deliver(mail("May I return tea?", message_id=OWN_ID))
    imap_server.deliver(mail("Hello?", in_reply_to=OWN_ID, reply_to="mallory@evil.example"))
    poll(mail_account)

    answer = services.reply(desk.actor, conversation_id=Conversation.objects.get().pk, text="You may.")

    assert composition.compose(mail_account, answer)["To"].addresses[0].addr_spec == "vera@home.example"
    MailMessage.objects.update(sender_check="verified")
    assert composition.compose(mail_account, answer)["To"].addresses[0].addr_spec == "mallory@evil.example"


def test_mail_that_was_not_begun_counts_no_attempt(mail_account: MailAccount) -> None:
    MailAccount.objects.update(imap_port=1, reading_uid=7, reading_attempts=2, next_poll_at=timezone.now())

    mailboxes.read_mailbox(mail_account.pk)

    mail_account.refresh_from_db()
    assert mail_account.reading_attempts == 0
