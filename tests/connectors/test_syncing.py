"""A round goes on where it stopped, deletes only what is surely gone, and keeps the collection's other documents."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, User
from apps.connectors import selectors, services, syncing
from apps.connectors.models import DocumentSource, SourceItem
from apps.connectors.services import SourceSettings
from apps.connectors.sources.folder import FolderConnector
from apps.connectors.sources.interface import Fetched
from apps.core.errors import Conflict, InvalidInput, PermissionDenied
from apps.jobs import job_types
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.knowledge import access_control
from apps.knowledge import services as knowledge
from apps.knowledge.models import Collection, Document
from tests.conftest import browser_of
from tests.connectors.conftest import NewSource, go_on, item, names, sync
from tests.inference.used_up import use_up_requests


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    root = tmp_path / "shared"
    (root / "handbook").mkdir(parents=True)
    settings.DOCUMENT_FOLDERS = [("tea-house", root)]
    return root / "handbook"


@pytest.fixture
def source(folder: Path, new_source: NewSource) -> DocumentSource:
    for number in range(1, 7):
        (folder / f"{number}.md").write_text(f"# Tea {number}\n\nIt costs {number} yuan.")
    return new_source("folder", folder=str(folder))


@pytest.mark.slow
def test_a_folder_is_kept_in_step(source: DocumentSource, folder: Path, alice_actor: Actor) -> None:
    (folder / "inner").mkdir()
    (folder / "inner" / "7.md").write_text("Seven.")
    (folder / ".hidden.md").write_text("Hidden.")
    (folder / "secret.md").symlink_to("/etc/hostname")
    (folder / "program.exe").write_bytes(b"MZ")
    sync(source)
    assert names(source) == ["1", "2", "3", "4", "5", "6", "7"]
    kept = item(source, "2.md").document_id

    (folder / "1.md").write_text("It costs 10 yuan.")
    (folder / "3.md").unlink()
    job = sync(source, alice_actor)

    assert job.result == {"items": 6, "failed": 0, "deleted": 1}
    assert names(source) == ["1", "2", "4", "5", "6", "7"]
    assert item(source, "2.md").document_id == kept
    versions = Document.objects.filter(file_name="1.md")
    assert len(versions) == 2  # until the new one is read


def test_an_attempt_that_ends_half_way_is_gone_on_with(
    source: DocumentSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(syncing, "TURN_SECONDS", -1.0)
    for turn in range(1, 4):
        assert go_on(source).state == "queued"
        # The first turn lists.
        assert len(names(source)) == turn - 1
    assert source.job
    jobs.cancel_job(source.job)
    source.refresh_from_db()
    monkeypatch.setattr(syncing, "TURN_SECONDS", 45.0)
    before = set(Document.objects.values_list("pk", flat=True))

    assert sync(source, actor_of(source)).state == "succeeded"

    assert len(names(source)) == 6
    assert before < set(Document.objects.values_list("pk", flat=True))
    assert source.round == 1


def test_names_that_are_no_text_are_left_out_and_said(
    source: DocumentSource, folder: Path, alice_actor: Actor
) -> None:
    (folder / os.fsdecode(b"\xff\xfe.md")).write_text("No name.")
    (folder / f"{'茶' * 80}.md").write_text("A long name.")

    job = sync(source)

    assert (job.state, source.left_out, len(names(source))) == ("succeeded", 1, 7)


def test_an_attempt_that_crashes_loses_what_it_was_at_and_nothing_else(
    source: DocumentSource, monkeypatch: pytest.MonkeyPatch, alice_actor: Actor
) -> None:
    whole = FolderConnector.fetch

    def crash_at_four(connector: FolderConnector, key: str, fingerprint: str) -> Fetched:
        if key == "4.md":
            raise MemoryError
        return whole(connector, key, fingerprint)

    monkeypatch.setattr(FolderConnector, "fetch", crash_at_four)
    with pytest.raises(MemoryError):
        go_on(source)
    assert names(source) == ["1", "2", "3"]
    kept = set(Document.objects.values_list("pk", flat=True))
    monkeypatch.undo()

    sync(source, alice_actor)

    assert (len(names(source)), source.round) == (6, 1)
    assert kept < set(Document.objects.values_list("pk", flat=True))


def test_a_list_that_fails_deletes_nothing(source: DocumentSource, folder: Path, alice_actor: Actor) -> None:
    sync(source)
    folder.rename(folder.parent / "elsewhere")

    job = sync(source, alice_actor)

    assert (job.state, job.error_code) == ("failed", "folder_unreadable")
    assert len(names(source)) == 6
    assert "cannot be read" in source.error_text


@pytest.mark.slow
def test_a_source_that_is_suddenly_empty_asks_a_person(
    source: DocumentSource, folder: Path, alice_actor: Actor
) -> None:
    sync(source)
    for file in folder.iterdir():
        file.unlink()

    sync(source, alice_actor)
    assert (source.held_deletions, len(names(source))) == (6, 6)

    services.delete_missing(alice_actor, source)
    sync(source)
    assert (source.held_deletions, Document.objects.count()) == (0, 0)


@pytest.mark.slow
def test_what_comes_back_before_a_person_answers_stays(
    source: DocumentSource, folder: Path, alice_actor: Actor
) -> None:
    sync(source)
    folder.rename(folder.parent / "unplugged")
    folder.mkdir()
    sync(source, alice_actor)
    folder.rmdir()
    (folder.parent / "unplugged").rename(folder)

    sync(source, alice_actor)

    assert source.held_deletions == 0
    assert not SourceItem.objects.exclude(state="current").exists()


@pytest.mark.slow
def test_the_same_content_is_one_document_until_the_last_of_it_goes(
    source: DocumentSource, folder: Path, alice_actor: Actor, collection: Collection
) -> None:
    uploaded = SimpleUploadedFile("own.md", b"Uploaded by a person.")
    own = knowledge.upload_document(alice_actor, collection=collection, file=uploaded, name="own.md").document
    (folder / "own.md").write_text("Uploaded by a person.")
    (folder / "7.md").write_text((folder / "1.md").read_text())
    sync(source)
    assert item(source, "7.md").document_id == item(source, "1.md").document_id

    (folder / "1.md").unlink()
    (folder / "own.md").unlink()
    sync(source, alice_actor)

    assert Document.objects.filter(pk=own.pk).exists()
    assert item(source, "7.md").document_id
    (folder / "7.md").unlink()
    sync(source, alice_actor)
    assert not Document.objects.filter(title="1").exists()


@pytest.mark.slow
def test_what_comes_to_say_the_same_as_another_leaves_nothing_behind(
    source: DocumentSource, folder: Path, alice_actor: Actor
) -> None:
    (folder / "7.md").write_text((folder / "3.md").read_text())
    sync(source)

    for name in ("1.md", "3.md"):
        (folder / name).write_text((folder / "2.md").read_text())
    sync(source, alice_actor)

    assert names(source) == ["2", "4", "5", "6", "7"]
    assert Document.objects.count() == 5  # that of 1.md is gone, that of 3.md is of 7.md now
    (folder / "3.md").write_text("Other again.")
    (folder / "7.md").write_text("Another one.")
    sync(source, alice_actor)
    assert item(source, "3.md").document != item(source, "7.md").document
    assert item(source, "3.md").file_name != item(source, "7.md").file_name


def test_a_file_that_is_renamed_keeps_its_document_under_the_new_name(
    source: DocumentSource, folder: Path, alice_actor: Actor
) -> None:
    sync(source)
    kept = item(source, "1.md").document_id
    (folder / "1.md").rename(folder / "Prices of 2026.md")

    sync(source, alice_actor)

    assert item(source, "Prices of 2026.md").document_id == kept
    assert Document.objects.get(pk=kept).title == "Prices of 2026"


def test_a_name_that_is_taken_replaces_nobodys_document(
    source: DocumentSource, alice_actor: Actor, collection: Collection
) -> None:
    uploaded = SimpleUploadedFile("1.md", b"Uploaded by a person.")
    own = knowledge.upload_document(alice_actor, collection=collection, file=uploaded, name="1.md").document

    sync(source)

    assert own.file_name != item(source, "1.md").file_name
    assert Document.objects.filter(title="1").count() == 2


def test_it_is_looked_into_when_its_time_has_come(source: DocumentSource) -> None:
    sync(source)
    assert services.sync_due() == 0
    DocumentSource.objects.update(next_sync_at=timezone.now() - timedelta(minutes=1))

    assert (services.sync_due(), services.sync_due()) == (1, 0)

    source.refresh_from_db()
    assert source.is_running
    assert source.next_sync_at
    assert source.next_sync_at > timezone.now()


def test_it_stops_when_its_owner_may_not_write_any_more(
    source: DocumentSource, charlie: User, alice_actor: Actor
) -> None:
    sync(source)
    viewer = Membership.objects.get(user=charlie)
    DocumentSource.objects.update(member=viewer, next_sync_at=timezone.now())

    assert services.sync_due() == 0

    source.refresh_from_db()
    assert source.is_paused
    assert "may no longer edit" in source.error_text


@pytest.mark.slow
def test_paused_it_rests_and_resumed_it_goes_on(source: DocumentSource, alice_actor: Actor) -> None:
    services.pause_source(alice_actor, source, is_paused=True)
    source.refresh_from_db()
    assert source.job
    assert source.job.state == "cancelled"
    assert not selectors.due_sources(timezone.now()).exists()

    services.pause_source(alice_actor, source, is_paused=False)

    assert services.sync_due() == 1
    assert sync(source).state == "succeeded"


@pytest.mark.parametrize("keeps_documents", [True, False])
def test_a_source_goes_with_its_documents_or_without(
    source: DocumentSource, alice_actor: Actor, keeps_documents: bool
) -> None:
    sync(source)

    services.delete_source(alice_actor, source, keeps_documents=keeps_documents)

    assert Document.objects.count() == (6 if keeps_documents else 0)
    assert not SourceItem.objects.exists()


def test_only_who_may_edit_the_collection_has_a_source_for_it(
    source: DocumentSource, alice_actor: Actor, charlie: User, collection: Collection
) -> None:
    Membership.objects.filter(user=charlie).update(role="admin")
    admin = Actor.from_member(Membership.objects.select_related("organisation", "user").get(user=charlie))
    assert selectors.source_list(admin).exists()
    access_control.restrict(alice_actor, collection)

    assert not selectors.source_list(admin).exists()
    wanted = SourceSettings("Another", 60, {"folder": "/"})
    with pytest.raises(PermissionDenied):
        services.create_source(admin, kind="folder", collection=collection, wanted=wanted)


def test_its_job_is_seen_by_who_sees_the_source(
    source: DocumentSource, alice_actor: Actor, charlie: User, collection: Collection
) -> None:
    Membership.objects.filter(user=charlie).update(role="admin")
    admin = Actor.from_member(Membership.objects.select_related("organisation", "user").get(user=charlie))
    syncs = Job.objects.filter(kind=syncing.SYNC_SOURCE.name)
    assert syncs.filter(job_types.seen_by(admin)).exists()
    access_control.restrict(alice_actor, collection)

    assert not syncs.filter(job_types.seen_by(admin)).exists()
    assert syncs.filter(job_types.seen_by(alice_actor)).exists()
    page = browser_of(alice_actor.member.user).get(reverse("jobs:jobs")).content.decode()  # type: ignore[union-attr]
    assert source.get_absolute_url() in page


def test_a_quota_that_is_used_up_ends_the_round_and_says_so(
    source: DocumentSource, alice_actor: Actor
) -> None:
    use_up_requests(alice_actor)

    job = sync(source)

    assert (job.state, job.error_code) == ("failed", "quota_exceeded")
    assert "quota" in source.error_text
    assert names(source) == []


def test_one_round_at_a_time(source: DocumentSource, alice_actor: Actor) -> None:
    with pytest.raises(Conflict):
        services.start_sync(alice_actor, source)


def test_a_folder_that_the_operator_did_not_allow_is_closed(folder: Path, new_source: NewSource) -> None:
    for place in ("/etc", str(folder.parent.parent), f"{folder}/../.."):
        job = sync(new_source("folder", folder=place))
        assert (job.state, job.error_code) == ("failed", "folder_not_allowed")


def test_a_key_is_entered_again_for_another_server(alice_actor: Actor, new_source: NewSource) -> None:
    source = new_source("webdav", secret="oolong", address="https://cloud.example.com/", user="anna")
    elsewhere = SourceSettings("Cloud", 60, {"address": "https://evil.example/", "user": "anna"})

    with pytest.raises(InvalidInput):
        services.change_source(alice_actor, source, wanted=elsewhere)

    source.refresh_from_db()
    assert (source.secret, source.settings["address"]) == ("oolong", "https://cloud.example.com/")


def actor_of(source: DocumentSource) -> Actor:
    assert source.member
    return Actor.from_member(source.member)
