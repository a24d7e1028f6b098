"""Bytes of mails as the world writes them."""

import base64
import time

import pytest

from apps.core.bounded import Child, WorkFailed
from apps.customer_service.mail import mailboxes, parsing, threads
from apps.customer_service.mail.reply_text import own_words
from apps.customer_service.mail.sender_authentication import SenderCheck, Verdict, check_of

HEAD = b"From: Vera <vera@home.example>\r\nTo: desk@tea.example\r\nSubject: Tea\r\n"


def plain(body: bytes, charset: str = "", encoding: str = "8bit") -> bytes:
    kind = f"; charset={charset}" if charset else ""
    head = f"Content-Type: text/plain{kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return HEAD + head.encode() + body


def encoded_word(text: str) -> str:
    return f"=?gb18030?B?{base64.b64encode(text.encode('gb18030')).decode()}?="


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("gb2312", "请问未开封的茶叶可以退货吗？"),
        ("gbk", "請問未開封的茶葉可以退貨嗎？"),
        ("gb18030", "我的订单号是四七一一，请尽快发货。"),
        ("big5", "請問什麼時候出貨？我等了很久了。"),
        ("utf-16", "两盒乌龙茶"),
        ("iso-8859-1", "Où est mon thé?"),
        ("koi8-r", "Где мой чай?"),
        ("shift_jis", "お茶はいつ届きますか"),
        ("utf-7", "Grüße"),
    ],
)
def test_declared_charsets_are_read(charset: str, text: str) -> None:
    assert parsing.read(plain(text.encode(charset), charset)).text == text
    encoded = base64.encodebytes(text.encode(charset))
    assert parsing.read(plain(encoded, charset, "base64")).text == text


def test_what_gb2312_does_not_hold_is_read_all_the_same() -> None:
    assert parsing.read(plain("陶喆和朱镕基".encode("gbk"), "gb2312")).text == "陶喆和朱镕基"


@pytest.mark.parametrize("charset", ["", "unknown-8bit", "x-nonsense", "utf-8", "us-ascii", "base64", "hex"])
def test_a_missing_or_wrong_charset_is_guessed(charset: str) -> None:
    text = "请问未开封的茶叶可以退货吗？我上周买了两盒乌龙茶，还没有打开过。" * 3

    assert parsing.read(plain(text.encode("gb18030"), charset)).text == text


def test_headers_are_read_encoded_raw_or_broken() -> None:
    subject = base64.b64encode("退货问题".encode("gb2312"))
    mail = parsing.read(
        b"From: =?utf-8?q?V=C3=A9ra?= <VERA@Home.Example>\r\nSubject: =?gb2312?B?"
        + subject
        + b"?= 4711\r\n\r\nx"
    )
    assert (mail.sender, mail.sender_name, mail.subject) == ("vera@home.example", "Véra", "退货问题 4711")

    raw = parsing.read(
        b"From: v@x.example\r\nSubject: " + "我要退货，订单号一二三".encode("gbk") + b"\r\n\r\nx"
    )
    assert raw.subject == "我要退货，订单号一二三"
    assert parsing.read(b"From: v@x.example\r\nSubject: =?utf-8?B?////?=\r\n\r\nx").sender == "v@x.example"


@pytest.mark.parametrize(
    ("name", "read"),
    [
        (encoded_word("王,小明"), "王,小明"),
        (encoded_word("客服@店"), "客服@店"),
        (encoded_word("李四[北京]"), "李四[北京]"),
        (encoded_word("Vera <vera@home.example>"), "Vera <vera@home.example>"),
        (f'"{encoded_word("张三")}"', "张三"),
        ('"Doe, Vera"', "Doe, Vera"),
        ("Doe, Vera", "Doe, Vera"),
        ("postmaster@qq.example", "postmaster@qq.example"),
    ],
)
def test_no_name_hides_the_address_behind_it(name: str, read: str) -> None:
    head = f"From: {name} <w@qq.example>\r\nTo: {name} <desk+ABC@tea.example>\r\n\r\n"

    mail = parsing.read(head.encode())

    assert (mail.sender, mail.sender_name) == ("w@qq.example", read)
    assert "desk+abc@tea.example" in mail.recipients


def test_of_several_senders_the_first_counts() -> None:
    assert parsing.read(b"From: w@qq.example, Vera <vera@home.example>\r\n\r\n").sender == "w@qq.example"


def test_html_becomes_text_without_scripts_styles_and_pictures() -> None:
    html = (
        "<html><head><title>Mail</title><style>p{color:red}</style></head><body><p>Hello <b>you</b></p>"
        "<script>steal()</script><img src='https://spy.example/x.gif'><ul><li>2 tins</li><li>1 pot</li></ul></body></html>"
    )

    text = parsing.read(HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n" + html.encode()).text

    assert "Hello" in text
    assert "2 tins" in text
    assert not any(word in text for word in ("steal", "spy.example", "color", "Mail"))


def test_html_nested_beyond_measure_is_still_read() -> None:
    html = "<div>" * 3000 + "deep tea" + "</div>" * 3000

    assert "deep tea" in parsing.read(HEAD + b"Content-Type: text/html\r\n\r\n" + html.encode()).text


def test_a_mail_in_the_mail_is_a_file_and_not_what_the_sender_wrote() -> None:
    content = (
        HEAD
        + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee below\r\n'
        b"--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: x@y.example\r\nSubject: z\r\n\r\nInner secret\r\n--b--\r\n"
    )

    mail = parsing.read(content)

    assert mail.text == "See below"
    assert [file.name for file in mail.files] == ["mail.eml"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\r\n",
        b"no headers at all",
        b"\x00" * 1000,
        HEAD + b"Content-Type: multipart/mixed\r\n\r\nno boundary",
        HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n--b\r\n--b',
        HEAD + b"Content-Type: ;;;=\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!not base64!!!",
        HEAD + b"Content-Transfer-Encoding: uuencode\r\n\r\nbegin 644 x\r\n####\r\nend",
        b"From: " + b"<" * 5000 + b"\r\n\r\nx",
        b"References: " + b"<a@b> " * 20_000 + b"\r\n\r\nx",
        HEAD + b"Date: Mon, 99 Foo 99999 99:99:99 +9999\r\n\r\nx",
        HEAD + b"Content-Type: text/html\r\n\r\n<![ foo",
    ],
)
def test_broken_mails_are_read_as_far_as_it_goes(content: bytes) -> None:
    mail = parsing.read(content)

    assert len(mail.references) <= 20
    assert mail.digest


@pytest.mark.parametrize(
    "content",
    [
        b"Subject: " + b"=?utf-8?q?a?= " * 6000 + b"\r\n\r\nx",
        b"Subject: " + b"a " * 40_000 + b"\r\n\r\nx",
        b"From: " + b"<" * 80_000 + b"\r\n\r\nx",
        b"Authentication-Results: mx; " + b"(" * 80_000 + b"\r\n\r\nx",
        HEAD + b"Content-Type: text/html\r\n\r\n" + b"<a <a" * 60_000,
        HEAD + b"Content-Type: text/html\r\n\r\n" + b"<!---->" * 40_000,
        HEAD + b"Content-Type: text/html\r\n\r\n" + b"&" * 300_000,
        HEAD + b'Content-Disposition: attachment; filename="' + b'\\"' * 40_000 + b"\r\n\r\nx",
    ],
    ids=lambda content: content[-60:-40].decode(),
)
def test_reading_hostile_mails_takes_no_time(content: bytes) -> None:
    # A quadratic reader takes minutes; the collector of a process full of other tests takes a second or two.
    begun = time.thread_time()

    parsing.read_as_json(content, "")

    assert time.thread_time() - begun < 10


@pytest.mark.slow
def test_a_mail_nested_beyond_measure_ends_the_child_alone() -> None:
    parts = (b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(5000))

    with Child(mailboxes.READING) as reader:
        with pytest.raises(WorkFailed):
            reader.call(mailboxes.READ, "", content=HEAD + b"".join(parts))
        again = reader.call(mailboxes.READ, "", content=plain("茶\ud83d".encode("utf-8", "surrogatepass")))

    assert parsing.MAIL.validate_json(again).text


def test_a_forged_mail_does_not_make_the_real_one_look_like_a_copy() -> None:
    content = b"Message-ID: <one@home.example>\r\n" + plain(b"Hello")
    check = b"Authentication-Results: mx; dmarc=%b header.from=home.example\r\n"

    real, forged = (parsing.read(check % result + content) for result in (b"pass", b"fail"))

    assert real.digest != forged.digest
    assert real.digest == parsing.read(content).digest


@pytest.mark.parametrize(
    ("headers", "authserv_id", "verdict", "server"),
    [
        (["mx.tea; dmarc=pass (p=REJECT) header.from=home.example"], "", "verified", "mx.tea"),
        (["mx.tea 1; spf=pass smtp.mailfrom=v@home.example; dmarc=fail"], "", "failed", "mx.tea"),
        (["mx.tea; dkim=pass header.d=home.example header.s=k"], "", "verified", "mx.tea"),
        (["mx.tea; dkim=pass header.i=@evil.example; spf=softfail"], "", "", "mx.tea"),
        (["mx.tea; dmarc=pass header.from=evil.example"], "", "", "mx.tea"),
        (["mx.tea; none"], "", "", "mx.tea"),
        (["evil; dmarc=pass header.from=home.example", "mx.tea; dmarc=fail"], "mx.tea", "failed", "mx.tea"),
        (["evil; dmarc=pass header.from=home.example"], "MX.tea", "", ""),
        (
            ["spf=pass (ip) smtp.mailfrom=home.example; dmarc=pass header.from=home.example"],
            "",
            "verified",
            "",
        ),
        (['mx.tea; spf=fail smtp.mailfrom="; dmarc=pass header.from=home.example"@x.y'], "", "", "mx.tea"),
        (["mx.tea; dmarc=fail (reason ; dmarc=pass header.from=home.example)"], "", "failed", "mx.tea"),
        (['mx.tea; spf=none (" (nested); dmarc=pass header.from=home.example'], "", "", ""),
        (["mx.tea; dkim=pass header.d=example"], "", "", "mx.tea"),
        ([""], "", "", ""),
        ([], "", "", ""),
    ],
)
def test_the_receiving_servers_word_counts_and_no_other(
    headers: list[str], authserv_id: str, verdict: str, server: str
) -> None:
    found = check_of(headers, sender="vera@home.example", authserv_id=authserv_id)

    assert found == SenderCheck(Verdict(verdict), server)


@pytest.mark.parametrize(
    ("text", "own"),
    [
        (
            "Thanks!\n\nOn Mon, 3 Nov 2025 at 10:00, Tea House <desk@tea.example> wrote:\n> Yes\n> It does",
            "Thanks!",
        ),
        ("Thanks!\n\nOn Mon, 3 Nov 2025 at 10:00, Tea House\n<desk@tea.example> wrote:\n> Yes", "Thanks!"),
        ("好的，谢谢\n\n在 2025年11月3日 10:00，茶馆 <desk@tea.example> 写道：\n> 可以", "好的，谢谢"),
        ("收到\n------------------ 原始邮件 ------------------\n发件人: 茶馆\n主题: 退货", "收到"),
        ("Ok\n\n-----Original Message-----\nFrom: Tea House\nSent: Monday\nTo: Vera\nSubject: Tea", "Ok"),
        ("Ok\n\nFrom: Tea House\nSent: Monday\nTo: Vera\nSubject: Tea\n\nold words", "Ok"),
        (
            "請取消。\n\n寄件者: Tea House <desk@tea.example>\n寄件日期: 2026年11月30日\n收件者: 張三\n主旨: 訂單\n\n您好",
            "請取消。",
        ),
        (
            "收到\n\n获取 Outlook for iOS\n________________________________\n发件人: 茶馆\n发送时间: 周一\n主题: 退货",
            "收到",
        ),
        (
            f"好的\n\n{'-' * 66}\n发件人：茶馆 <desk@tea.example>\n发送时间：周一\n收件人：张三\n\n您好",
            "好的",
        ),
        (
            f"好的\n\n{'-' * 66}\n发件人：茶馆 <desk@tea.example>\n日　期：周一\n收件人：张三\n主　题：Re: 退货\n\n您好",
            "好的",
        ),
        ("好的\n\n从 Windows 版邮件发送", "好的"),
        (
            "可以\n---- 回复的原邮件 ----\n\n| 发件人 | 茶馆 |\n| 日期 | 周一 |\n\n> 您好\n\n三盒",
            "可以\n\n三盒",
        ),
        (
            "好的\n\n---\n\n**发件人:** 茶馆 <desk@tea.example>\n**发送时间:** 周一\n**主题:** 退货\n\n您好",
            "好的",
        ),
        ("On Mon, Tea House wrote:\n> Which tea?\nOolong\n> How much?\nTwo tins", "Oolong\nTwo tins"),
        (
            "Please send:\n- 2 tins of Oolong\n- 1 pot\n\n-- \nVera\nHome 1",
            "Please send:\n- 2 tins of Oolong\n- 1 pot",
        ),
        ("Where is it?\n\nSent from my iPhone", "Where is it?"),
        ("From: the beginning I liked your tea", "From: the beginning I liked your tea"),
        ("> only a quotation", "> only a quotation"),
        ("收到\n茶馆 写道：\n\n> 可以", "收到"),
        ("收到\n茶馆 <desk@tea.example> 写道：\n可以", "收到"),
        *(
            (text, text)
            for text in (
                "你好，\n你们客服在聊天里写道：\n“七天内可以退”\n现在又不退了？",
                "Hi\nOn your site somebody wrote:\nfree returns\nIs that so?",
                "My booking:\nFrom: Paris\nTo: Rome\nDate: 3 November\nMay I change it?",
                "請改地址\n寄件人：李四\n收件人：王五\n日期：11月3日\n謝謝",
                "第一件\n--------------------\n第二件",
                "Sent from Hamburg on 3 May, it never came.",
                "请改地址\n发件人：李四\n收件人：王五\n日期：11月3日\n麻烦尽快",
            )
        ),
        ("", ""),
    ],
)
def test_only_the_new_words_are_taken(text: str, own: str) -> None:
    assert own_words(text) == own


@pytest.mark.parametrize("subject", ["Fwd: Your order", "FW: Your order", "转发：您的订单"])
def test_what_somebody_sends_on_is_part_of_their_mail(subject: str) -> None:
    text = (
        "Where is it?\r\n\r\n---------- Forwarded message ---------\r\nFrom: Tea House\r\n\r\nOrder TH-2041"
    )
    content = f"From: v@x.example\r\nSubject: {encoded_word(subject)}\r\n\r\n{text}".encode()

    forwarded = parsing.read(content)
    answered = parsing.read(content.replace(b"Subject: ", b"Subject: Re: "))

    assert "Order TH-2041" in forwarded.text
    assert answered.text == "Where is it?"


def test_hostile_text_takes_no_time() -> None:
    for text in ("On " * 200_000, "> " * 200_000, "-" * 300_000, "写道" * 100_000, "From:\n" * 100_000):
        own_words(text)


def test_subjects_are_answered_once() -> None:
    assert threads.answer_subject("回复: Re: Tea [#ABCDEFGH]", "ABCDEFGH") == "Re: Tea [#ABCDEFGH]"
    assert threads.answer_subject("", "") == "Re:"
