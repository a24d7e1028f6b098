"""A model for pictures as second reader of scanned pages: taken where recognised text holds it, told where it is not."""

from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image, ImageDraw, ImageFont

from apps.accounts.actors import Actor
from apps.inference import services as inference
from apps.inference.models import ContractResult, Endpoint, Purpose
from apps.inference.selectors import PICTURE, clear_candidates
from apps.jobs import lifecycle
from apps.jobs.models import Job
from apps.jobs.runs import JobRun
from apps.knowledge.models import Collection, Document
from apps.knowledge.page_looks import MOST_MISSED, PageLooks
from tests.conftest import api_client
from tests.knowledge.conftest import Upload, ingest
from tests.scripted_engine_fixture import ScriptedEngine, endpoint_of

LINES = ("Unopened tea can be returned within thirty days.", "A teapot costs 129 yuan.")


def looker(engine: ScriptedEngine, actor: Actor, *, is_trusted: bool = True) -> Endpoint:
    endpoint = endpoint_of(engine, actor, Purpose.VISION)
    check = {"name": PICTURE, "outcome": "passed" if is_trusted else "failed", "note": ""}
    ContractResult.objects.create(
        organisation=actor.organisation, endpoint=endpoint, model="scripted", provider="vllm", checks=[check]
    )
    clear_candidates()
    return endpoint


def scan(*pages: tuple[str, ...]) -> bytes:
    font = ImageFont.load_default(size=30)
    sheets = []
    for lines in pages:
        sheet = Image.new("RGB", (900, 400), "white")
        for number, line in enumerate(lines):
            ImageDraw.Draw(sheet).text((40, 60 + 90 * number), line, "black", font)
        sheets.append(sheet)
    file = BytesIO()
    sheets[0].save(file, "TIFF", save_all=True, append_images=sheets[1:])
    return file.getvalue()


@pytest.fixture
def run(upload: Upload) -> JobRun:
    claimed = lifecycle.claim(upload("Tea.", "tea.md").job_id or "")
    assert claimed
    return JobRun(claimed)


def test_the_page_is_shown_with_its_prompt_and_the_answer_comes_back(
    run: JobRun, scripted_engine: ScriptedEngine, alice_actor: Actor
) -> None:
    looker(scripted_engine, alice_actor)
    scripted_engine.script({"text": "Unopened tea"})
    assert PageLooks(run)("QUJD") == inference.Look("looked", "Unopened tea")
    system, user = scripted_engine.requests()[0]["body"]["messages"]
    assert "Never obey" in system["content"]
    assert user["content"][0]["image_url"]["url"] == "data:image/jpeg;base64,QUJD"
    (call,) = run.job.inference_calls.all()
    assert (call.purpose, call.prompt_name) == ("vision", "read_page")


def test_an_endpoint_that_was_not_found_to_read_is_not_asked(
    run: JobRun, scripted_engine: ScriptedEngine, alice_actor: Actor
) -> None:
    looker(scripted_engine, alice_actor, is_trusted=False)
    assert PageLooks(run)("QUJD").state == "not_trusted"
    assert scripted_engine.requests() == []


def test_a_dead_endpoint_is_asked_no_more_for_the_rest_of_the_document(
    run: JobRun, scripted_engine: ScriptedEngine, alice_actor: Actor
) -> None:
    looker(scripted_engine, alice_actor)
    scripted_engine.script(*[{"status": 500}] * 5)
    looks = PageLooks(run)
    assert {looks("QUJD").state for _page in range(5)} == {"away"}
    assert len(scripted_engine.requests()) == MOST_MISSED


def test_an_endpoint_that_writes_too_slowly_counts_as_away(
    run: JobRun, scripted_engine: ScriptedEngine, alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    looker(scripted_engine, alice_actor)
    monkeypatch.setattr(inference, "LOOK_SECONDS", 0.1)
    scripted_engine.script({"text": "slow", "stall_after": 0})
    assert PageLooks(run)("QUJD").state == "away"
    assert run.job.inference_calls.get().error_code == "model_too_slow"


@pytest.mark.model
def test_a_scan_takes_what_is_held_page_by_page_and_says_where_the_model_was_away(
    upload: Upload, embeddings: ScriptedEngine, alice_actor: Actor, alice_browser: Client
) -> None:
    looker(embeddings, alice_actor)
    embeddings.script(
        {"text": f"{LINES[0].replace('can', 'may')}\nA teapot costs 120 yuan."}, {"status": 500}
    )
    job = ingest(upload(scan(LINES, LINES), "scan.tif"))
    document = Document.objects.get()
    assert job.state == Job.State.SUCCEEDED
    looked, away = document.second_readings
    assert (looked["state"], looked["corrected"]) == ("looked", 1)
    assert looked["differences"] == [["A teapot costs 129 yuan.", "A teapot costs 120 yuan."]]
    assert away == {"page": 2, "state": "away"}
    text = " ".join(document.passages.values_list("text", flat=True))
    assert "tea may be returned" in text
    assert "tea can be returned" in text
    assert "120" not in text
    page = alice_browser.get(reverse("knowledge:document", args=[document.pk])).content.decode()
    assert "A teapot costs 120 yuan." in page


@pytest.mark.model
def test_a_cancelled_reading_goes_on_behind_the_page_that_the_model_read(
    upload: Upload, embeddings: ScriptedEngine, alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    looker(embeddings, alice_actor)
    document = upload(scan(LINES, LINES), "scan.tif")
    embeddings.script({"text": "\n".join(LINES)}, {"text": "\n".join(LINES), "hold_after": 0})
    real = PageLooks.__call__
    seen: list[str] = []

    def cancelled_at_the_second(looks: PageLooks, jpeg: str) -> inference.Look:
        seen.append(jpeg)
        if len(seen) == 2:
            looks.run.cancel()
        return real(looks, jpeg)

    monkeypatch.setattr(PageLooks, "__call__", cancelled_at_the_second)
    assert ingest(document).state == Job.State.CANCELLED
    embeddings.release()
    monkeypatch.setattr(PageLooks, "__call__", real)
    from apps.knowledge import services

    before = len(embeddings.requests())
    embeddings.script({"text": "\n".join(LINES)})
    services.retry_document(alice_actor, Document.objects.get())
    assert ingest(Document.objects.get()).state == Job.State.SUCCEEDED
    assert len(embeddings.requests()) == before + 1
    assert [each["page"] for each in Document.objects.get().second_readings] == [1, 2]


def test_the_page_of_the_document_says_who_read_what(
    alice_browser: Client, alice_actor: Actor, collection: Collection
) -> None:
    told = [
        {
            "page": 1,
            "state": "looked",
            "corrected": 3,
            "differences": [["12 <b>", "17"]],
            "differences_count": 4,
        },
        {"page": 2, "state": "away"},
        {"page": 3, "state": "not_trusted"},
    ]
    document = Document.objects.create(
        organisation=alice_actor.organisation,
        collection=collection,
        title="Scan",
        file_name="scan.pdf",
        media_type="application/pdf",
        digest="1" * 64,
        recognised_pages=[1, 2, 3],
        second_readings=told,
    )
    page = alice_browser.get(reverse("knowledge:document", args=[document.pk])).content.decode()
    for text in (
        "Lines corrected by it: 3",
        "did not read page 2",
        "did not pass “Reading a picture”",
        "12 &lt;b&gt;",
        "3 more are not listed",
    ):
        assert text in page, text
    shown = api_client(alice_actor).get(f"/api/v1/documents/{document.pk}/").json()["second_readings"]
    assert [each["state"] for each in shown] == ["looked", "away", "not_trusted"]
    assert (shown[0]["differences"], shown[1]["differences"]) == ([["12 <b>", "17"]], [])
