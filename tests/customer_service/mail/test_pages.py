"""Pages and API of mailboxes, messengers and what goes out."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.accounts.alerts import alerts
from apps.audit.models import AuditEntry
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations import services
from apps.customer_service.conversations.models import Conversation, OutgoingMessage
from apps.customer_service.delivery import outbox
from apps.customer_service.mail import connection_check, mailboxes
from apps.customer_service.mail.models import MailAccount, MailMessage
from apps.customer_service.messengers.models import MessengerAccount
from tests.conftest import ApiClient, api_client
from tests.customer_service.conftest import Desk
from tests.customer_service.mail_servers import (
    PASSWORD,
    USER,
    ImapServer,
    SmtpServer,
    imap_over_tls,
    mail,
    tls_smtp,
)

pytestmark = pytest.mark.django_db

ACCOUNT: dict[str, Any] = {
    "address": USER,
    "user": USER,
    "password": PASSWORD,
    "imap_host": "imap.tea.example",
    "imap_port": 993,
    "smtp_host": "smtp.tea.example",
    "smtp_port": 465,
    "is_encrypted": "on",
    "folder": "INBOX",
}


def test_a_mail_channel_is_made_and_changed_without_showing_its_password(alice_browser: Client) -> None:
    made = alice_browser.post(
        "/conversations/channels/new/mail/", {**ACCOUNT, "name": "Mail", "language": "en"}, follow=True
    )
    account = MailAccount.objects.select_related("channel").get()
    assert (account.channel.kind, account.channel.name, account.password) == ("mail", "Mail", PASSWORD)
    assert PASSWORD not in made.content.decode()

    page = f"/conversations/channels/{account.channel_id}/mail/"
    alice_browser.post(page, {**ACCOUNT, "password": "", "imap_host": "mail.tea.example"})
    account.refresh_from_db()
    assert (account.imap_host, account.password) == ("mail.tea.example", PASSWORD)
    assert PASSWORD not in str([entry.details for entry in AuditEntry.objects.all()])
    assert PASSWORD not in str(MailAccount.objects.extra(select={"raw": "password"}).values_list("raw").get())


def test_a_refused_form_keeps_the_page_and_says_why(alice_browser: Client) -> None:
    answer = alice_browser.post("/conversations/channels/new/mail/", {**ACCOUNT, "imap_port": 99999})

    assert set(answer.context["form"].errors) == {"name", "language", "imap_port"}
    assert not Channel.objects.filter(kind="mail").exists()


def test_one_mailbox_feeds_one_channel(alice_browser: Client) -> None:
    for name in ("First", "Second"):
        answer = alice_browser.post(
            "/conversations/channels/new/mail/", {**ACCOUNT, "name": name, "language": "en"}
        )

    assert "First" in str(answer.context["form"].errors["user"])
    assert MailAccount.objects.count() == 1


def test_another_mailbox_is_read_from_now_on(mail_account: MailAccount, alice_browser: Client) -> None:
    MailAccount.objects.update(last_uid=7, uid_validity=9)
    alice_browser.post(
        f"/conversations/channels/{mail_account.channel_id}/mail/", {**ACCOUNT, "user": "other"}
    )

    changed = MailAccount.objects.get()
    assert (changed.last_uid, changed.uid_validity) == (0, 0)
    assert changed.reads_since > mail_account.reads_since


def test_the_check_names_what_works_and_what_does_not(
    mail_account: MailAccount, smtp_server: SmtpServer, alice_browser: Client, alice_api: ApiClient
) -> None:
    page = f"/conversations/channels/{mail_account.channel_id}/mail/check/"
    assert [each.is_good for each in alice_browser.post(page).context["findings"]] == [True, True]

    MailAccount.objects.update(password="wrong", smtp_host="nowhere.invalid")
    answer = alice_api.post(f"/api/v1/mail-accounts/{mail_account.pk}/check/").json()
    assert [(each["part"], each["code"]) for each in answer] == [("imap", "login"), ("smtp", "dns")]
    assert "spelling" in answer[1]["reason"]


def test_what_was_kept_aside_is_listed_and_can_be_taken(
    mail_account: MailAccount, imap_server: ImapServer, alice_browser: Client, alice_api: ApiClient
) -> None:
    imap_server.deliver(
        mail("Spring offers", subject="Offers", Precedence="bulk"), mail("Group", List_Id="<g.x>")
    )
    mailboxes.read_mailbox(mail_account.pk)
    first, second = MailMessage.objects.order_by("uid")

    page = alice_browser.get(f"/conversations/channels/{mail_account.channel_id}/mail/").content.decode()
    assert "Offers" in page
    assert "mailing list" in page

    answer = alice_browser.post(f"/conversations/mails/{first.pk}/take/")
    assert answer["Location"] == f"/conversations/{Conversation.objects.get().pk}/"
    assert alice_api.post(f"/api/v1/mail-messages/{second.pk}/take/").json()["outcome"] == "message"
    assert alice_api.post(f"/api/v1/mail-messages/{second.pk}/take/").status_code == 409


@pytest.fixture
def undelivered(
    mail_account: MailAccount, smtp_server: SmtpServer, imap_server: ImapServer, desk: Desk
) -> OutgoingMessage:
    imap_server.deliver(mail("Hello?"))
    mailboxes.read_mailbox(mail_account.pk)
    services.reply(desk.actor, conversation_id=Conversation.objects.get().pk, text="Hello!")
    smtp_server.recipient_answer = "550 No such user"
    outbox.deliver_due()
    smtp_server.recipient_answer = ""
    return OutgoingMessage.objects.select_related("message").get()


def test_staff_hear_of_what_was_not_delivered_and_send_it_again(
    undelivered: OutgoingMessage, alice_actor: Actor, alice_browser: Client, alice_api: ApiClient
) -> None:
    assert "1 message was not delivered" in [str(matter.text) for matter in alerts(alice_actor)]
    found = alice_api.get("/api/v1/outgoing-messages/?state=failed").json()["results"]
    assert found[0]["failure"]["code"] == "recipient"
    assert found[0]["failure"]["detail"] == "550 No such user"

    alice_browser.post(f"/conversations/outgoing/{undelivered.pk}/resend/")
    outbox.deliver_due()

    undelivered.refresh_from_db()
    assert undelivered.state == "sent"
    assert alice_api.post(f"/api/v1/outgoing-messages/{undelivered.pk}/resend/").status_code == 409


def test_a_broken_mailbox_is_a_matter_for_those_who_manage_channels(
    mail_account: MailAccount, alice_actor: Actor
) -> None:
    MailAccount.objects.update(error="login: no")

    assert any("cannot connect" in str(matter.text) for matter in alerts(alice_actor))


def test_the_api_makes_a_mail_channel_and_never_tells_the_password(alice_api: ApiClient) -> None:
    body = {**ACCOUNT, "is_encrypted": True, "name": "Mail", "language": "en"}
    made = alice_api.post_json("/api/v1/mail-accounts/", body)
    assert made.status_code == 201, made.content
    account = made.json()

    changed = alice_api.patch(
        f"/api/v1/mail-accounts/{account['id']}/", {"folder": "Support"}, content_type="application/json"
    ).json()

    assert (changed["folder"], changed["failure"]) == ("Support", None)
    assert "password" not in account | changed
    assert MailAccount.objects.get().password == PASSWORD


def test_the_api_makes_a_telegram_channel_and_never_tells_the_token(alice_api: ApiClient) -> None:
    body = {"kind": "telegram", "name": "Bot", "language": "en", "credentials": {"token": "1:secret"}}
    account = alice_api.post_json("/api/v1/messenger-accounts/", body).json()
    changed = alice_api.patch(
        f"/api/v1/messenger-accounts/{account['id']}/", {}, content_type="application/json"
    ).json()

    assert "secret" not in str(account) + str(changed)
    assert MessengerAccount.objects.get().credentials["token"] == "1:secret"


def test_accounts_need_the_permission_to_manage_channels(
    mail_account: MailAccount, alice_actor: Actor
) -> None:
    looker = api_client(alice_actor, "conversations.view", "conversations.reply")

    assert looker.get("/api/v1/mail-accounts/").status_code == 403
    assert looker.get("/api/v1/outgoing-messages/").status_code == 200


def test_a_stranger_reaches_nothing(
    mail_account: MailAccount, undelivered: OutgoingMessage, bob_browser: Client, bob_api: ApiClient
) -> None:
    for path in (
        f"/conversations/channels/{mail_account.channel_id}/mail/check/",
        f"/conversations/outgoing/{undelivered.pk}/resend/",
        f"/conversations/mails/{MailMessage.objects.get().pk}/take/",
    ):
        assert bob_browser.post(path).status_code == 404
    assert bob_api.post(f"/api/v1/outgoing-messages/{undelivered.pk}/resend/").status_code == 404
    assert bob_api.get("/api/v1/mail-accounts/").json()["results"] == []


def test_the_form_of_a_new_telegram_channel_leads_to_its_page(alice_browser: Client) -> None:
    answer = alice_browser.post(
        "/conversations/channels/new/telegram/",
        {"name": "Bot", "language": "en", "token": "1:secret"},
        follow=True,
    )

    assert "Not connected yet." in answer.content.decode()
    assert "1:secret" not in answer.content.decode()


def test_a_mail_channel_has_no_chat_page(mail_account: MailAccount, alice_browser: Client) -> None:
    assert Client().get(f"/c/{mail_account.channel.slug}/").status_code == 404
    assert "/c/" not in alice_browser.get("/conversations/channels/").content.decode()


@pytest.mark.filterwarnings("ignore:Requiring AUTH")  # aiosmtpd counts only STARTTLS as TLS
def test_tls_from_the_first_byte_works_both_ways(
    mail_account: MailAccount, certificate: Path, tmp_path: Path
) -> None:
    with (
        imap_over_tls(certificate, tmp_path / "log") as imap_port,
        tls_smtp(certificate) as smtp_port,
    ):
        mail_account.is_encrypted, mail_account.folder = True, "INBOX"
        mail_account.imap_port, mail_account.smtp_port = imap_port, smtp_port
        findings = connection_check.check(mail_account)

    assert [(each.part, each.code, each.detail) for each in findings] == [("imap", "", ""), ("smtp", "", "")]
