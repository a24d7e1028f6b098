"""What comes back undelivered marks the answer that it is about, and staff read why."""

import pytest

from apps.customer_service.conversations import services
from apps.customer_service.conversations.models import Conversation, OutgoingMessage
from apps.customer_service.inbox.models import Note
from apps.customer_service.mail import threads
from apps.customer_service.mail.models import MailAccount, MailMessage
from tests.customer_service.conftest import Desk
from tests.customer_service.mail.test_intake import poll
from tests.customer_service.mail_servers import ImapServer, mail

pytestmark = pytest.mark.django_db


def test_a_bounce_marks_our_mail_as_not_delivered(
    mail_account: MailAccount, imap_server: ImapServer, desk: Desk
) -> None:
    imap_server.deliver(mail("May I return tea?"))
    poll(mail_account)
    reply = services.reply(desk.actor, conversation_id=Conversation.objects.get().pk, text="Yes.")
    OutgoingMessage.objects.update(state="sent")
    ours = threads.message_id_of(reply, "tea.example")
    report = (
        "From: MAILER-DAEMON@mx.example\r\nTo: desk@tea.example\r\nSubject: Undelivered\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nUser unknown\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        "Final-Recipient: rfc822; vera@home.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {ours}\r\n\r\n--b--\r\n"
    )

    imap_server.deliver(report.encode())
    poll(mail_account)

    sent = OutgoingMessage.objects.get(message=reply)
    assert (sent.state, sent.error) == ("failed", "bounced: User unknown")
    assert "User unknown" in Note.objects.get().text


def test_a_bounce_that_repeats_no_more_than_our_subject_marks_our_mail_too(
    mail_account: MailAccount, imap_server: ImapServer, desk: Desk
) -> None:
    imap_server.deliver(mail("May I return tea?", subject="退货"))
    poll(mail_account)
    reply = services.reply(desk.actor, conversation_id=Conversation.objects.get().pk, text="Yes.")
    OutgoingMessage.objects.update(state="sent")
    told = (
        "抱歉，您的邮件被退回来了\n\n原邮件信息：\n时间：2026-12-01 11:27:34\n"
        f"主题：Re: 退货 [#{MailMessage.objects.get().token}]\n收件人：vera@home.example\n退信原因：该用户不存在"
    )

    imap_server.deliver(mail(told, sender="PostMaster@163.example", subject="系统退信"))
    poll(mail_account)

    sent = OutgoingMessage.objects.get(message=reply)
    assert (sent.state, sent.error) == ("failed", f"bounced: {told}")
    assert "该用户不存在" in Note.objects.get().text


def test_a_mail_that_is_only_late_is_not_marked_as_failed(
    mail_account: MailAccount, imap_server: ImapServer, desk: Desk
) -> None:
    imap_server.deliver(mail("May I return tea?"))
    poll(mail_account)
    services.reply(desk.actor, conversation_id=Conversation.objects.get().pk, text="Yes.")
    OutgoingMessage.objects.update(state="sent")
    token = MailMessage.objects.get().token

    late = f"Not delivered for 4 hours, will be tried again: Re: [#{token}]"
    imap_server.deliver(mail(late, sender="postmaster@mx.example", subject="Warning: message delayed"))
    poll(mail_account)

    assert OutgoingMessage.objects.get().state == "sent"
    assert "4 hours" in Note.objects.get().text
