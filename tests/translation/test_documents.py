"""Documents: uploaded, translated by a job with progress, reviewed, taken out in their own format."""

import io
import zipfile

import docx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.actors import Actor
from apps.core import bounded
from apps.core.errors import Conflict, TooLarge, UnsupportedContent
from apps.jobs import lifecycle
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.jobs.runs import JobCancelled, JobRun
from apps.translation import services
from apps.translation.models import Translation
from tests.scripted_engine_fixture import ScriptedEngine
from tests.translation.conftest import Answers, Translate, segments, worked
from tests.translation.test_document_formats import word_file

pytestmark = pytest.mark.django_db


@pytest.mark.slow
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


def test_a_document_that_was_read_otherwise_once_is_not_mixed_up(
    translate: Translate, answers: Answers, alice_actor: Actor
) -> None:
    answers("一", "二")
    made = translate("One.\n\nTwo.", name="a.txt")
    segments(made)[0].delete()

    with pytest.raises(Conflict, match="Upload it again"):
        services.export_translation(alice_actor, made)


def test_formatting_that_the_model_lost_is_asked_for_again(
    translate: Translate, answers: Answers, alice_actor: Actor
) -> None:
    answers("请在此签字。", "请在此<1>签字</1>。")

    made = translate("<p>Please <b>sign</b> here.</p>", name="form.html")

    made.refresh_from_db()
    assert services.export_translation(alice_actor, made).decode() == "<p>请在此<b>签字</b>。</p>"


@pytest.mark.slow
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


def upload(actor: Actor, content: bytes, name: str) -> Translation:
    return services.translate_document(
        actor,
        file=SimpleUploadedFile(name, content),
        name=name,
        source_language="en",
        target_language="zh",
    )


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "a.txt", "empty_file"),
        (b"PK\x03\x04 broken", "a.docx", "broken_file"),
        (word_file()[:-40], "a.docx", "broken_file"),
        (bomb(), "a.docx", "archive_bomb"),
        (b"%PDF-1.7 text", "a.pdf", "unsupported_format"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 90, "a.png", "unsupported_format"),
    ],
)
def test_what_the_first_bytes_give_away_is_refused_at_once(
    alice_actor: Actor, content: bytes, name: str, code: str
) -> None:
    with pytest.raises(UnsupportedContent) as refusal:
        upload(alice_actor, content, name)

    assert refusal.value.code == code
    assert str(refusal.value.message)
    assert not Translation.objects.exists()
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"12 13 14", "a.txt", "empty_file"),
        (b"<![ foo", "a.html", "broken_file"),
        (b"a line\n" * 5001, "a.txt", "too_much_text"),
    ],
)
def test_a_document_that_cannot_be_read_fails_with_the_reason(
    alice_actor: Actor, content: bytes, name: str, code: str
) -> None:
    made = upload(alice_actor, content, name)

    job = worked(made)

    assert (job.state, job.error_code, job.attempt) == (Job.State.FAILED, code, 1)
    assert job.error_message == str(services.EXPLANATIONS[code])
    assert not made.segments.exists()
    made.refresh_from_db()
    with pytest.raises(Conflict, match="not read"):
        services.export_translation(alice_actor, made)


def test_an_upload_is_read_by_its_job_and_not_before(
    alice_actor: Actor, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The web process stores it, whatever a stranger has put into it."""
    started = []
    with monkeypatch.context() as patch:
        patch.setattr(bounded, "start_process", lambda *arguments: started.append(arguments))
        made = upload(alice_actor, b"<html>" + b"<a <a" * 100_000, "a.html")

    assert not started
    assert not made.segments.exists()
    assert made.is_under_way


def test_a_file_that_is_too_large_is_refused(alice_actor: Actor) -> None:
    with pytest.raises(TooLarge):
        upload(alice_actor, b"a " * (services.MAX_DOCUMENT_BYTES // 2 + 1), "a.txt")


@pytest.mark.slow
def test_what_takes_a_reader_too_long_fails(alice_actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "READ_LIMITS", services.Limits(seconds=20, cpu_seconds=1))

    job = worked(upload(alice_actor, b"<html>" + b"<a <a" * 100_000, "a.html"))

    assert (job.state, job.error_code) == (Job.State.FAILED, "too_complex")


def test_reading_stops_when_the_job_is_cancelled(alice_actor: Actor) -> None:
    made = upload(alice_actor, b"<html>" + b"<a <a" * 100_000, "a.html")
    run = JobRun(lifecycle.claim(made.job_id))  # type: ignore[arg-type]
    run.cancel()

    with pytest.raises(JobCancelled):
        services.translate(run, translation_id=str(made.pk))

    assert run.job.stage == "reading"
    assert not made.segments.exists()


def test_a_document_that_was_read_is_not_read_again(
    alice_actor: Actor, translate: Translate, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.script({"status": 401})
    made = translate(b"# Tea\n", name="tea.md")
    (before,) = segments(made)
    assert made.job
    engine.script({"text": "茶"})
    jobs.retry_job(made.job)
    # Too short for a child to start: it would fail.
    monkeypatch.setattr(services, "READ_LIMITS", services.Limits(seconds=0))

    assert worked(made).state == Job.State.SUCCEEDED
    assert [each.pk for each in segments(made)] == [before.pk]
