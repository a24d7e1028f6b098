"""Files of a folder are followed: what is appended is taken in once, and nothing that the operator did not allow."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from psycopg.conninfo import make_conninfo

from apps.log_analysis.sources import folder_tail, services, spool
from apps.log_analysis.sources.models import LogSource
from tests.conftest import ApiClient
from tests.log_analysis.sources.conftest import MakeSource
from tests.scripted_engine_fixture import ROOT

pytestmark = pytest.mark.django_db
MAX_LINES_AHEAD = 10_000


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    root = tmp_path / "allowed"
    (root / "shop").mkdir(parents=True)
    settings.LOG_FOLDERS = [("tea-house", root)]
    return root / "shop"


@pytest.fixture
def source(make_source: MakeSource, folder: Path) -> LogSource:
    return make_source(kind="folder", folder=str(folder))


def look(source: LogSource) -> list[str]:
    """The lines that a look at the folder brought into the spool."""
    folder_tail.follow_folders()
    return taken(source)


def taken(source: LogSource) -> list[str]:
    lines: list[str] = []
    while found := spool.take(source):
        for name in spool.names(found):
            lines += spool.read(found / name).content.decode().splitlines()
        spool.remove(found)
    return lines


def append(path: Path, *lines: str) -> None:
    with path.open("a") as file:
        file.write("".join(f"{line}\n" for line in lines))


def test_what_is_appended_is_taken_in_once_and_wakes_the_worker(source: LogSource, folder: Path) -> None:
    append(folder / "app.log", "1 a", "2 b")
    assert look(source) == ["1 a", "2 b"]
    source.refresh_from_db()
    assert (source.waiting_bytes, source.held_batches) == (8, [])
    assert source.job
    assert look(source) == []

    append(folder / "app.log", "3 c")
    append(folder / "other.log", "4 d")
    assert sorted(look(source)) == ["3 c", "4 d"]


def test_a_line_is_taken_when_it_has_an_end_or_was_left_alone(source: LogSource, folder: Path) -> None:
    path = folder / "app.log"
    path.write_text("1 a\n2 b")
    assert look(source) == ["1 a"]
    path.write_text("1 a\n2 bc\n3 d")
    assert look(source) == ["2 bc"]
    hour_ago = time.time() - 3600
    os.utime(path, (hour_ago, hour_ago))
    assert look(source) == ["3 d"]


def test_a_file_that_is_renamed_and_begun_anew_loses_and_repeats_nothing(
    source: LogSource, folder: Path
) -> None:
    path = folder / "app.log"
    append(path, "1 a")
    look(source)
    append(path, "2 b")
    path.rename(folder / "app.log.1")
    append(path, "3 c")

    assert sorted(look(source)) == ["2 b", "3 c"]

    (folder / "app.log.1").unlink()
    (folder / "app.log.1.gz").write_bytes(b"1 a\n2 b\n")
    assert look(source) == []


def test_a_file_that_is_copied_and_cut_loses_and_repeats_nothing(source: LogSource, folder: Path) -> None:
    path, copy = folder / "app.log", folder / "app.log.1"
    append(path, "1 a")
    look(source)
    append(path, "2 b")
    copy.write_bytes(path.read_bytes())
    assert look(source) == ["2 b"]

    append(path, "3 c")
    copy.write_bytes(path.read_bytes())
    path.write_text("")
    assert look(source) == ["3 c"]
    append(path, "4 d")
    assert look(source) == ["4 d"]


def test_a_copy_that_is_older_than_what_was_read_is_not_read_again(source: LogSource, folder: Path) -> None:
    path, copy = folder / "app.log", folder / "app.log.1"
    append(path, "1 a")
    copy.write_bytes(path.read_bytes())
    look(source)
    append(path, "2 b")
    assert look(source) == ["2 b"]
    path.write_text("3 c\n")

    assert look(source) == ["3 c"]
    assert look(source) == []


def test_a_file_that_is_cut_and_grows_beyond_its_old_length_is_read_anew(
    source: LogSource, folder: Path
) -> None:
    path = folder / "app.log"
    append(path, "1 a")
    look(source)
    path.write_text("2 b\n3 c\n")

    assert look(source) == ["2 b", "3 c"]


def test_another_file_that_begins_alike_is_no_copy(source: LogSource, folder: Path) -> None:
    append(folder / "a.log", "started")
    look(source)
    append(folder / "b.log", "started", "2 b")

    assert look(source) == ["started", "2 b"]


def test_a_large_file_is_taken_in_parts(
    source: LogSource, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_tail, "MAX_CHUNK_BYTES", 1000)
    append(folder / "app.log", *(f"{number} {'x' * 90}" for number in range(25)), "y" * 2500)

    lines: list[str] = []
    while folder_tail.follow_folders():
        lines += taken(source)
    lines += taken(source)

    assert [line.split()[0] for line in lines[:25]] == [str(number) for number in range(25)]
    assert "".join(lines[25:]) == "y" * 2500


def test_no_part_begins_within_a_stack_trace(
    source: LogSource, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_tail, "MAX_CHUNK_BYTES", 1000)
    trace = ["java.io.IOException: gone", *(f"\tat shop.Tea.brew{number}" for number in range(9))]
    begins = [f"2026-11-20 08:{minute:02d}:00 ERROR tea {minute}" for minute in range(20)]
    append(folder / "app.log", *(line for begin in begins for line in (begin, *trace)))

    parts: list[list[str]] = []
    is_more = True
    while is_more:
        is_more = folder_tail.follow_folders()
        while found := spool.take(source):
            names = spool.names(found)
            parts += [spool.read(found / name).content.decode().splitlines() for name in names]
            spool.remove(found)

    assert len(parts) > 3
    assert {lines[0] in begins for lines in parts} == {True}
    assert [line for lines in parts for line in lines if line in begins] == begins


@pytest.mark.parametrize("module_and_name", [(spool, "release"), (services, "announce")])
def test_after_a_crash_the_row_says_what_the_worker_has(
    source: LogSource, folder: Path, monkeypatch: pytest.MonkeyPatch, module_and_name: tuple[Any, str]
) -> None:
    append(folder / "app.log", "1 a")

    class Killed(BaseException):
        pass

    def kill(*_arguments: object) -> None:
        raise Killed

    with monkeypatch.context() as crash:
        crash.setattr(*module_and_name, kill)
        with pytest.raises(Killed):
            folder_tail.follow_folders()
    append(folder / "app.log", "2 b")

    assert look(source) == ["1 a", "2 b"]
    source.refresh_from_db()
    assert (source.waiting_bytes, source.held_batches) == (8, [])


def test_what_was_held_but_never_written_down_is_not_given_out(
    source: LogSource, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(folder / "app.log", "1 a")
    spool.hold(source, spool.Batch("lines", "", b"1 a\n"))
    monkeypatch.setattr(spool, "MAX_HELD_SECONDS", -1.0)

    assert look(source) == ["1 a"]
    assert not any((source.spool / "held").iterdir())


def test_links_and_what_is_no_file_are_left_alone(source: LogSource, folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    append(secret, "1 secret")
    (folder / "soft.log").symlink_to(secret)
    (folder / "hard.log").hardlink_to(secret)
    os.mkfifo(folder / "pipe.log")
    (folder / "inner.log").mkdir()

    assert look(source) == []


@pytest.mark.parametrize("place", ["..", "../shop", "link", "/etc"])
def test_no_folder_outside_of_those_allowed_is_opened(
    source: LogSource, folder: Path, tmp_path: Path, place: str
) -> None:
    (tmp_path / "secret").mkdir()
    append(tmp_path / "secret" / "a.log", "1 secret")
    (folder / "link").symlink_to(tmp_path / "secret")
    LogSource.objects.filter(pk=source.pk).update(folder=str(folder / place))

    assert look(source) == []
    source.refresh_from_db()
    assert source.unread_reason in ("folder_not_allowed", "folder_unreadable")


def test_the_folder_of_one_organisation_is_closed_to_another(
    folder: Path, alice_api: ApiClient, bob_api: ApiClient
) -> None:
    body = {"name": "files", "kind": "folder", "folder": str(folder)}

    assert bob_api.post_json("/api/v1/logs/sources/", body).status_code == 400
    assert alice_api.post_json("/api/v1/logs/sources/", body).status_code == 201


def test_a_folder_that_is_gone_is_said_and_forgotten_when_it_is_back(
    source: LogSource, folder: Path, alice_browser: Client
) -> None:
    folder.rmdir()
    assert look(source) == []
    assert "The folder does not exist" in alice_browser.get(f"/logs/sources/{source.pk}/").content.decode()

    folder.mkdir()
    append(folder / "a.log", "1 a")
    assert look(source) == ["1 a"]
    source.refresh_from_db()
    assert source.unread_reason == ""


def test_of_a_folder_that_is_too_full_it_is_said(
    source: LogSource, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_tail, "MAX_FILES", 2)
    for name in "abc":
        append(folder / name, f"1 {name}")

    assert look(source) == ["1 a", "1 b"]
    source.refresh_from_db()
    assert source.unread_reason == "folder_too_full"


def test_files_wait_while_the_source_is_paused_or_too_much_waits(
    source: LogSource, folder: Path, settings: Any
) -> None:
    append(folder / "a.log", "1 a")
    LogSource.objects.update(is_paused=True)
    assert look(source) == []
    LogSource.objects.update(is_paused=False, waiting_bytes=settings.LOG_WAITING_MAX_BYTES + 1)
    assert look(source) == []
    LogSource.objects.update(waiting_bytes=0)
    assert look(source) == ["1 a"]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_process_that_is_killed_again_and_again_loses_and_repeats_nothing(
    source: LogSource, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    url = make_conninfo(os.environ["DATABASE_URL"], dbname=str(connection.settings_dict["NAME"]))
    environment = os.environ | {
        "DATABASE_URL": url,
        "KONGMING_STATE_DIR": str(tmp_path_factory.getbasetemp()),
        "LOG_FOLDERS": f"tea-house={folder.parent}",
    }
    number, lines, path = 0, list[str](), folder / "app.log"
    for round_number in range(2):
        process = subprocess.Popen([sys.executable, "manage.py", "receive_logs"], cwd=ROOT, env=environment)
        try:
            deadline, seen = time.monotonic() + 120, len(lines)
            # Killed in the middle of a look: as soon as something of this round has come.
            while len(lines) <= seen + round_number:
                assert time.monotonic() < deadline
                if number < len(lines) + MAX_LINES_AHEAD:
                    append(path, *(f"{number + each} {'x' * 2000}" for each in range(200)))
                    number += 200
                    if number % 2000 == 0:
                        path.rename(folder / f"app.log.{number}")
                lines += [line.split()[0] for line in taken(source)]
                time.sleep(0.02)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
    while folder_tail.follow_folders():
        lines += [line.split()[0] for line in taken(source)]
    lines += [line.split()[0] for line in taken(source)]

    assert sorted(lines, key=int) == [str(each) for each in range(number)]
