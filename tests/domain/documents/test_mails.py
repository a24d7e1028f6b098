"""Mails, mailboxes and calendars: who wrote what to whom, what it says, and what came with it."""

import base64
from collections.abc import Callable
from email.message import EmailMessage
from time import thread_time

import pytest

from domain.documents import content, reading
from domain.documents import mail as mails
from domain.documents.blocks import markdown_of
from tests.domain.documents import files, outlook_files
from tests.domain.documents.conftest import Read, told
from tests.knowledge.conftest import pdf_file

EVENT = """BEGIN:VCALENDAR
BEGIN:VEVENT
DTSTART;TZID="Asia/Shanghai":20260410T140000
DTEND;TZID="Asia/Shanghai":20260410T153000
SUMMARY:季度复盘会
LOCATION:三楼\\, 会议室 B
ORGANIZER;CN=李娜:mailto:lina@example.com
DESCRIPTION:请各部门准备
 数据。\\n会前发材料。
BEGIN:VALARM
DESCRIPTION:Reminder
END:VALARM
END:VEVENT
END:VCALENDAR
"""


def test_an_invitation_says_what_when_where_and_by_whom_once(read: Read) -> None:
    message = EmailMessage()
    message["From"], message["Subject"], message["Date"] = (
        "li@example.com",
        "Invitation",
        "Tue, 3 Mar 2026 09:00:00 +0800",
    )
    message.set_content("")
    message.add_alternative(EVENT, subtype="calendar")
    message.add_attachment(EVENT.encode(), maintype="application", subtype="ics", filename="invite.ics")
    lines = "\n".join(block.text for block in read(message.as_bytes(), "a.eml")).splitlines()[3:]
    assert lines == [
        "季度复盘会",
        "时间：2026-04-10 14:00 (Asia/Shanghai)–2026-04-10 15:30 (Asia/Shanghai)",
        *("地点：三楼, 会议室 B", "组织者：李娜", "请各部门准备数据。", "会前发材料。"),
    ]


def test_a_calendar_is_read_event_by_event(read: Read) -> None:
    """Whatever its file is called, without the codes that only programs know."""
    two = EVENT.replace(
        "END:VCALENDAR", "BEGIN:VEVENT\nSUMMARY:Stocktaking\nDTSTART:20260411\nEND:VEVENT\nEND:VCALENDAR"
    )
    for name in ("team.ics", "team.txt"):
        first, second = read(two.encode(), name)
        assert first.text.startswith("季度复盘会\n时间：2026-04-10 14:00 (Asia/Shanghai)")
        assert second.text == "Stocktaking\nWhen: 2026-04-11"


def test_a_mail_without_plain_text_is_read_from_its_html(read: Read) -> None:
    content = files.mail("", html="<html><body><p>Hello <b>you</b>.</p></body></html>")
    assert told(read(content, "order.eml"))[-1] == ("paragraph", "Hello you.")


def test_what_the_html_of_a_mail_hides_is_not_read(read: Read) -> None:
    """Also where one hidden part holds another; a frame without a size of type shows what stands in it."""
    teaser = '<div style="display: none; max-height:0">Last chance!<p style="display:none">Buy</p></div>'
    shown = '<div style="font-size:0"><p style="font-size:14px">The shop moves to Elm Road 5.</p></div>'
    content = files.mail("", html=f"<html><body>{teaser}{shown}</body></html>")
    assert told(read(content, "order.eml"))[2:] == [("paragraph", "The shop moves to Elm Road 5.")]


def test_a_plain_part_that_only_says_to_look_at_the_html_is_not_the_mail(read: Read) -> None:
    price = "<html><body><p>Our prices for you, as agreed upon in the meeting of March:</p>{}</body></html>"
    table = "<table><tr><th>Tea</th><th>Price</th></tr><tr><td>Longjing</td><td>128</td></tr></table>"
    hint = files.mail("Please view this mail as HTML.", html=price.format(table))
    assert told(read(hint, "order.eml"))[-1][0] == "table"
    whole = files.mail("Our prices, as agreed upon in March: Longjing 128", html=price.format(""))
    assert told(read(whole, "order.eml"))[-1] == (
        "paragraph",
        "Our prices, as agreed upon in March: Longjing 128",
    )


def test_a_mail_in_chinese_says_in_chinese_what_of_it_was_not_read(read: Read) -> None:
    shown = read(files.mail("您好，图纸见附件。", {"图纸.dwg": b"\0\1\2"}), "order.eml")[1].text
    assert shown.split("\n")[-2:] == ["附件：图纸.dwg", "未读取：图纸.dwg"]


def test_a_mailbox_is_read_mail_by_mail_each_under_its_number(read: Read) -> None:
    second = (
        b"From: bo@b.example\nDate: Tue, 3 Mar 2026 10:00:00 +0100\nMessage-Id: <a@b>\n\n>From May on: 68.\n"
    )
    start = b"From a@b.example Tue Mar  3 09:00:00 2026\n"
    box = start + files.mail("See below.", {"hours.txt": b"Nine to five."}) + b"\n" + start + second
    blocks = read(box, "Inbox.mbox")
    assert [(block.part, block.text.split("\n")[0]) for block in blocks] == [
        ("1", "我们的订单"),
        ("1", "From: Grete Müller <grete@example.com>"),
        ("1", "See below."),
        ("1 › hours.txt", "Nine to five."),
        ("2", "From: bo@b.example"),
        ("2", ">From May on: 68."),
    ]


def test_a_mailbox_of_too_many_mails_is_refused(
    answer: Callable[[bytes, str], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mails, "MOST_MAILS", 1)
    one = b"From a@b.example Tue Mar  3 09:00:00 2026\n" + files.mail()
    assert answer(one + one, "Inbox.mbox") == {"error": "too_much_text"}


def test_mails_inside_mails_are_read_three_deep(read: Read) -> None:
    inner = files.mail("The innermost words.")
    for depth in range(6):
        inner = files.mail(f"Level {depth}.", {"mail.eml": inner})
    text = markdown_of(read(inner, "nested.eml"))
    assert "Level 5." in text
    assert "Level 2." in text
    assert "innermost" not in text


def test_a_message_of_outlook_is_read_with_its_attachments(read: Read) -> None:
    attached = {"terms.pdf": pdf_file("Terms of sale."), "logo.bin": bytes(5000)}
    blocks = read(
        outlook_files.message("订单 7", "Dear all,\n\nsee below.", attachments=attached), "order.msg"
    )

    assert told(blocks[:4]) == [
        ("heading", "订单 7"),
        (
            "paragraph",
            'From: "Ann Lee" <ann@tea.example>\nTo: Bo <bo@tea.example>\nAttachments: terms.pdf, logo.bin\n'
            "Not read: logo.bin",
        ),
        ("paragraph", "Dear all,"),
        ("paragraph", "see below."),
    ]
    assert [(block.part, block.text) for block in blocks[4:]] == [("terms.pdf", "Terms of sale.")]


def test_a_message_that_is_attached_to_one_of_outlook_is_read_in_its_place(read: Read) -> None:
    asked = outlook_files.tree("询价", "We need 300 kg.", attachments={"list.txt": b"Longjing"}, head=24)
    headers = {0x007D: "From: =?gb2312?B?zfW3vA==?= <wf@tea.example>\r\n"}
    answered = outlook_files.compound_file(
        outlook_files.tree("Re: 询价", "See below.", headers, messages=[asked])
    )
    blocks = read(answered, "order.msg")
    assert blocks[1].text.split("\n") == [
        "From: 王芳 <wf@tea.example>",
        "To: Bo <bo@tea.example>",
        "Attachments: 询价",
    ]
    assert [(block.part, block.text) for block in blocks[3:]] == [
        ("询价", "询价"),
        ("询价", 'From: "Ann Lee" <ann@tea.example>\nTo: Bo <bo@tea.example>\nAttachments: list.txt'),
        ("询价", "We need 300 kg."),
        ("询价 › list.txt", "Longjing"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_headers_that_nobody_encoded_are_read(read: Read, encoding: str) -> None:
    head = 'From: "王芳" <wf@tea.example>\r\nTo: a@b.example\r\nSubject: 三月报价单\r\nMIME-Version: 1.0\r\n'
    part = 'Content-Type: text/plain; name="报价.txt"\r\nContent-Disposition: attachment; filename="报价.txt"\r\n\r\nHi.'
    mail = f'{head}Content-Type: multipart/mixed; boundary="B"\r\n\r\n--B\r\n{part}\r\n--B--\r\n'
    subject, shown, attached = read(mail.encode(encoding), "offer.eml")
    assert (subject.text, attached.part) == ("三月报价单", "报价.txt")
    assert shown.text == 'From: "王芳" <wf@tea.example>\nTo: a@b.example\n附件：报价.txt'


def test_a_mail_attached_as_such_is_read_as_one_whatever_its_name_is(read: Read) -> None:
    inner = EmailMessage()
    inner["Thread-Topic"], inner["Subject"] = "a", "Order 7"
    inner.set_content("We need 300 kg.", cte="base64")
    outer = EmailMessage()
    outer["From"], outer["Date"], outer["Subject"] = (
        "a@b.example",
        "Tue, 3 Mar 2026 09:00:00 +0100",
        "Re: order",
    )
    outer.set_content("See below.")
    outer.add_attachment(inner, filename="Order of March 3.txt")
    blocks = read(outer.as_bytes(), "order.eml")
    assert [(block.part, block.text) for block in blocks if block.part][-1] == (
        *("Order of March 3.txt.eml", "We need 300 kg."),
    )
    encoded = outer.as_bytes().replace(inner.as_bytes(), base64.encodebytes(inner.as_bytes()))
    encoded = encoded.replace(
        b"Content-Type: message/rfc822", b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64"
    )
    assert encoded.count(b"We need") == 0
    assert read(encoded, "order.eml")[-1].text == "We need 300 kg."


def test_a_message_of_outlook_without_plain_text_is_read_from_its_html(read: Read) -> None:
    content = outlook_files.message(
        "Teas", "", html="<html><body><p>Hello <b>谢谢</b>.</p></body></html>".encode()
    )
    assert told(read(content, "order.msg"))[-1] == ("paragraph", "Hello 谢谢.")


def test_a_mail_of_many_nested_mails_costs_little() -> None:
    inner: EmailMessage = EmailMessage()
    inner.set_content("x")
    for _ in range(30):
        outer = EmailMessage()
        outer["Subject"] = "Fwd"
        for _copy in range(2):
            outer.add_attachment(b"x" * 200_000, maintype="text", subtype="plain", filename="x.txt")
        outer.add_attachment(inner)
        inner = outer
    begun = thread_time()
    blocks = list(reading._blocks(inner.as_bytes(), content.Kind.MAIL, [], []))
    assert thread_time() - begun < 10
    assert len({block.part for block in blocks}) < 12
