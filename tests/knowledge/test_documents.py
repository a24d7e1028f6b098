"""From an upload to passages that are found, as the services and the worker do it."""

import errno
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

from apps.accounts.actors import Actor
from apps.core.errors import Conflict, NotFound, StorageFull, TooLarge, UnsupportedContent
from apps.jobs import lifecycle, runs
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.jobs.runs import JobCancelled, JobRun
from apps.knowledge import ingestion, selectors, services
from apps.knowledge.models import Collection, Document, Passage, PassageVector, TermCount
from domain.documents.content import Kind
from tests.knowledge.conftest import Upload, ingest, pdf_file
from tests.scripted_engine_fixture import ScriptedEngine

pytestmark = pytest.mark.django_db

HANDBOOK = (
    "# Handbook\n\n## Delivery\n\nTea arrives within four days.\n\n## Returns\n\nReturn it within 30 days.\n"
)


def found(actor: Actor, collection: Collection, question: str) -> list[str]:
    collection.refresh_from_db()
    hits = selectors.search(actor, collections=[collection], question=question).hits
    return [hit.text for hit in hits]


@pytest.mark.slow
def test_an_uploaded_document_becomes_passages_with_vectors(
    upload: Upload, embeddings: ScriptedEngine
) -> None:
    document = upload(HANDBOOK)
    assert document.state == "waiting"
    job = ingest(document)
    document = Document.objects.get()
    assert (job.state, document.state, document.is_live) == ("succeeded", "ready", True)
    assert [passage.heading for passage in selectors.passage_list(document)] == [
        "Handbook › Delivery",
        "Handbook › Returns",
    ]
    assert PassageVector.objects.count() == 2
    assert document.media_type == "text/markdown"


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_document_has_a_name_for_people(kind: Kind) -> None:
    with translation.override("zh-hans"):
        assert "/" not in Document(media_type=kind).kind_name
    assert Document().kind_name == ""


def test_headings_are_searched_with_their_passage(
    upload: Upload, embeddings: ScriptedEngine, alice_actor: Actor, collection: Collection
) -> None:
    ingest(upload(HANDBOOK))
    assert found(alice_actor, collection, "delivery")[0] == "Tea arrives within four days."


def test_words_find_a_document_while_its_vectors_are_missing(
    upload: Upload, alice_actor: Actor, collection: Collection
) -> None:
    job = ingest(upload(HANDBOOK))
    assert (job.state, job.error_code) == ("queued", "models_away")
    result = selectors.search(alice_actor, collections=[Collection.objects.get()], question="return")
    assert (result.mode, result.hits[0].text) == ("text", "Return it within 30 days.")


@pytest.mark.slow
def test_a_second_attempt_embeds_only_what_is_missing(
    upload: Upload, embeddings: ScriptedEngine, alice_actor: Actor
) -> None:
    count = 2 * ingestion.EMBEDDED_AT_ONCE + 4
    long = "".join(
        f"## Tea {number}\n\nTea number {number} costs {number} yuan.\n\n" for number in range(count)
    )
    document = upload(long)
    embeddings.script({"path": "embeddings"}, {"path": "embeddings", "status": 401})
    assert ingest(document).state == "failed"
    already = PassageVector.objects.count()
    assert already == ingestion.EMBEDDED_AT_ONCE
    services.retry_document(alice_actor, Document.objects.get())
    asked = len(embeddings.requests("embeddings"))
    assert ingest(document).state == "succeeded"
    assert PassageVector.objects.count() == count
    assert len(embeddings.requests("embeddings")) - asked == 2


def test_a_cancel_stops_between_batches(upload: Upload, embeddings: ScriptedEngine) -> None:
    document = upload(HANDBOOK)
    claimed = lifecycle.claim(document.job_id or "")
    assert claimed
    run = JobRun(claimed)
    run.cancel()
    with pytest.raises(JobCancelled):
        services.ingest_document(run, document_id=str(document.pk))
    assert Passage.objects.count() == 0


@pytest.mark.slow
def test_progress_is_told_by_stage_and_number(upload: Upload, embeddings: ScriptedEngine) -> None:
    document = upload(HANDBOOK)
    told: list[tuple[str, dict[str, Any]]] = []

    def body(run: JobRun) -> dict[str, Any]:
        run.event = lambda event_type, **payload: told.append((event_type, payload))  # type: ignore[method-assign]
        run.stage = lambda name, **detail: told.append(("stage", {"stage": name}))  # type: ignore[method-assign]
        run.progress = lambda done, total: told.append(("progress", {"done": done, "total": total}))  # type: ignore[method-assign]
        return services.ingest_document(run, document_id=str(document.pk))

    runs.execute(str(document.job_id), body)
    stages = [payload["stage"] for event_type, payload in told if event_type == "stage"]
    assert stages == ["parsing", "cutting", "embedding"]
    assert told[-1] == ("progress", {"done": 2, "total": 2})


def test_the_same_file_again_is_the_same_document(upload: Upload) -> None:
    assert upload(HANDBOOK, "one.md").pk == upload(HANDBOOK, "two.md").pk
    assert Job.objects.count() == 1


@pytest.mark.slow
def test_a_new_version_replaces_the_old_one_only_when_it_is_ready(
    upload: Upload, embeddings: ScriptedEngine, alice_actor: Actor, collection: Collection
) -> None:
    ingest(upload(HANDBOOK))
    changed = upload(HANDBOOK.replace("30 days", "60 days"))
    embeddings.script({"path": "embeddings", "status": 401})
    assert ingest(changed).state == "failed"
    assert "Return it within 30 days." in found(alice_actor, collection, "return")
    services.retry_document(alice_actor, Document.objects.get(pk=changed.pk))
    ingest(changed)
    assert found(alice_actor, collection, "return")[0] == "Return it within 60 days."
    assert Document.objects.get().pk == changed.pk
    assert Collection.objects.get().passages_count == Passage.objects.count() == 2


@pytest.mark.slow
def test_a_file_that_is_put_back_is_not_replaced_by_the_one_that_was_still_read(
    upload: Upload, embeddings: ScriptedEngine
) -> None:
    first = upload(HANDBOOK)
    ingest(first)
    wrong = upload(HANDBOOK.replace("30 days", "3 days"))

    assert upload(HANDBOOK) == first

    assert [document.pk for document in Document.objects.all()] == [first.pk]
    assert wrong.job
    wrong.job.refresh_from_db()
    assert wrong.job.is_terminal or wrong.job.cancel_requested_at


@pytest.mark.slow
def test_the_newest_of_several_versions_stays_whichever_is_ready_last(
    upload: Upload, embeddings: ScriptedEngine, alice_actor: Actor, collection: Collection
) -> None:
    ingest(upload(HANDBOOK))
    second, third = upload(HANDBOOK.replace("30", "60")), upload(HANDBOOK.replace("30", "90"))
    assert ingest(third).state == "succeeded"
    assert ingest(second).state == "succeeded"
    assert [document.pk for document in Document.objects.all()] == [third.pk]
    assert found(alice_actor, collection, "return")[0] == "Return it within 90 days."


@pytest.mark.slow
def test_a_deleted_document_leaves_nothing_behind(
    upload: Upload, embeddings: ScriptedEngine, alice_actor: Actor
) -> None:
    ingest(upload(HANDBOOK))
    document = Document.objects.select_related("job").get()
    path = document.file.path
    services.delete_document(alice_actor, document)
    assert not document.file.storage.exists(path)
    assert (Passage.objects.count(), PassageVector.objects.count(), TermCount.objects.count()) == (0, 0, 0)
    assert Collection.objects.get().passages_count == 0


def test_a_document_deleted_while_it_is_read_stores_no_passages(upload: Upload, alice_actor: Actor) -> None:
    document = upload(HANDBOOK)
    stale = Document.objects.get(pk=document.pk)
    services.delete_document(alice_actor, document)
    with pytest.raises(NotFound):
        ingestion.store_passages(stale, [ingestion.chunking.Cut("", "too late")])


@pytest.mark.slow
def test_an_unreadable_file_fails_with_what_to_do(upload: Upload) -> None:
    job = ingest(upload(pdf_file("", ""), "scan.pdf"))
    assert (job.state, job.error_code) == ("failed", "no_text_found")
    assert "No text was recognised" in job.error_message


@pytest.mark.slow
def test_retrying_failed_documents_leaves_the_others_alone(
    upload: Upload, embeddings: ScriptedEngine, alice_actor: Actor, collection: Collection
) -> None:
    ingest(upload(HANDBOOK))
    failed = upload(pdf_file(""), "scan.pdf")
    ingest(failed)
    assert services.retry_failed_documents(alice_actor, collection) == 1
    assert [job.state for job in Job.objects.order_by("id")] == ["succeeded", "queued"]


def test_a_full_disk_is_said_and_nothing_is_stored(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*_: object, **__: object) -> str:
        raise OSError(errno.ENOSPC, "no space left")

    upload(HANDBOOK)
    monkeypatch.setattr(FileSystemStorage, "_save", no_room)
    with pytest.raises(StorageFull):
        upload("# Other\n\nText.", "other.md")
    assert Document.objects.count() == Job.objects.count() == 1


def test_too_many_bytes_are_refused(upload: Upload, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 10
    with pytest.raises(TooLarge):
        upload(HANDBOOK)


def test_a_program_is_refused_before_it_is_stored(upload: Upload) -> None:
    with pytest.raises(UnsupportedContent) as caught:
        upload(b"\x7fELF\x02\x01\x01" + b"\0" * 100, "handbook.md")
    assert caught.value.code == "binary_file"
    assert Document.objects.count() == 0


def test_an_idempotency_key_with_another_file_is_a_conflict(upload: Upload) -> None:
    first = upload(HANDBOOK, idempotency_key="k1")
    assert upload(HANDBOOK, idempotency_key="k1").pk == first.pk
    with pytest.raises(Conflict) as caught:
        upload("# Other\n\nText.", idempotency_key="k1")
    assert caught.value.code == "idempotency_conflict"


@pytest.mark.slow
def test_another_model_gets_its_own_vectors_and_the_old_ones_go(
    upload: Upload, embeddings: ScriptedEngine, alice_actor: Actor, collection: Collection
) -> None:
    from apps.inference import selectors as inference
    from apps.inference.models import Endpoint

    ingest(upload(HANDBOOK))
    Endpoint.objects.update(model="scripted-2")
    inference.clear_candidates()
    job = services.queue_reembedding(alice_actor, collection=collection)
    runs.execute(job.pk)
    assert set(PassageVector.objects.values_list("embedding_model", flat=True)) == {"scripted-2"}
    assert PassageVector.objects.count() == 2


def test_a_cancelled_job_can_be_taken_up_again(
    upload: Upload, embeddings: ScriptedEngine, alice_actor: Actor
) -> None:
    document = upload(HANDBOOK)
    assert document.job
    jobs.cancel_job(document.job, requested_by=alice_actor)
    document = Document.objects.get()
    assert document.state == "cancelled"
    services.retry_document(alice_actor, document)
    assert ingest(document).state == "succeeded"


def test_a_stored_file_never_bears_the_senders_name(upload: Upload) -> None:
    document = upload(HANDBOOK, "../../etc/passwd.md")
    assert document.file.name == f"knowledge/{document.organisation_id}/{document.pk}"


def test_an_upload_object_is_read_from_its_start(alice_actor: Actor, collection: Collection) -> None:
    file = SimpleUploadedFile("a.md", b"# A\n\nText.")
    file.read()
    made = services.upload_document(alice_actor, collection=collection, file=file, name="a.md")
    assert made.document.file.size == 10
