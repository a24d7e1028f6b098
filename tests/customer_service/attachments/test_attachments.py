"""Files of visitors: judged by their content, sent with a message, shown without ever running."""

import io
import os
import zipfile
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from apps.customer_service.attachments import content
from apps.customer_service.attachments import services as attachments
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations import selectors, services
from apps.customer_service.conversations.models import Attachment, Conversation, Message
from apps.privacy import retention_rules
from tests.customer_service.conftest import Desk, Say
from tests.customer_service.visitor_fixtures import VisitorBrowser
from tests.domain.documents import bombs
from tests.domain.documents.test_archives import cheap

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(64)
PDF = b"%PDF-1.7\n" + bytes(64)
TEXT = "一罐龙井，128 元".encode()
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
HTML = b"\n  <!doctype html><script>alert(1)</script>"
PROGRAM = b"\x7fELF\x02\x01\x01" + bytes(64)


def archive(*names: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as file:
        for name in names:
            file.writestr(name, "<x/>")
    return written.getvalue()


WORD = archive("[Content_Types].xml", "word/document.xml")
ZIP = archive("photos/a.png")


@pytest.fixture
def vera(channel: Channel) -> VisitorBrowser:
    return VisitorBrowser(channel)


def address_of(vera: VisitorBrowser, sent: Any) -> str:
    messages = vera.get("?after=1").json()["turns"]
    return str(messages[0]["attachments"][0]["url"])


@pytest.mark.parametrize(
    ("sent", "name", "content_type"),
    [
        (PNG, "tea.png", "image/png"),
        (PDF, "invoice.pdf", "application/pdf"),
        (TEXT, "note.txt", "text/plain"),
        (WORD, "letter.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ],
)
def test_a_file_goes_along_with_a_message(
    vera: VisitorBrowser, alice_browser: Client, sent: bytes, name: str, content_type: str
) -> None:
    stored = vera.upload(sent, name).json()
    answer = vera.post("messages", {"text": "Here it is", "attachments": [stored["id"]]})

    assert answer.status_code == 202
    shown = vera.get("?after=1").json()["turns"][0]
    assert (shown["text"], shown["attachments"][0]["content_type"]) == ("Here it is", content_type)
    for client, url in [
        (Client(), shown["attachments"][0]["url"]),
        (alice_browser, f"/conversations/attachments/{stored['id']}/"),
    ]:
        opened = client.get(url)
        assert opened.getvalue() == sent
        assert opened.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in opened.headers["Content-Security-Policy"]


@pytest.mark.parametrize(("sent", "shown"), [(PNG, "inline"), (PDF, "attachment"), (TEXT, "attachment")])
def test_only_pictures_and_sound_are_shown_in_place(vera: VisitorBrowser, sent: bytes, shown: str) -> None:
    stored = vera.upload(sent, "file").json()

    assert Client().get(stored["url"]).headers["Content-Disposition"].startswith(shown)


@pytest.mark.parametrize("sent", [SVG, HTML, PROGRAM, ZIP, b"", b"<?xml version='1.0'?><svg/>"])
@pytest.mark.parametrize("name", ["picture.png", "page.html"])
def test_what_could_run_is_refused_whatever_it_is_called(
    vera: VisitorBrowser, sent: bytes, name: str
) -> None:
    assert vera.upload(sent, name).status_code in (400, 415)
    assert not Attachment.objects.exists()


@pytest.mark.parametrize(
    "bomb",
    [
        bombs.of_zeros,
        bombs.nested,
        partial(bombs.of_many_entries, 20_000),
        partial(bombs.with_a_second_list, {"[Content_Types].xml": b""}),
        partial(bombs.claiming, "mimetype", bytes(2**20), 10),
    ],
    ids=["zeros", "nested", "many entries", "two lists", "lying size"],
)
def test_an_archive_bomb_is_refused_and_never_unpacked(
    vera: VisitorBrowser, bomb: Callable[[], bytes]
) -> None:
    sent = bomb()
    with cheap(megabytes=4 + 4 * len(sent) / 2**20):
        answer = vera.upload(sent, "letter.docx")

    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "file_not_accepted")


@pytest.mark.parametrize("suffix", [".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp"])
def test_office_documents_are_known_by_their_content(suffix: str) -> None:
    folder = {".docx": "word", ".xlsx": "xl", ".pptx": "ppt"}.get(suffix)
    [kind] = [kind for kind, ending in content.DOCUMENTS.items() if ending == suffix]
    # The parts that tell stand far behind the first bytes.
    parts = {
        "[Content_Types].xml": b"<x/>",
        "custom/a.bin": os.urandom(20_000),
        f"{folder}/main.xml": b"<x/>",
    }
    packed = bombs.archive(parts) if folder else bombs.archive({"mimetype": kind.encode()}, compression=0)

    assert content.content_type_of(io.BytesIO(packed), is_voice=False) == kind


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd.png", "passwd.png"),
        ("C:\\temp\\tea.PNG", "tea.PNG"),
        ("harmless\u202egnp.exe", "harmlessgnp.exe.png"),
        ("a\x00b<c>.png", "abc.png"),
        ("...", "file.png"),
        ("茶" * 300 + ".png", "茶" * 116 + ".png"),
    ],
)
def test_names_are_cleaned(name: str, clean: str) -> None:
    assert content.clean_name(name, "image/png") == clean


@override_settings(ATTACHMENT_MAX_BYTES=1024 * 1024)
def test_a_file_that_is_too_large_is_told_how_large_it_may_be(vera: VisitorBrowser) -> None:
    answer = vera.upload(PNG + bytes(1024 * 1024), "tea.png")

    assert answer.status_code == 413
    assert answer.json()["error"]["message"] == "The file is too large: at most 1 MB."


def test_a_channel_may_take_no_files(vera: VisitorBrowser) -> None:
    Channel.objects.update(accepts_files=False)

    assert vera.upload(PNG, "tea.png").json()["error"]["code"] == "files_not_accepted"


def test_a_file_without_a_word_asks_nothing_of_the_assistant(channel: Channel) -> None:
    vera = VisitorBrowser(channel, message=None)
    stored = vera.upload(PNG, "tea.png").json()
    key = {"Idempotency-Key": "once"}
    for _ in range(2):
        answer = vera.post("messages", {"attachments": [stored["id"]]}, **key)

    assert answer.json()["answer"] is None
    messages = vera.get().json()["turns"]
    assert [(message["author"], message["text"]) for message in messages] == [
        ("visitor", "tea.png"),
        (
            "notice",
            "We received your file. The assistant cannot read it, so please tell us what it is about.",
        ),
    ]


@pytest.mark.django_db
def test_a_file_does_not_stop_the_answer_that_is_being_written(
    vera: VisitorBrowser, desk: Desk, says: Say
) -> None:
    says("Delivery inside the city takes two to four working days [1].")
    stored = vera.upload(PNG, "tea.png").json()
    vera.post("messages", {"attachments": [stored["id"]]})

    assert Conversation.objects.get().answer_job is not None


def test_a_question_is_answered_though_a_file_came_behind_it(
    vera: VisitorBrowser, desk: Desk, says: Say
) -> None:
    says("Delivery inside the city takes two to four working days [1].")
    vera.post("messages", {"attachments": [vera.upload(PNG, "tea.png").json()["id"]]})

    conversation = Conversation.objects.get()
    job = desk.work(conversation.answer_job)

    answer = desk.messages(conversation)[-1]
    assert (job.state, job.result["ordinal"]) == ("succeeded", 3)
    assert [message.author for message in desk.messages(conversation)] == ["visitor", "visitor", "bot"]
    assert answer.answers.text == "How long does delivery take?"
    assert Conversation.objects.get().message_count == 3


def test_the_name_of_a_file_is_no_part_of_the_question(channel: Channel) -> None:
    vera = VisitorBrowser(channel, message=None)
    names = ("IMG_2041.png", "IMG_2042.png")
    vera.post("messages", {"attachments": [vera.upload(PNG, name).json()["id"] for name in names]})
    vera.post("messages", {"text": "Can I return this?"})

    exchange = selectors.exchange(vera.conversation)

    assert exchange
    assert (exchange.question, exchange.before) == ("Can I return this?", [])


def test_the_name_of_a_file_is_in_no_language(channel: Channel) -> None:
    vera = VisitorBrowser(channel, message=None, language="zh-hans")
    vera.post("messages", {"attachments": [vera.upload(PNG, "IMG_2041.png").json()["id"]]})

    assert Conversation.objects.get().language == "zh-hans"
    assert "文件已收到" in Message.objects.get(author=Message.Author.NOTICE).text


def test_another_conversations_file_cannot_be_sent(vera: VisitorBrowser, channel: Channel) -> None:
    stranger = VisitorBrowser(channel)
    stored = stranger.upload(PNG, "tea.png").json()

    answer = vera.post("messages", {"text": "Mine!", "attachments": [stored["id"]]})

    assert answer.status_code == 400
    assert "attachments" in answer.json()["error"]["fields"]
    assert Message.objects.filter(text="Mine!").count() == 0


def test_a_strangers_signature_opens_no_file(vera: VisitorBrowser, bob_browser: Client) -> None:
    stored = vera.upload(PNG, "tea.png").json()

    assert Client().get(f"{stored['url'][:-3]}xx/").status_code == 404
    assert bob_browser.get(f"/conversations/attachments/{stored['id']}/").status_code == 404
    assert Client().get(f"/conversations/attachments/{stored['id']}/").status_code == 302


def test_sound_can_be_played_from_the_middle(vera: VisitorBrowser) -> None:
    stored = vera.upload(b"OggS" + bytes(200), "hello.ogg").json()

    part = Client().get(stored["url"], headers={"Range": "bytes=0-3"})

    assert (part.status_code, part.getvalue()) == (206, b"OggS")


def test_files_that_were_never_sent_are_removed_after_a_day(vera: VisitorBrowser) -> None:
    _unsent, sent, fresh = [vera.upload(PNG, f"{number}.png").json()["id"] for number in range(3)]
    vera.post("messages", {"text": "This one", "attachments": [sent]})
    Attachment.objects.exclude(pk=fresh).update(created_at=timezone.now() - timedelta(days=2))

    retention_rules.erase_outdated()

    assert {str(key) for key in Attachment.objects.values_list("pk", flat=True)} == {sent, fresh}


@pytest.mark.django_db
def test_a_removed_file_is_gone_from_the_disk(vera: VisitorBrowser) -> None:
    attachment = Attachment.objects.get(pk=vera.upload(PNG, "tea.png").json()["id"])
    path = Path(attachment.file.path)
    assert path.exists()

    attachments.remove(attachment)

    assert not path.exists()


def test_what_staff_answer_to_a_file_reaches_the_visitor(vera: VisitorBrowser, desk: Desk) -> None:
    stored = vera.upload(PNG, "tea.png").json()
    services.take_over(desk.actor, conversation_id=vera.conversation)
    answer = vera.post("messages", {"attachments": [stored["id"]]})

    assert answer.json()["is_with_person"] is True
    assert Message.objects.filter(author=Message.Author.NOTICE, text__startswith="Your file").count() == 0
