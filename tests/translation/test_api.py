"""The same through the REST API."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.actors import Actor
from apps.translation.models import GlossaryTerm, Translation, TranslationMemoryEntry
from tests.conftest import ApiClient, api_client
from tests.scripted_engine_fixture import ScriptedEngine
from tests.translation.conftest import Answers, Translate, worked
from tests.translation.test_documents import bomb

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/translation/"
PAIR = {"source_language": "en", "target_language": "zh"}


def test_a_text_is_translated_reviewed_and_remembered(alice_api: ApiClient, answers: Answers) -> None:
    answers("茶很好。")
    made = alice_api.post_json(f"{ROOT}translations/", {"text": "The tea is good.", **PAIR})
    assert made.status_code == 202, made.content
    body = made.json()
    assert (body["state"], body["segments_count"], body["events"]) == (
        "queued",
        1,
        f"/api/v1/jobs/{body['job']}/events/",
    )
    worked(Translation.objects.get(pk=body["id"]))

    shown = alice_api.get(f"{ROOT}translations/{body['id']}/").json()
    assert (shown["state"], shown["done_count"], shown["marked_count"]) == ("succeeded", 1, 0)
    (segment,) = alice_api.get(f"{ROOT}translations/{body['id']}/segments/").json()["results"]
    assert (segment["source"], segment["target"], segment["translated_by"]) == (
        "The tea is good.",
        "茶很好。",
        "model",
    )

    path = f"{ROOT}segments/{segment['id']}/"
    changed = alice_api.patch(path, {"target": "这茶很好。"}, content_type="application/json")
    assert changed.json()["translated_by"] == "person"
    (entry,) = alice_api.get(f"{ROOT}memory/").json()["results"]
    assert (entry["source"], entry["target"]) == ("The tea is good.", "这茶很好。")
    assert alice_api.delete(f"{ROOT}memory/{entry['id']}/").status_code == 204
    assert not TranslationMemoryEntry.objects.exists()


@pytest.mark.slow
def test_a_document_is_uploaded_and_exported(alice_api: ApiClient, answers: Answers) -> None:
    answers("茶")
    file = SimpleUploadedFile("tea.md", b"# Tea\n")
    answer = alice_api.post(f"{ROOT}translations/", {"file": file, **PAIR})
    made = answer.json()
    assert (answer.status_code, made["format"], made["state"], made["segments_count"]) == (
        202,
        "md",
        "queued",
        0,
    )
    worked(Translation.objects.get(pk=made["id"]))

    answer = alice_api.get(f"{ROOT}translations/{made['id']}/export/")

    assert answer.getvalue().decode() == "# 茶\n"
    assert alice_api.delete(f"{ROOT}translations/{made['id']}/").status_code == 204


def test_a_document_that_cannot_be_read_is_a_failed_translation(
    alice_api: ApiClient, engine: ScriptedEngine
) -> None:
    file = SimpleUploadedFile("a.txt", b"12 13 14")
    made = alice_api.post(f"{ROOT}translations/", {"file": file, **PAIR}).json()
    worked(Translation.objects.get(pk=made["id"]))

    shown = alice_api.get(f"{ROOT}translations/{made['id']}/").json()

    assert shown["state"] == "failed"
    assert shown["error"] == {
        "code": "empty_file",
        "message": "The file contains no translatable text.",
    }
    assert alice_api.get(f"{ROOT}translations/{made['id']}/export/").status_code == 409


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (bomb(), "a.docx", "archive_bomb"),
        (b"PK\x03\x04 no", "a.docx", "broken_file"),
        (b"", "a.txt", "empty_file"),
    ],
)
def test_a_hostile_document_gets_a_clear_answer(
    alice_api: ApiClient, content: bytes, name: str, code: str
) -> None:
    answer = alice_api.post(f"{ROOT}translations/", {"file": SimpleUploadedFile(name, content), **PAIR})

    assert answer.status_code == 415
    assert answer.json()["error"]["code"] == code


def test_the_glossary_is_kept_by_the_api(alice_api: ApiClient) -> None:
    body = {"source": "tea house", "target": "茶馆", **PAIR}
    made = alice_api.post_json(f"{ROOT}glossary/", body)
    assert made.status_code == 201
    assert [
        each["target"] for each in alice_api.get(f"{ROOT}glossary/?target_language=zh").json()["results"]
    ] == ["茶馆"]
    assert alice_api.get(f"{ROOT}glossary/?target_language=de").json()["results"] == []
    assert alice_api.delete(f"{ROOT}glossary/{made.json()['id']}/").status_code == 204

    refused = alice_api.post_json(f"{ROOT}glossary/", {**body, "target_language": "en"})
    assert refused.status_code == 400
    assert "target_language" in refused.json()["error"]["fields"]


def test_a_key_without_the_scope_gets_403(alice_actor: Actor, engine: ScriptedEngine) -> None:
    key = api_client(alice_actor, "translation.use")
    assert key.post_json(f"{ROOT}translations/", {"text": "Tea", **PAIR}).status_code == 202
    assert key.post_json(f"{ROOT}glossary/", {"source": "a", "target": "b", **PAIR}).status_code == 403
    assert key.get(f"{ROOT}memory/").status_code == 403

    other = api_client(alice_actor, "knowledge.view")
    for path in ("translations/", "glossary/", "figures/"):
        assert other.get(f"{ROOT}{path}").status_code == 403


def test_another_organisation_gets_404(bob_api: ApiClient, translate: Translate, answers: Answers) -> None:
    answers("茶")
    made = translate("Tea")
    segment = made.segments.get()

    for path in (
        f"translations/{made.pk}/",
        f"translations/{made.pk}/segments/",
        f"translations/{made.pk}/export/",
    ):
        assert bob_api.get(f"{ROOT}{path}").status_code == 404
    path = f"{ROOT}segments/{segment.pk}/"
    assert bob_api.patch(path, {"target": "x"}, content_type="application/json").status_code == 404
    assert bob_api.get(f"{ROOT}translations/").json()["results"] == []


def test_an_idempotency_key_makes_one_translation(alice_api: ApiClient, engine: ScriptedEngine) -> None:
    body = {"text": "Tea", **PAIR}
    first, second = (
        alice_api.post_json(f"{ROOT}translations/", body, **{"Idempotency-Key": "one"}).json()
        for _ in range(2)
    )

    assert first["id"] == second["id"]
    assert Translation.objects.count() == 1


def test_figures_are_told(alice_api: ApiClient, translate: Translate, answers: Answers) -> None:
    answers("茶")
    translate("Tea")

    figures = alice_api.get(f"{ROOT}figures/").json()

    assert (figures["segments"], figures["characters"], figures["from_memory"]) == (1, 3, 0)
    assert figures["by_pair"] == [{**PAIR, "segments": 1, "characters": 3}]
    assert not GlossaryTerm.objects.exists()
