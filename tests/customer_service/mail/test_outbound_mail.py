"""Staff write to somebody who has not written yet."""

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.analytics import periods
from apps.analytics.reports import Scope
from apps.core.errors import Conflict, InvalidInput
from apps.customer_service.analytics.fact_rows import rows
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations import services
from apps.customer_service.conversations.models import Contact, Conversation, Message
from apps.customer_service.delivery import outbox
from apps.customer_service.mail import mailboxes, threads
from apps.customer_service.mail.models import MailAccount
from apps.customer_service.mail.outbound_mail import NewMail, send_first_mail
from tests.conftest import ApiClient
from tests.customer_service.mail_servers import USER, ImapServer, SmtpServer, mail

pytestmark = pytest.mark.django_db

ADDRESS = "vera@home.example"
WORDS = "Your order leaves today."


def written(actor: Actor, account: MailAccount, **changes: Any) -> Message:
    mail = replace(NewMail(ADDRESS, "Your order", WORDS, name="Vera"), **changes)
    return send_first_mail(actor, channel_id=account.channel_id, mail=mail)


def test_the_mail_leaves_as_one_that_answers_nothing(
    mail_account: MailAccount, smtp_server: SmtpServer, alice_actor: Actor
) -> None:
    message = written(alice_actor, mail_account)
    written_next = services.reply(alice_actor, conversation_id=message.conversation_id, text="It has left.")

    assert (outbox.deliver_due(), outbox.deliver_due()) == (1, 1)

    first, second = smtp_server.mails
    assert (first["To"], first["Subject"]) == (f"Vera <{ADDRESS}>", "Your order")
    assert (first["In-Reply-To"], first["Auto-Submitted"]) == (None, None)
    assert second["Subject"] == "Re: Your order"
    assert second["In-Reply-To"] == first["Message-ID"]
    assert second["Message-ID"] == threads.message_id_of(written_next, "tea.example")


def test_what_comes_back_waits_for_who_wrote_and_not_for_the_assistant(
    mail_account: MailAccount, smtp_server: SmtpServer, imap_server: ImapServer, alice_actor: Actor
) -> None:
    message = written(alice_actor, mail_account)
    outbox.deliver_due()
    [sent] = smtp_server.mails

    imap_server.deliver(mail("Thank you!", subject="Re: Your order", in_reply_to=sent["Message-ID"]))
    MailAccount.objects.update(next_poll_at=timezone.now())
    mailboxes.read_mailbox(mail_account.pk)

    conversation = Conversation.objects.get()
    assert [each.text for each in conversation.messages.all()] == [WORDS, "Thank you!"]
    assert (conversation.pk, conversation.visitor_name) == (message.conversation_id, "Vera")
    assert conversation.handled_by == conversation.assigned_to == alice_actor.member
    assert conversation.answer_job is None
    assert conversation.is_unread


def test_a_stranger_becomes_a_contact_and_a_known_one_stays_who_they_are(
    mail_account: MailAccount, imap_server: ImapServer, alice_actor: Actor
) -> None:
    imap_server.deliver(mail("Hello?"))
    mailboxes.read_mailbox(mail_account.pk)

    written(alice_actor, mail_account, address="VERA@home.example", name="")
    written(alice_actor, mail_account, address="karl@home.example", name="Karl")

    assert sorted(Contact.objects.values_list("name", "email")) == [
        ("Karl", "karl@home.example"),
        ("Vera", ADDRESS),
    ]
    assert Conversation.objects.filter(visitor_id=Contact.objects.get(name="Vera").visitor_id).count() == 2


def test_one_that_was_begun_by_staff_is_no_question_until_somebody_answers(
    mail_account: MailAccount, alice_actor: Actor
) -> None:
    message = written(alice_actor, mail_account)
    today = Scope(alice_actor.organisation, periods.latest(7, "UTC"))

    before = list(rows(today))
    services.receive_message(alice_actor, conversation_id=message.conversation_id, text="Thanks")

    assert before == []
    [fact] = rows(today)
    assert (fact["had_person"], fact["is_deflected"], fact["staff_seconds"]) == (True, False, None)


def test_mail_is_sent_from_open_mailboxes_of_the_own_house_only(
    mail_account: MailAccount, channel: Channel, alice_actor: Actor, bob_actor: Actor
) -> None:
    with pytest.raises(InvalidInput):
        written(bob_actor, mail_account)
    with pytest.raises(InvalidInput):
        send_first_mail(alice_actor, channel_id=channel.pk, mail=NewMail(ADDRESS, "x", "x"))
    with pytest.raises(InvalidInput) as own_address:
        written(alice_actor, mail_account, address=USER)
    Channel.objects.update(is_enabled=False)
    with pytest.raises(InvalidInput):
        written(alice_actor, mail_account)

    assert "address" in own_address.value.fields
    assert not Conversation.objects.exists()


def test_a_header_cannot_be_slipped_in_by_the_subject(
    mail_account: MailAccount, smtp_server: SmtpServer, alice_actor: Actor
) -> None:
    written(alice_actor, mail_account, subject="Your order\nBcc: all@home.example")

    outbox.deliver_due()

    [sent] = smtp_server.mails
    assert (sent["Subject"], sent["Bcc"]) == ("Your order Bcc: all@home.example", None)


def test_the_page_sends_it_and_shows_the_conversation(
    dora_browser: Client, mail_account: MailAccount
) -> None:
    offered = dora_browser.get("/conversations/").content.decode()
    form = dora_browser.get(f"/conversations/new-mail/?address={ADDRESS}&name=Vera").content.decode()
    empty = dora_browser.post(
        "/conversations/new-mail/", {"channel": mail_account.channel_id, "address": "vera"}
    )
    filled = {"channel": mail_account.channel_id, "address": ADDRESS, "subject": "Your order", "text": WORDS}

    sent = dora_browser.post("/conversations/new-mail/", filled, follow=True)

    assert "/conversations/new-mail/" in offered
    assert f'value="{ADDRESS}"' in form
    assert set(empty.context["form"].errors) == {"address", "subject", "text"}
    assert WORDS in sent.content.decode()


def test_without_a_mailbox_the_page_says_where_to_make_one(alice_browser: Client, channel: Channel) -> None:
    assert "/conversations/new-mail/" not in alice_browser.get("/conversations/").content.decode()
    assert "/conversations/channels/" in alice_browser.get("/conversations/new-mail/").content.decode()


def test_a_program_writes_first_and_a_repetition_sends_nothing_more(
    alice_api: ApiClient, mail_account: MailAccount
) -> None:
    body = {
        "channel": str(mail_account.channel_id),
        "address": ADDRESS,
        "subject": "Your order",
        "text": WORDS,
    }

    answers = [
        alice_api.post_json("/api/v1/outgoing-messages/", body, **{"Idempotency-Key": "order-7"})
        for _ in range(2)
    ]
    others = [
        alice_api.post_json("/api/v1/outgoing-messages/", body | other, **{"Idempotency-Key": "order-7"})
        for other in ({"text": "Else"}, {"address": "karl@home.example"})
    ]
    wrong = alice_api.post_json("/api/v1/outgoing-messages/", {**body, "address": "vera", "channel": "x"})

    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json()["state"] == "pending"
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert [answer.status_code for answer in others] == [409, 409]
    assert set(wrong.json()["error"]["fields"]) == {"address", "channel"}
    assert Conversation.objects.count() == 1


def test_a_closed_channel_begins_nothing(channel: Channel, alice_actor: Actor) -> None:
    channel.is_enabled = False
    channel.save()

    with pytest.raises(Conflict):
        services.write_first(alice_actor, channel=channel, visitor=services.Visitor("vera"), text="Hello")
