"""What the visitor should read goes out by a real SMTP server, once and in order."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from apps.core.errors import Conflict
from apps.core.rounds import Round
from apps.customer_service.conversations import services
from apps.customer_service.conversations.models import Conversation, Message, OutgoingMessage
from apps.customer_service.conversations.services import Visitor
from apps.customer_service.delivery import outbox
from apps.customer_service.mail import mailboxes, threads
from apps.customer_service.mail.models import MailAccount
from tests.customer_service.conftest import Desk, Say
from tests.customer_service.mail_servers import ImapServer, SmtpServer, mail

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(mail_account: MailAccount, smtp_server: SmtpServer, imap_server: ImapServer) -> Conversation:
    """Vera has asked by mail."""
    question = mail("How long does delivery take?", subject="Delivery", message_id="<one@home.example>")
    question["References"] = "<zero@home.example>"
    imap_server.deliver(question)
    mailboxes.read_mailbox(mail_account.pk)
    return Conversation.objects.get()


def reply(desk: Desk, conversation: Conversation, text: str) -> Message:
    return services.reply(desk.actor, conversation_id=conversation.pk, text=text)


def outgoing(message: Message) -> OutgoingMessage:
    return OutgoingMessage.objects.get(message=message)


def test_the_answer_of_the_assistant_arrives_in_the_visitors_thread(
    asked: Conversation, smtp_server: SmtpServer, desk: Desk, says: Say
) -> None:
    says("Delivery inside the city takes two to four working days [1]. The driver brings cake.")
    desk.work(Message.objects.get().job)

    assert outbox.deliver_due() == 1

    [sent] = smtp_server.mails
    answer = Message.objects.get(author="bot")
    assert sent["From"] == "Tea House 茶馆 <desk@tea.example>"
    assert sent["To"] == "Vera <vera@home.example>"
    assert sent["Subject"].startswith("Re: Delivery [#")
    assert sent["In-Reply-To"] == "<one@home.example>"
    assert sent["References"] == "<zero@home.example> <one@home.example>"
    assert sent["Message-ID"] == threads.message_id_of(answer, "tea.example")
    assert sent["Auto-Submitted"] == "auto-replied"
    text = sent.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "two to four working days [1]." in text
    assert "[1] Handbook" in text
    assert "cake. *" in text
    assert "* Not supported by our documents" in text
    assert "<p>Delivery" in sent.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert (outgoing(answer).state, outgoing(answer).external_id) == ("sent", sent["Message-ID"])


def test_what_staff_write_is_not_marked_as_automatic(
    asked: Conversation, smtp_server: SmtpServer, desk: Desk
) -> None:
    reply(desk, asked, "您好，<b>两到四天</b>。")

    outbox.deliver_due()

    [sent] = smtp_server.mails
    assert sent["Auto-Submitted"] is None
    assert sent.get_body(("plain",)).get_content().strip() == "您好，<b>两到四天</b>。"  # type: ignore[union-attr]
    assert "&lt;b&gt;" in sent.get_body(("html",)).get_content()  # type: ignore[union-attr]


@pytest.mark.slow
def test_the_answer_to_our_mail_finds_the_conversation(
    asked: Conversation,
    smtp_server: SmtpServer,
    imap_server: ImapServer,
    mail_account: MailAccount,
    desk: Desk,
) -> None:
    reply(desk, asked, "Two to four days.")
    outbox.deliver_due()
    [sent] = smtp_server.mails

    imap_server.deliver(mail("Thanks!", subject=sent["Subject"], in_reply_to=sent["Message-ID"]))
    MailAccount.objects.update(next_poll_at=timezone.now())
    mailboxes.read_mailbox(mail_account.pk)

    assert [message.text for message in desk.messages(asked)][-1] == "Thanks!"


def test_a_reply_goes_where_the_visitor_wants_it(
    mail_account: MailAccount, smtp_server: SmtpServer, imap_server: ImapServer, desk: Desk
) -> None:
    imap_server.deliver(mail("Hello?", Reply_To="vera@work.example"))
    mailboxes.read_mailbox(mail_account.pk)
    reply(desk, Conversation.objects.get(), "Hello!")

    outbox.deliver_due()

    assert smtp_server.envelopes[0].rcpt_tos == ["vera@work.example"]


def test_only_what_can_be_sent_at_once_is_claimed(
    asked: Conversation, smtp_server: SmtpServer, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits behind slow servers is nobody's, or it would be sent twice."""
    monkeypatch.setattr(outbox, "SENT_AT_ONCE", 1)
    other = services.start_conversation(
        desk.actor, channel=asked.channel, visitor=Visitor(asked.visitor_id), message="And?"
    )
    for conversation in (asked, other.conversation):
        reply(desk, conversation, "Two to four days.")

    assert outbox.deliver_due() == 1
    assert OutgoingMessage.objects.filter(attempts=0).count() == 1
    assert outbox.deliver_due() == 1


def test_messages_of_one_conversation_keep_their_order(
    asked: Conversation, smtp_server: SmtpServer, desk: Desk
) -> None:
    first, second = reply(desk, asked, "First"), reply(desk, asked, "Second")
    smtp_server.data_answer = "451 Later"
    outbox.deliver_due()
    smtp_server.data_answer = ""

    assert outbox.deliver_due() == 0
    with time_machine.travel(timezone.now() + timedelta(seconds=60)):
        assert outbox.deliver_due() == 1
        assert (outgoing(first).state, outgoing(second).state) == ("sent", "pending")
        assert outbox.deliver_due() == 1

    texts = [sent.get_body(("plain",)).get_content().strip() for sent in smtp_server.mails]  # type: ignore[union-attr]
    assert texts == ["First", "Second"]


def test_a_server_that_is_away_is_tried_ever_later_and_then_given_up(
    asked: Conversation, smtp_server: SmtpServer, desk: Desk
) -> None:
    message = reply(desk, asked, "Hello")
    smtp_server.data_answer = "451 Later"
    tries = []
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(12):
            now = timezone.now()
            if outbox.deliver_due():
                tries.append(outgoing(message).next_attempt_at - now)
            clock.shift(timedelta(hours=7))

    assert len(tries) == outbox.MAX_ATTEMPTS
    assert tries[:-1] == sorted(tries[:-1])
    assert outgoing(message).state == "failed"
    assert outgoing(message).error == "busy: 451 Later"


def test_a_refused_address_is_not_tried_again_and_lets_the_next_message_pass(
    asked: Conversation, smtp_server: SmtpServer, desk: Desk
) -> None:
    first, second = reply(desk, asked, "First"), reply(desk, asked, "Second")
    smtp_server.recipient_answer = "550 No such user"
    outbox.deliver_due()
    smtp_server.recipient_answer = ""
    outbox.deliver_due()

    assert (outgoing(first).state, outgoing(first).error) == ("failed", "recipient: 550 No such user")
    assert outgoing(second).state == "sent"


def test_a_wrong_password_is_named_and_waits_for_a_better_one(
    asked: Conversation, smtp_server: SmtpServer, desk: Desk
) -> None:
    message = reply(desk, asked, "Hello")
    MailAccount.objects.update(password="wrong")
    outbox.deliver_due()

    assert (outgoing(message).state, outgoing(message).error.partition(":")[0]) == ("pending", "login")


def test_a_claimed_message_is_left_alone(asked: Conversation, desk: Desk, smtp_server: SmtpServer) -> None:
    message = reply(desk, asked, "Hello")
    seen_by_two = [outgoing(message), outgoing(message)]

    assert [outbox._claim(message) for message in seen_by_two] == [True, False]
    assert outbox.deliver_due() == 0


def test_a_worker_killed_while_sending_sends_once_more_at_most(
    asked: Conversation, smtp_server: SmtpServer, desk: Desk
) -> None:
    message, here = reply(desk, asked, "Hello"), Round("messages")

    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(5):
            for due in outbox._due():
                if outbox._claim(due):
                    outbox._attempt(
                        outbox._prepare(due, here), this_round=here
                    )  # and dies before it is noted
            clock.shift(timedelta(seconds=outbox.CLAIM_SECONDS + 1))

    assert len(smtp_server.mails) == 2
    assert len({sent["Message-ID"] for sent in smtp_server.mails}) == 1
    assert (outgoing(message).state, outgoing(message).error) == ("failed", "interrupted: ")


def test_what_was_given_up_can_be_sent_again(
    asked: Conversation, smtp_server: SmtpServer, desk: Desk
) -> None:
    message = reply(desk, asked, "Hello")
    with pytest.raises(Conflict):
        outbox.resend(desk.actor, outgoing(message))
    smtp_server.recipient_answer = "550 No such user"
    outbox.deliver_due()
    smtp_server.recipient_answer = ""

    outbox.resend(desk.actor, outgoing(message))
    outbox.deliver_due()

    assert outgoing(message).state == "sent"
    assert len(smtp_server.mails) == 1


def test_a_visitor_without_an_address_is_a_readable_failure(
    mail_account: MailAccount, desk: Desk, smtp_server: SmtpServer
) -> None:
    desk.channel = mail_account.channel
    message = reply(desk, desk.open("By API").conversation, "Hello")

    outbox.deliver_due()

    assert outgoing(message).error == "no_address: "


def test_a_name_with_line_breaks_smuggles_in_no_header(
    asked: Conversation, smtp_server: SmtpServer, desk: Desk
) -> None:
    Conversation.objects.update(visitor_name="Vera\r\nBcc: all@shop.example", subject="x\r\nBcc: y@z.example")

    reply(desk, asked, "Hello")
    outbox.deliver_due()

    [sent] = smtp_server.mails
    assert sent["Bcc"] is None
    assert smtp_server.envelopes[0].rcpt_tos == ["vera@home.example"]


def test_the_chat_page_sends_nothing(desk: Desk, says: Say) -> None:
    says("Delivery inside the city takes two to four working days [1].")
    desk.work(desk.open("How long does delivery take?").job)

    assert not OutgoingMessage.objects.exists()
