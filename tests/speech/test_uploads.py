"""Uploads by tus 1.0: what is acknowledged is stored, and nothing else counts."""

import base64
import hashlib
from datetime import timedelta
from pathlib import Path
from unittest import mock

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.audit.models import AuditEntry
from apps.jobs.models import Job
from apps.privacy import retention_rules
from apps.speech.models import Recording
from tests.conftest import ApiClient, api_client
from tests.speech.conftest import PART, TUS, begin, send, tone


def only_recording() -> Recording:
    return Recording.objects.get()


def stored_content(recording: Recording) -> bytes:
    with recording.open_stored() as file:
        return file.read()


def test_parts_become_the_file_and_the_last_one_queues_the_transcription(alice_api: ApiClient) -> None:
    sound = tone("wav")
    address = begin(alice_api, length=len(sound))

    first = send(alice_api, address, sound[:5000], offset=0)
    last = send(alice_api, address, sound[5000:], offset=5000)

    recording = only_recording()
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, "5000")
    assert (last.status_code, last.headers["Upload-Offset"]) == (204, str(len(sound)))
    assert stored_content(recording) == sound
    assert recording.media_type == "audio/x-wav"
    assert recording.job
    assert (recording.job.kind, recording.job.queue) == ("speech.transcribe_recording", "speech")


def test_neither_the_disk_nor_the_database_shows_what_was_recorded(alice_api: ApiClient) -> None:
    sound = tone("wav")
    name = base64.b64encode("王小明 0001234.wav".encode()).decode()
    send(
        alice_api,
        begin(alice_api, length=len(sound), **{"Upload-Metadata": f"filename {name}"}),
        sound,
        offset=0,
    )

    on_disk = only_recording().stored_path.read_bytes()
    assert not any(sound[place : place + 16] in on_disk for place in range(0, 4096, 16))
    with connection.cursor() as cursor:
        cursor.execute("SELECT r::text, j::text FROM speech_recording r JOIN jobs_job j ON j.id = r.job_id")
        assert not any("王小明" in row or "0001234" in row for row in cursor.fetchone())
        cursor.execute("SELECT string_agg(a::text, '') FROM audit_auditentry a")
        assert "王小明" not in cursor.fetchone()[0]


def test_head_says_where_to_go_on(alice_api: ApiClient) -> None:
    address = begin(alice_api, length=10)
    send(alice_api, address, b"four", offset=0)

    head = alice_api.head(address, headers=TUS)

    assert head.headers["Upload-Offset"] == "4"
    assert head.headers["Upload-Length"] == "10"
    assert head.headers["Cache-Control"] == "no-store"


def test_a_part_from_elsewhere_is_refused_with_the_right_offset(alice_api: ApiClient) -> None:
    address = begin(alice_api, length=10)
    send(alice_api, address, b"four", offset=0)

    answer = send(alice_api, address, b"four", offset=0)

    assert answer.status_code == 409
    assert answer.json()["error"]["details"] == {"offset": 4}
    assert stored_content(only_recording()) == b"four"


def test_a_part_that_was_not_acknowledged_is_written_over(alice_api: ApiClient) -> None:
    address = begin(alice_api, length=10)
    send(alice_api, address, b"four", offset=0)
    with only_recording().stored_path.open("ab") as file:
        file.write(b"lost before the answer")

    send(alice_api, address, b"-ten--", offset=4)

    assert stored_content(only_recording()) == b"four-ten--"


def test_a_recording_whose_length_nobody_knows_yet_ends_with_an_empty_part(alice_api: ApiClient) -> None:
    address = begin(alice_api, length=None)
    send(alice_api, address, b"spoken", offset=0)
    assert alice_api.head(address).headers["Upload-Defer-Length"] == "1"

    send(alice_api, address, b"", offset=6, **{"Upload-Length": "6"})

    recording = only_recording()
    assert recording.received_at
    assert recording.length == 6


def test_a_damaged_part_is_not_stored(alice_api: ApiClient) -> None:
    address = begin(alice_api, length=4)
    right = base64.b64encode(hashlib.sha256(b"good").digest()).decode()

    damaged = send(alice_api, address, b"goad", offset=0, **{"Upload-Checksum": f"sha256 {right}"})
    whole = send(alice_api, address, b"good", offset=0, **{"Upload-Checksum": f"sha256 {right}"})

    assert (damaged.status_code, whole.status_code) == (460, 204)


@pytest.mark.parametrize(
    ("headers", "field"),
    [
        ({}, "Upload-Length"),
        ({"Upload-Length": "-1"}, "Upload-Length"),
        ({"Upload-Length": "1e3"}, "Upload-Length"),
        ({"Upload-Length": "9" * 40}, "Upload-Length"),
        ({"Upload-Length": "1", "Upload-Metadata": "filename !!!"}, "Upload-Metadata"),
    ],
)
def test_headers_that_make_no_sense_are_named(
    alice_api: ApiClient, headers: dict[str, str], field: str
) -> None:
    answer = alice_api.post("/api/v1/recordings/", headers={**TUS, **headers})

    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == [field]


def test_only_tus_one_is_spoken(alice_api: ApiClient) -> None:
    assert alice_api.post("/api/v1/recordings/", headers={"Upload-Length": "1"}).status_code == 412

    options = alice_api.options("/api/v1/recordings/")

    assert options.headers["Tus-Version"] == "1.0.0"
    assert "creation" in options.headers["Tus-Extension"]


def test_parts_of_another_type_are_refused(alice_api: ApiClient) -> None:
    address = begin(alice_api, length=4)

    answer = alice_api.patch(
        address, b"{}", content_type="application/json", headers={**TUS, "Upload-Offset": "0"}
    )

    assert answer.status_code == 415


def test_a_recording_beyond_the_limit_is_refused_before_it_is_sent(
    alice_api: ApiClient, settings: LazySettings
) -> None:
    settings.RECORDING_MAX_BYTES = 100

    known = alice_api.post("/api/v1/recordings/", headers={**TUS, "Upload-Length": "101"})
    open_ended = send(alice_api, begin(alice_api, length=None), b"x" * 101, offset=0)

    assert (known.status_code, open_ended.status_code) == (413, 413)


def test_a_part_may_not_reach_beyond_the_announced_length(alice_api: ApiClient) -> None:
    assert send(alice_api, begin(alice_api, length=3), b"four", offset=0).status_code == 413
    assert only_recording().offset == 0


def test_a_full_disk_is_said_before_anything_is_sent(alice_api: ApiClient) -> None:
    with mock.patch("shutil.disk_usage", return_value=mock.Mock(free=10)):
        answer = alice_api.post("/api/v1/recordings/", headers={**TUS, "Upload-Length": "11"})

    assert answer.status_code == 507


def test_a_disk_that_fills_up_meanwhile_keeps_what_was_stored(alice_api: ApiClient) -> None:
    address = begin(alice_api, length=8)
    send(alice_api, address, b"four", offset=0)
    with mock.patch("os.fsync", side_effect=OSError(28, "No space left on device")):
        answer = send(alice_api, address, b"more", offset=4)

    assert answer.status_code == 507
    assert alice_api.head(address).headers["Upload-Offset"] == "4"
    assert send(alice_api, address, b"more", offset=4).status_code == 204


def test_names_come_from_the_metadata_and_never_reach_the_disk(alice_api: ApiClient) -> None:
    name = base64.b64encode("../../etc/门诊 1.wav".encode()).decode()
    begin(alice_api, length=1, **{"Upload-Metadata": f"filename {name}"})

    recording = only_recording()
    assert (recording.title, recording.file_name) == ("门诊 1", "门诊 1.wav")
    assert recording.stored_path.name == str(recording.pk)


def test_a_complete_recording_takes_no_more(alice_api: ApiClient) -> None:
    address = begin(alice_api, length=4)
    send(alice_api, address, b"four", offset=0)

    assert send(alice_api, address, b"more", offset=4).status_code == 409


def test_deleting_takes_the_sound_along_and_leaves_a_trace(
    alice_api: ApiClient, django_capture_on_commit_callbacks: object
) -> None:
    address = begin(alice_api, length=8)
    send(alice_api, address, b"four", offset=0)
    path = only_recording().stored_path

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        answer = alice_api.delete(address, headers=TUS)

    assert answer.status_code == 204
    assert not path.exists()
    assert AuditEntry.objects.filter(action="recording.deleted").exists()


def test_half_a_file_is_given_up_after_three_days(alice_api: ApiClient) -> None:
    address = begin(alice_api, length=8)
    send(alice_api, address, b"four", offset=0)
    Recording.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    retention_rules.erase_outdated()

    assert alice_api.head(address).status_code == 404


def test_what_somebody_spoke_is_kept_when_nobody_finishes_it(alice_api: ApiClient) -> None:
    send(alice_api, begin(alice_api, length=None), b"spoken", offset=0)
    Recording.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    retention_rules.erase_outdated()

    recording = only_recording()
    assert (recording.length, recording.state) == (6, Recording.State.WAITING)


def test_an_upload_that_goes_on_is_not_given_up(alice_api: ApiClient) -> None:
    address = begin(alice_api, length=8)
    Recording.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    send(alice_api, address, b"four", offset=0)

    retention_rules.erase_outdated()

    assert only_recording().offset == 4


def test_who_only_listens_cannot_record(alice_actor: Actor, alice_api: ApiClient) -> None:
    listener = api_client(alice_actor, "recordings.view")
    address = begin(alice_api, length=4)

    assert listener.post("/api/v1/recordings/", headers={**TUS, "Upload-Length": "1"}).status_code == 403
    assert send(listener, address, b"four", offset=0).status_code == 403
    assert listener.head(address).status_code == 200


def test_the_portal_sends_parts_with_its_session(alice_browser: Client) -> None:
    answer = alice_browser.post("/api/v1/recordings/", headers={**TUS, "Upload-Length": "4"})
    address = answer.headers["Location"]

    stored = alice_browser.patch(address, b"four", content_type=PART, headers={**TUS, "Upload-Offset": "0"})

    assert stored.status_code == 204
    assert Job.objects.get().member is not None


def test_the_stored_file_is_for_the_platform_alone(alice_api: ApiClient) -> None:
    send(alice_api, begin(alice_api, length=8), b"four", offset=0)

    path: Path = only_recording().stored_path
    assert path.stat().st_mode & 0o077 == 0
