"""Mail becomes conversations: read from a real IMAP server, once, whatever happens."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from apps.core import ttl_cache
from apps.core.imap import FetchedMail
from apps.customer_service import tasks
from apps.customer_service.conversations import services
from apps.customer_service.conversations.models import (
    Attachment,
    Contact,
    Conversation,
    Message,
)
from apps.customer_service.inbox.models import Note
from apps.customer_service.mail import intake, mailboxes, threads
from apps.customer_service.mail.models import MailAccount, MailMessage
from apps.inference.models import Quota
from tests.customer_service.conftest import Desk
from tests.customer_service.mail_servers import ImapServer, mail

pytestmark = pytest.mark.django_db

Outcome = MailMessage.Outcome


def poll(account: MailAccount) -> int:
    MailAccount.objects.filter(pk=account.pk).update(next_poll_at=timezone.now())
    return mailboxes.read_mailbox(account.pk)


def only_message() -> Message:
    return Message.objects.select_related("conversation").get()


def test_a_new_senders_mail_opens_a_conversation_with_its_subject(
    mail_account: MailAccount, imap_server: ImapServer
) -> None:
    imap_server.deliver(mail("How long does delivery take?\n", subject="Order 4711"))

    assert poll(mail_account) == 1

    message = only_message()
    assert message.text == "Order 4711\n\nHow long does delivery take?"
    assert (message.author, message.conversation.subject) == ("visitor", "Order 4711")
    assert (message.conversation.visitor_name, message.conversation.language) == ("Vera", "en")
    assert message.job is not None
    contact = Contact.objects.get(visitor_id=message.conversation.visitor_id)
    assert (contact.name, contact.email) == ("Vera", "vera@home.example")
    mail_account.refresh_from_db()
    assert mail_account.polled_at is not None


def test_nothing_is_read_twice(mail_account: MailAccount, imap_server: ImapServer) -> None:
    imap_server.deliver(mail("First"), mail("Second"))

    assert poll(mail_account) == 2
    assert poll(mail_account) == 0
    imap_server.deliver(mail("Third"))
    assert poll(mail_account) == 1

    assert [message.text for message in Message.objects.order_by("id")] == ["First", "Second", "Third"]


@pytest.mark.slow
def test_a_mailbox_built_anew_repeats_and_loses_nothing(
    mail_account: MailAccount, imap_server: ImapServer
) -> None:
    old = [mail("First"), mail("Second")]
    imap_server.deliver(*old)
    poll(mail_account)
    mail_account.refresh_from_db()
    before = mail_account.uid_validity

    with imap_server.login() as client:
        client.delete(imap_server.folder)
    imap_server.create()
    imap_server.deliver(mail("New while it was rebuilt"), *old)
    assert poll(mail_account) == 1

    mail_account.refresh_from_db()
    assert mail_account.uid_validity != before
    assert Message.objects.count() == 3


def test_mail_from_before_the_channel_is_left_alone(
    mail_account: MailAccount, imap_server: ImapServer
) -> None:
    imap_server.deliver(mail("Old matters"))
    MailAccount.objects.update(reads_since=timezone.now() + timedelta(hours=1))

    assert poll(mail_account) == 0
    assert not Message.objects.exists()


def test_an_old_mail_moved_in_is_kept_aside(mail_account: MailAccount, imap_server: ImapServer) -> None:
    imap_server.deliver(mail("From long ago", Date="Tue, 04 Mar 2014 10:00:00 +0800"))

    poll(mail_account)

    assert MailMessage.objects.get().outcome == Outcome.OLD
    assert not Message.objects.exists()


def test_two_workers_never_read_one_mailbox(mail_account: MailAccount, imap_server: ImapServer) -> None:
    imap_server.deliver(mail("Hello?"))
    MailAccount.objects.update(next_poll_at=timezone.now())
    first = mailboxes._claim_account(mail_account.pk)

    assert first is not None
    assert mailboxes.read_mailbox(mail_account.pk) == 0
    assert not Message.objects.exists()


def test_a_worker_that_was_killed_is_replaced_and_can_store_nothing_any_more(
    mail_account: MailAccount, imap_server: ImapServer
) -> None:
    imap_server.deliver(mail("Hello?"))
    slow = mailboxes._claim_account(mail_account.pk)
    assert slow is not None

    with time_machine.travel(timezone.now() + timedelta(seconds=mailboxes.CLAIM_SECONDS + 1)):
        assert mailboxes.read_mailbox(mail_account.pk) == 1

    with pytest.raises(mailboxes.ClaimLost), mailboxes._mail_transaction(slow, FetchedMail(1, 1, None, b"x")):
        pass
    assert Message.objects.count() == 1


def test_the_beat_makes_work_for_accounts_of_open_channels_only(
    mail_account: MailAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(tasks.read_mailbox, "apply_async", lambda args, **_: asked.append(args))

    tasks.read_due_mailboxes()
    mail_account.channel.is_enabled = False
    mail_account.channel.save()
    tasks.read_due_mailboxes()

    assert asked == [(str(mail_account.pk),)]


def test_an_answer_is_found_by_the_mail_it_names(
    mail_account: MailAccount, imap_server: ImapServer, desk: Desk
) -> None:
    imap_server.deliver(mail("May I return tea?", subject="Return", message_id="<one@home.example>"))
    poll(mail_account)
    conversation = Conversation.objects.get()
    reply = services.reply(desk.actor, conversation_id=conversation.pk, text="Yes, within 30 days.")
    ours = threads.message_id_of(reply, "tea.example")

    imap_server.deliver(
        mail("Thank you!", subject="Re: Return", in_reply_to=ours),
        mail("Once more", references="<one@home.example>"),
    )
    poll(mail_account)

    assert Conversation.objects.count() == 1
    assert [message.text for message in desk.messages(conversation) if message.author == "visitor"][1:] == [
        "Thank you!",
        "Once more",
    ]


@pytest.mark.slow
def test_an_answer_without_a_reference_is_found_by_the_token_in_subject_or_address(
    mail_account: MailAccount, imap_server: ImapServer
) -> None:
    imap_server.deliver(mail("May I return tea?", subject="Return"))
    poll(mail_account)
    token = MailMessage.objects.get().token

    tagged = mail("By address", subject="Return")
    tagged.replace_header("To", f"desk+{token.lower()}@tea.example")
    imap_server.deliver(mail("By subject", subject=f"回复: Return [#{token}]"), tagged)
    poll(mail_account)

    assert Conversation.objects.count() == 1
    assert Message.objects.count() == 3


def test_a_made_up_reference_opens_no_door(
    mail_account: MailAccount, imap_server: ImapServer, desk: Desk
) -> None:
    asked = desk.open("In the chat")
    assert asked.message
    forged = f"<{asked.message.pk.hex}.{'0' * 16}@tea.example>"

    imap_server.deliver(mail("Let me in", in_reply_to=forged))
    poll(mail_account)

    assert Conversation.objects.count() == 2


def test_a_mail_to_a_resolved_matter_opens_it_again(
    mail_account: MailAccount, imap_server: ImapServer, desk: Desk
) -> None:
    imap_server.deliver(mail("May I return tea?", message_id="<one@home.example>"))
    poll(mail_account)
    conversation = Conversation.objects.get()
    services.resolve(desk.actor, conversation_id=conversation.pk)

    imap_server.deliver(mail("Not yet settled", in_reply_to="<one@home.example>"))
    poll(mail_account)

    conversation.refresh_from_db()
    assert (conversation.is_open, conversation.reopen_count) == (True, 1)


MACHINES_AND_PEOPLE: list[tuple[dict[str, str], str]] = [
    ({"Auto-Submitted": "auto-replied"}, Outcome.AUTOMATIC),
    ({"X-Auto-Response-Suppress": "All"}, Outcome.AUTOMATIC),
    ({"X-Autoreply": "yes"}, Outcome.AUTOMATIC),
    ({"Return-Path": "<>"}, Outcome.AUTOMATIC),
    ({"Precedence": "bulk"}, Outcome.LIST),
    ({"List-Id": "<news.shop.example>"}, Outcome.LIST),
    ({"X-Kongming-Channel": "x"}, Outcome.OWN),
    ({"sender": "desk@tea.example"}, Outcome.OWN),
    ({"sender": "MAILER-DAEMON@mx.example"}, Outcome.BOUNCE),
    ({"sender": "PostMaster@qq.example", "subject": "来自qq.example的退信"}, Outcome.BOUNCE),
    ({"subject": "系统退信"}, Outcome.BOUNCE),
    ({"subject": "Re: 系统退信"}, Outcome.MESSAGE),
    ({"sender": "no-reply@shop.example"}, Outcome.AUTOMATIC),
    ({"subject": "自动回复: Re: 订单"}, Outcome.AUTOMATIC),
    ({"subject": "Automatic reply: Your order"}, Outcome.AUTOMATIC),
    ({"subject": "Re: Automatic reply: Your order"}, Outcome.MESSAGE),
    ({"Auto-Submitted": "no"}, Outcome.MESSAGE),
]


def test_machines_are_kept_aside_and_never_answered(
    mail_account: MailAccount, imap_server: ImapServer
) -> None:
    text = "I am away until Monday."
    mails = (
        mail(text, **{"sender": f"vera{number}@home.example"} | headers)
        for number, (headers, _) in enumerate(MACHINES_AND_PEOPLE)
    )
    imap_server.deliver(*mails)

    poll(mail_account)

    kept = MailMessage.objects.order_by("pk")
    outcomes = [outcome for _, outcome in MACHINES_AND_PEOPLE]
    assert [each.outcome for each in kept] == outcomes
    assert Message.objects.count() == outcomes.count(Outcome.MESSAGE)
    assert {each.text for each in kept if each.outcome != Outcome.MESSAGE} == {text}


def test_an_automatic_reply_is_noted_in_its_conversation(
    mail_account: MailAccount, imap_server: ImapServer
) -> None:
    imap_server.deliver(mail("May I return tea?", message_id="<one@home.example>"))
    poll(mail_account)

    imap_server.deliver(mail("Away.", references="<one@home.example>", Auto_Submitted="auto-replied"))
    poll(mail_account)

    assert Note.objects.get().text.endswith("Away.")
    assert Message.objects.count() == 1


def test_a_machine_that_does_not_say_so_is_noticed_by_its_number(
    mail_account: MailAccount, imap_server: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MAX_PER_HOUR", 2)

    imap_server.deliver(mail("1"), mail("2"), mail("3"))
    poll(mail_account)

    assert [row.outcome for row in MailMessage.objects.order_by("uid")] == ["message", "message", "loop"]


def test_files_are_kept_by_what_they_are(mail_account: MailAccount, imap_server: ImapServer) -> None:
    message = mail("See the picture")
    png = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
    message.add_attachment(png, maintype="application", subtype="pdf", filename="../../账单.pdf")
    message.add_attachment(
        b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 30, maintype="audio", subtype="wav", filename="v.wav"
    )
    imap_server.deliver(message)

    poll(mail_account)

    picture, voice = Attachment.objects.order_by("id")
    assert (picture.name, picture.content_type, picture.kind) == ("账单.pdf", "image/png", "file")
    assert picture.file.read() == png
    assert voice.kind == "voice"
    assert picture.message == only_message()


def test_a_file_that_is_too_large_is_named_to_staff(
    mail_account: MailAccount, imap_server: ImapServer, settings: Any
) -> None:
    settings.UPLOAD_MAX_BYTES = 1000
    message = mail("See the plan")
    message.add_attachment(b"x" * 2000, maintype="application", subtype="octet-stream", filename="plan.bin")
    imap_server.deliver(message)

    poll(mail_account)

    assert not Attachment.objects.exists()
    assert "plan.bin" in Note.objects.get().text


@pytest.mark.slow
def test_ten_megabytes_are_taken(mail_account: MailAccount, imap_server: ImapServer) -> None:
    message = mail("Large")
    message.add_attachment(
        b"x" * 7_500_000, maintype="application", subtype="octet-stream", filename="big.bin"
    )
    imap_server.deliver(message)

    poll(mail_account)

    assert Attachment.objects.get().size == 7_500_000


def test_of_a_mail_beyond_all_measure_the_beginning_is_read(
    mail_account: MailAccount, imap_server: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.core.imap.MAX_BYTES", 5000)
    monkeypatch.setattr("apps.core.imap.BEGINNING_BYTES", 3000)
    message = mail("The text stands first")
    message.add_attachment(b"x" * 9000, maintype="application", subtype="octet-stream", filename="big.bin")
    imap_server.deliver(message)

    poll(mail_account)

    assert only_message().text == "The text stands first"
    assert not Attachment.objects.exists()
    assert "Only the beginning was read" in Note.objects.get().text


def test_a_text_longer_than_a_message_is_kept_whole_as_a_file(
    mail_account: MailAccount, imap_server: ImapServer, settings: Any
) -> None:
    settings.MESSAGE_MAX_CHARACTERS = 100
    imap_server.deliver(mail("long " * 100))

    poll(mail_account)

    assert len(only_message().text) <= 100
    assert Attachment.objects.get().file.read().decode().strip() == ("long " * 100).strip()


def test_an_empty_mail_is_a_message_all_the_same(mail_account: MailAccount, imap_server: ImapServer) -> None:
    imap_server.deliver(mail("", subject=""), mail("", subject="Please call me"))

    poll(mail_account)

    assert [message.text for message in Message.objects.order_by("id")] == ["(empty mail)", "Please call me"]


def test_what_nobody_can_read_is_noted_and_the_next_mail_gets_its_turn(
    mail_account: MailAccount, imap_server: ImapServer
) -> None:
    imap_server.deliver(b"\xff\xfe\x00garbage\r\n\r\n\x00\x01", mail("Readable"))

    assert poll(mail_account) == 2

    assert MailMessage.objects.order_by("uid").first().outcome == Outcome.UNREADABLE  # type: ignore[union-attr]
    assert only_message().text == "Readable"


def test_a_used_up_quota_loses_no_mail(
    mail_account: MailAccount, imap_server: ImapServer, desk: Desk
) -> None:
    quota = Quota.objects.create(
        organisation=desk.actor.organisation, metric=Quota.Metric.REQUESTS, hard_limit=1
    )
    imap_server.deliver(mail("First"), mail("Important"))

    poll(mail_account)
    mail_account.refresh_from_db()
    assert mail_account.error.startswith("postponed:")
    assert only_message().text == "First"

    quota.delete()
    ttl_cache.clear_all()
    poll(mail_account)
    assert [message.text for message in Message.objects.order_by("id")] == ["First", "Important"]


def test_a_broken_account_says_what_is_wrong_and_is_asked_ever_later(
    mail_account: MailAccount, imap_server: ImapServer
) -> None:
    MailAccount.objects.update(password="wrong", next_poll_at=timezone.now())
    pauses = []
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(3):
            mailboxes.read_mailbox(mail_account.pk)
            mail_account.refresh_from_db()
            pauses.append((mail_account.next_poll_at - timezone.now()).total_seconds())
            clock.shift(timedelta(hours=1))

    assert mail_account.error.startswith("login:")
    assert pauses == [40, 80, 160]

    MailAccount.objects.update(password="kept-in-a-field")
    poll(mail_account)
    mail_account.refresh_from_db()
    assert (mail_account.error, mail_account.failures) == ("", 0)


def test_a_server_in_a_private_network_is_not_called(
    mail_account: MailAccount, imap_server: ImapServer, settings: Any
) -> None:
    settings.PRIVATE_NETWORKS = ()

    poll(mail_account)

    mail_account.refresh_from_db()
    assert mail_account.error == "private: 127.0.0.1"


def test_a_certificate_that_nobody_vouches_for_ends_it_before_the_password(
    mail_account: MailAccount, imap_server: ImapServer, settings: Any
) -> None:
    settings.MAIL_CA_FILE = ""

    poll(mail_account)

    mail_account.refresh_from_db()
    assert mail_account.error.startswith("tls:")


def test_a_folder_that_is_not_there_is_named(mail_account: MailAccount, imap_server: ImapServer) -> None:
    MailAccount.objects.update(folder="Nowhere")

    poll(mail_account)

    mail_account.refresh_from_db()
    assert mail_account.error.startswith("folder: Nowhere")


def test_a_list_mail_can_be_taken_as_a_message_after_all(
    mail_account: MailAccount, imap_server: ImapServer
) -> None:
    imap_server.deliver(mail("We are a customer behind a group", subject="Order", List_Id="<group.example>"))
    poll(mail_account)

    intake.take_as_message(MailMessage.objects.select_related("account__channel__organisation").get())

    assert only_message().text == "Order\n\nWe are a customer behind a group"
    assert MailMessage.objects.get().outcome == Outcome.MESSAGE
