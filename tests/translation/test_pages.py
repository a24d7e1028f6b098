"""The desk's pages: empty, full, live and refused; in English and Chinese; for those who may."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.accounts.actors import Actor
from apps.accounts.models import User
from apps.resources import services as resources
from apps.translation import services
from apps.translation.models import GlossaryTerm, Translation, TranslationMemoryEntry
from apps.translation.resources import GLOSSARY
from tests.conftest import browser_of
from tests.scripted_engine_fixture import ScriptedEngine
from tests.translation.conftest import Answers, Translate, segments

pytestmark = pytest.mark.django_db
PAIR = {"source_language": "en", "target_language": "zh"}


def page(client: Client, path: str, **headers: str) -> str:
    answer = client.get(path, headers={"Accept-Language": "en", **headers})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    ("path", "empty"),
    [
        ("/translation/", "The translation appears here"),
        ("/translation/documents/", "No translations yet"),
        ("/translation/glossary/", "No terms yet"),
        ("/translation/figures/", "No translations in this period"),
    ],
)
def test_empty_pages_say_what_they_are_for(alice_browser: Client, path: str, empty: str) -> None:
    assert empty in page(alice_browser, path)
    chinese = page(alice_browser, path, **{"Accept-Language": "zh-CN"})
    assert "术语表" in chinese
    assert empty not in chinese


def test_who_may_not_translate_is_refused(charlie: User) -> None:
    viewer = browser_of(charlie)

    for path in ("", "documents/", "glossary/", "figures/", "glossary/export/"):
        assert viewer.get(f"/translation/{path}").status_code == 403
    assert viewer.post("/translation/", {"text": "Tea", **PAIR}).status_code == 403
    assert not Translation.objects.exists()


def test_a_text_is_sent_and_shown_while_it_is_written(alice_browser: Client, engine: ScriptedEngine) -> None:
    answer = alice_browser.post("/translation/", {"text": "Green tea.", **PAIR})
    made = Translation.objects.get()

    assert answer["Location"] == f"/translation/{made.pk}/"
    shown = page(alice_browser, f"/translation/{made.pk}/")
    assert f'data-events="/api/v1/jobs/{made.job_id}/events/"' in shown
    assert "Green tea." in shown
    assert "Export" not in shown


def test_a_text_that_cannot_be_translated_comes_back_with_the_reason(alice_browser: Client) -> None:
    answer = alice_browser.post(
        "/translation/", {"text": "Tea", "source_language": "en", "target_language": "en"}
    )

    assert answer.status_code == 200
    assert "Choose two different languages." in answer.content.decode()


def test_a_document_is_uploaded_and_listed_live(alice_browser: Client, engine: ScriptedEngine) -> None:
    file = SimpleUploadedFile("tea.md", b"# Tea")
    answer = alice_browser.post("/translation/documents/", {"file": file, **PAIR})
    made = Translation.objects.get()

    assert answer["Location"] == f"/translation/{made.pk}/"
    rows = page(alice_browser, "/translation/documents/", **{"HX-Request": "true"})
    assert rows.lstrip().startswith('<div id="translations-rows" class="stack" data-jobs="')
    assert "tea.md" in rows
    shown = page(alice_browser, f"/translation/{made.pk}/")
    assert "data-unread" in shown
    assert 'data-reading="Reading the document"' in shown
    assert f'href="/jobs/{made.job_id}/"' in shown


@pytest.mark.slow
def test_a_document_that_cannot_be_read_says_why_on_its_page(
    alice_browser: Client, translate: Translate
) -> None:
    made = translate(b"12 13 14", name="numbers.txt")

    shown = page(alice_browser, f"/translation/{made.pk}/")

    assert "The file contains no translatable text." in shown
    assert "Export" not in shown
    assert "Nothing left to check." not in shown
    chinese = page(alice_browser, f"/translation/{made.pk}/", **{"Accept-Language": "zh-CN"})
    assert "文件中没有可以翻译的文字" in chinese


def test_a_refused_document_is_named_on_the_page(alice_browser: Client) -> None:
    file = SimpleUploadedFile("tea.docx", b"PK\x03\x04 broken")
    answer = alice_browser.post("/translation/documents/", {"file": file, **PAIR})

    assert "The file is damaged." in answer.content.decode()


def test_the_review_shows_marks_and_what_is_missing(
    alice_browser: Client, translate: Translate, answers: Answers
) -> None:
    answers("退货。", "退货。", "<script>alert(1)</script>谢谢")
    made = translate("Return it within 30 days.\nThanks")

    shown = page(alice_browser, f"/translation/{made.pk}/")

    assert "Missing number: 30" in shown
    assert "1 marked" in shown
    assert "<script>alert" not in shown
    assert shown.count("data-segment") == 2
    assert page(alice_browser, f"/translation/{made.pk}/?marked").count("data-segment") == 1


def test_an_edit_is_saved_in_its_place_and_feeds_the_memory(
    alice_browser: Client, translate: Translate, answers: Answers
) -> None:
    answers("退货。", "退货。")
    (segment,) = segments(translate("Return it within 30 days."))
    path = f"/translation/segments/{segment.pk}/"

    answer = alice_browser.post(path, {"target": "30天内退货。"}, headers={"HX-Request": "true"})

    shown = answer.content.decode()
    assert shown.lstrip().startswith("<form")
    assert "30天内退货。" in shown
    assert "Missing number" not in shown
    assert TranslationMemoryEntry.objects.get().target == "30天内退货。"
    refused = alice_browser.post(path, {"target": " "}, headers={"HX-Request": "true"}).content.decode()
    assert 'role="alert"' in refused


@pytest.mark.slow
def test_the_export_is_saved_under_a_name_with_its_language(
    alice_browser: Client, translate: Translate, answers: Answers
) -> None:
    answers("茶")
    made = translate("<p>Tea</p>", name="tea.html")

    answer = alice_browser.get(f"/translation/{made.pk}/export/")

    assert answer.getvalue() == "<p>茶</p>".encode()
    assert answer["Content-Disposition"] == 'attachment; filename="tea.zh.html"'


def test_a_failed_translation_says_why(
    alice_browser: Client, translate: Translate, engine: ScriptedEngine
) -> None:
    engine.script(*[{"status": 401}] * 3)
    made = translate("Tea")

    assert "Translation failed" in page(alice_browser, f"/translation/{made.pk}/")


def test_a_translation_is_deleted(alice_browser: Client, translate: Translate, answers: Answers) -> None:
    answers("茶")
    made = translate("Tea")

    assert alice_browser.post(f"/translation/{made.pk}/delete/").status_code == 302
    assert not Translation.objects.exists()


def test_another_organisation_sees_nothing(
    bob_browser: Client, translate: Translate, answers: Answers, alice_actor: Actor
) -> None:
    answers("茶")
    made = translate("Tea from Alice")
    (segment,) = segments(made)
    resources.save(alice_actor, GLOSSARY, {"source": "tea", "target": "茶", **PAIR})

    for path in (f"{made.pk}/", f"{made.pk}/export/"):
        assert bob_browser.get(f"/translation/{path}").status_code == 404
    assert bob_browser.post(f"/translation/segments/{segment.pk}/", {"target": "x"}).status_code == 404
    assert "Tea from Alice" not in page(bob_browser, "/translation/documents/")
    assert "茶" not in page(bob_browser, "/translation/glossary/")
    assert (
        bob_browser.post(f"/translation/glossary/{GlossaryTerm.objects.get().pk}/delete/").status_code == 404
    )


def test_a_term_is_added_changed_and_deleted(alice_browser: Client) -> None:
    for target in ("茶楼", "茶馆"):
        alice_browser.post("/translation/glossary/new/", {"source": "tea  house", "target": target, **PAIR})

    term = GlossaryTerm.objects.get()
    assert (term.source, term.target) == ("tea house", "茶馆")
    assert "茶馆" in page(alice_browser, "/translation/glossary/")
    alice_browser.post(f"/translation/glossary/{term.pk}/delete/")
    assert not GlossaryTerm.objects.exists()


def test_the_glossary_goes_out_and_comes_in_as_a_table(alice_browser: Client, alice_actor: Actor) -> None:
    resources.save(alice_actor, GLOSSARY, {"source": "=cmd", "target": "命令", **PAIR})
    resources.save(alice_actor, GLOSSARY, {"source": "tea, green", "target": "绿茶", **PAIR})
    table = alice_browser.get("/translation/glossary/export/").getvalue()
    assert "'=cmd" in table.decode()
    GlossaryTerm.objects.all().delete()

    alice_browser.post("/translation/glossary/import/", {"file": SimpleUploadedFile("g.csv", table)})

    assert set(GlossaryTerm.objects.values_list("source", "target")) == {
        ("=cmd", "命令"),
        ("tea, green", "绿茶"),
    }


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (b"", "columns: source_language"),
        (b"a,b\n1,2\n", "columns: source_language"),
        ("source_language,target_language,source,target\nen,zh,tea,茶\nen,xx,pot,壶\n".encode(), "Row 3:"),
        (b"\xff\xfe\x00\x00\x01", "CSV"),
    ],
)
def test_a_wrong_table_changes_nothing_and_is_explained(
    alice_browser: Client, table: bytes, reason: str
) -> None:
    path = "/translation/glossary/import/"
    answer = alice_browser.post(path, {"file": SimpleUploadedFile("g.csv", table)}, follow=True)

    assert reason in answer.content.decode()
    assert not GlossaryTerm.objects.exists()


def test_figures_count_volume_marks_and_memory(
    alice_browser: Client, translate: Translate, answers: Answers, alice_actor: Actor
) -> None:
    answers("茶很好。", "退货。", "退货。")
    (segment,) = segments(translate("The tea is good."))
    services.review_segment(alice_actor, segment, target="这茶很好。")
    translate("The tea is good.")
    translate("Return it within 30 days.")

    shown = page(alice_browser, "/translation/figures/?days=7")

    assert shown.count("1 of 3") == 3
    assert "English → Chinese" in shown
