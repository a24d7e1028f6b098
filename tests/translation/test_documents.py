"""Documents: uploaded, translated by a job with progress, reviewed, taken out in their own format."""

import io
import zipfile

import docx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.actors import Actor
from apps.core.errors import ApplicationError, TooLarge, UnsupportedContent
from apps.jobs.models import Job
from apps.translation import services
from apps.translation.models import Translation
from tests.translation.conftest import Answers, Translate, segments, worked
from tests.translation.test_document_formats import word_file

pytestmark = pytest.mark.django_db


def test_a_word_file_comes_back_translated_in_its_layout(
    translate: Translate, answers: Answers, alice_actor: Actor
) -> None:
    answers("合同", "请在30天内在此处<1>签字</1>。", "姓名：<1/>鲍勃", "价格", "页脚", "页眉")

    made = translate(word_file(), name="contract.docx")

    assert worked(made).progress is not None
    assert not any(each.is_marked for each in segments(made))
    made.refresh_from_db()
    document = docx.Document(io.BytesIO(services.export_translation(alice_actor, made)))
    assert [paragraph.text for paragraph in document.paragraphs] == [
        "合同",
        "请在30天内在此处签字。",
        "姓名：\t鲍勃",
    ]
    assert [run.bold for run in document.paragraphs[1].runs] == [None, True, None]
    assert document.sections[0].header.paragraphs[0].text == "页眉"
    assert made.file_name == "contract.zh.docx"


def test_formatting_that_the_model_lost_is_asked_for_again(
    translate: Translate, answers: Answers, alice_actor: Actor
) -> None:
    answers("请在此签字。", "请在此<1>签字</1>。")

    made = translate("<p>Please <b>sign</b> here.</p>", name="form.html")

    made.refresh_from_db()
    assert services.export_translation(alice_actor, made).decode() == "<p>请在此<b>签字</b>。</p>"


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.srt", "1\n00:00:01,000 --> 00:00:02,000\nTea\n", "srt"),
        ("a.md", "# Tea\n", "md"),
        ("a.txt", "Tea", "txt"),
    ],
)
def test_the_format_is_told_from_the_file(
    translate: Translate, answers: Answers, alice_actor: Actor, name: str, content: str, kind: str
) -> None:
    answers("茶")

    made = translate(content, name=name)

    made.refresh_from_db()
    assert made.format == kind
    assert services.export_translation(alice_actor, made).decode() == content.replace("Tea", "茶")


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * 80 * 2**20)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "a.txt", "empty_file"),
        (b"12 13 14", "a.txt", "empty_file"),
        (b"PK\x03\x04 broken", "a.docx", "broken_file"),
        (word_file()[:-40], "a.docx", "broken_file"),
        (bomb(), "a.docx", "archive_bomb"),
        (b"%PDF-1.7 text", "a.pdf", "unsupported_format"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 90, "a.png", "binary_file"),
        (b"<![ foo", "a.html", "broken_file"),
        (b"a line\n" * 5001, "a.txt", "too_much_text"),
    ],
)
def test_hostile_documents_are_refused_at_once(
    alice_actor: Actor, content: bytes, name: str, code: str
) -> None:
    with pytest.raises(UnsupportedContent) as refusal:
        services.translate_document(
            alice_actor,
            file=SimpleUploadedFile(name, content),
            name=name,
            source_language="en",
            target_language="zh",
        )

    assert refusal.value.code == code
    assert str(refusal.value.message)
    assert not Translation.objects.exists()
    assert not Job.objects.exists()


def test_a_file_that_is_too_large_is_refused(alice_actor: Actor) -> None:
    file = SimpleUploadedFile("a.txt", b"a " * (services.MAX_DOCUMENT_BYTES // 2 + 1))

    with pytest.raises(TooLarge):
        services.translate_document(
            alice_actor, file=file, name="a.txt", source_language="en", target_language="zh"
        )


def test_what_takes_a_reader_too_long_is_refused(alice_actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "LIMITS", services.Limits(seconds=20, cpu_seconds=1))
    file = SimpleUploadedFile("a.html", b"<html>" + b"<a <a" * 100_000)

    with pytest.raises(ApplicationError) as refusal:
        services.translate_document(
            alice_actor, file=file, name="a.html", source_language="en", target_language="zh"
        )

    assert refusal.value.status == 415
