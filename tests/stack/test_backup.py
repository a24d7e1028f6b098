"""Backups: what is in the file, who may read it, and what happens when something ends early."""

import io
import os
import shutil
import subprocess
import sys
import tarfile
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from config.database import BACKUP_LOCK
from stack import archive, restore
from stack import backup as backups
from stack.archive import FILES, ArchiveWriter, FixedLength, Manifest, read_head, verified_manifest
from stack.backup import Source, write_backup
from stack.backup_encryption import EncryptedBackup, EncryptingWriter, Secret, SecretType, open_backup
from stack.backup_passphrase import new_passphrase
from stack.database_tools import is_empty, loading, mark_of, row_counts, tools_for
from stack.errors import StackError
from stack.installation import Installation
from stack.layout import PROJECT_ROOT, Layout
from stack.progress import Steps
from stack.secret_keys import fingerprints
from stack.settings import checked_settings

Database = Callable[[], str]
KEYS = {"FIELD_KEYS": "one-key", "SECRET_KEY": "a secret"}
PASSPHRASE = Secret(SecretType.PASSPHRASE, "twelve letters")


@contextmanager
def databases() -> Iterator[Database]:
    """Makes empty ones on the server that the tests have."""
    server, made = os.environ["DATABASE_URL"], []

    def make() -> str:
        name = f"backup_{uuid.uuid4().hex}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        made.append(name)
        return make_conninfo(server, dbname=name)

    yield make
    with psycopg.connect(server, autocommit=True) as connection:
        for name in made:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def make_database() -> Iterator[Database]:
    with databases() as make:
        yield make


def make_source(url: str, uploads: Path) -> Source:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE note (id int PRIMARY KEY, words text)")
        connection.execute("INSERT INTO note SELECT n, md5(n::text) FROM generate_series(1, 20000) n")
    (uploads / "deep").mkdir(parents=True)
    (uploads / "deep" / "壶盖.jpg").write_bytes(os.urandom(300_000))
    (uploads / "plain").write_bytes(b"")
    return Source(url, KEYS["FIELD_KEYS"], PASSPHRASE, uploads=uploads, keys=KEYS)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Source]:
    with databases() as make:
        yield make_source(make(), tmp_path_factory.mktemp("source") / "uploads")


@pytest.fixture(scope="module")
def original(source: Source, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("original") / "backup.kongming"
    with Steps() as steps:
        write_backup(file, source, steps)
    return file


@pytest.fixture
def written(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(original, tmp_path))


def opened(file: Path, passphrase: str = PASSPHRASE.value) -> EncryptedBackup:
    return open_backup(file, lambda _: [passphrase])


@contextmanager
def archive_in(file: Path) -> Iterator[ArchiveWriter]:
    with file.open("wb") as target:
        writer = ArchiveWriter(EncryptingWriter(target, PASSPHRASE))
        yield writer
        writer.close()


def load(file: Path, url: str, *, replace: bool = False, mark: str = "restored") -> None:
    with loading(tools_for(url), replace=replace, mark=mark) as dump:
        for name, content in archive.members(opened(file)):
            while name.startswith(archive.DATABASE) and (block := content.read()):
                dump.write(block)


def counts(url: str) -> dict[str, int]:
    with psycopg.connect(url) as connection:
        return row_counts(connection)


def nothing(_: int) -> None:
    pass


def test_a_backup_holds_the_rows_and_the_files_and_says_so(written: Path, make_database: Database) -> None:
    manifest = verified_manifest(opened(written), nothing)
    assert manifest.rows == {"note": 20000}
    assert {FILES + "deep/壶盖.jpg", FILES + "plain"} <= set(manifest.entries)
    copy = make_database()
    load(written, copy)
    assert counts(copy) == manifest.rows
    assert not is_empty(copy)
    assert mark_of(copy) == "restored"


def test_nobody_else_may_read_a_backup(original: Path) -> None:
    assert original.stat().st_mode & 0o077 == 0
    assert [path.name for path in original.parent.iterdir()] == [original.name]


def test_a_backup_never_overwrites(written: Path, source: Source) -> None:
    before = written.read_bytes()
    with Steps() as steps, pytest.raises(StackError, match="never overwrites"):
        write_backup(written, source, steps)
    assert written.read_bytes() == before


@pytest.mark.parametrize("kept", [0.0, 0.00001, 0.3, 0.9, 0.98])
def test_an_archive_whose_end_is_missing_is_refused(written: Path, kept: float) -> None:
    os.truncate(written, int(written.stat().st_size * kept))
    with pytest.raises(StackError, match=r"damaged|incomplete|not a backup"):
        verified_manifest(opened(written), nothing)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("files/../../evil", tarfile.REGTYPE),
        ("/etc/passwd", tarfile.REGTYPE),
        ("files/link", tarfile.SYMTYPE),
        ("files/hard", tarfile.LNKTYPE),
        ("elsewhere", tarfile.REGTYPE),
    ],
)
def test_an_archive_that_reaches_outside_is_refused(tmp_path: Path, name: str, kind: bytes) -> None:
    file = tmp_path / "evil"
    with file.open("wb") as target:
        writer = EncryptingWriter(target, PASSPHRASE)
        with tarfile.open(fileobj=writer, mode="w|") as tar:  # type: ignore[call-overload]
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            tar.addfile(member, io.BytesIO())
        writer.close()
    with pytest.raises(StackError, match="damaged or not a backup"):
        list(archive.members(opened(file)))


def test_keys_lie_in_it_under_the_passphrase_only(written: Path) -> None:
    content = written.read_bytes()
    assert not [value for value in KEYS.values() if value.encode() in content]
    assert read_head(opened(written))[0].key_fingerprints == fingerprints("one-key")
    assert read_head(opened(written))[1] == KEYS
    with pytest.raises(StackError, match="not the passphrase"):
        opened(written, "twelve lettres")


def test_nothing_of_a_backup_is_readable_without_its_passphrase(written: Path, tmp_path: Path) -> None:
    """Neither names of files and tables, nor when it was made; and two backups of the same share nothing."""
    content = written.read_bytes()
    # Of six bytes at least: one of four stands in some megabytes of chance every now and then.
    told = [
        b"kongming.json",
        b"manifest",
        b"files/",
        "壶盖".encode(),
        b"note.md",
        b"PGDMP",
        b"2026-1",
        b"ustar\0",
    ]
    assert [word for word in told if word in content] == []
    blocks = {content[at : at + 64] for at in range(0, len(content) - 64, 64)}
    assert len(blocks) == len(range(0, len(content) - 64, 64)), "something repeats"


def test_without_a_passphrase_there_is_no_backup_and_it_says_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="Set KONGMING_BACKUP_PASSPHRASE"):
        new_passphrase(checked_settings({}), None)
    short = tmp_path / "passphrase"
    short.write_text("short\n")
    with pytest.raises(StackError, match="at least 12"):
        new_passphrase(checked_settings({}), short)
    short.write_text("long enough for it\n")
    assert new_passphrase(checked_settings({}), short) == "long enough for it"


def test_a_restore_that_ends_early_changes_nothing(written: Path, make_database: Database) -> None:
    copy = make_database()
    with psycopg.connect(copy) as connection:
        connection.execute("CREATE TABLE present (id int)")

    def broken_off() -> None:
        with loading(tools_for(copy), replace=True, mark="never") as dump:
            for name, content in archive.members(opened(written)):
                if name.startswith(archive.DATABASE):
                    dump.write(content.read(200_000))
                    raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off()
    assert counts(copy) == {"present": 0}
    assert mark_of(copy) != "never"


def test_half_a_dump_is_never_kept(written: Path, make_database: Database) -> None:
    copy, half = make_database(), written.with_name("half")
    dump = b"".join(
        content.read()
        for name, content in archive.members(opened(written))
        if name.startswith(archive.DATABASE)
    )
    with archive_in(half) as writer:
        writer.add_stream(archive.DATABASE, io.BytesIO(dump[: len(dump) // 2]), nothing)
    with pytest.raises(StackError, match="is as it was"):
        load(half, copy)
    assert is_empty(copy)


@pytest.mark.slow
def test_what_is_there_is_replaced_whole(written: Path, make_database: Database) -> None:
    copy = make_database()
    with psycopg.connect(copy) as connection:
        connection.execute("CREATE TABLE present (id int)")
    with pytest.raises(StackError, match="is as it was"):
        load(written, source_of_conflict(copy))
    load(written, copy, replace=True)
    assert counts(copy) == {"note": 20000}


def source_of_conflict(url: str) -> str:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE note (id text)")
    return url


def test_a_change_of_keys_and_a_backup_exclude_one_another(source: Source, tmp_path: Path) -> None:
    with closing(psycopg.connect(source.url, autocommit=True)) as rotation:
        rotation.execute("SELECT pg_advisory_lock(%s)", [BACKUP_LOCK])
        with Steps() as steps, pytest.raises(StackError, match="keys are being changed"):
            write_backup(tmp_path / "file", source, steps)
    assert not list(tmp_path.glob("file*"))


@pytest.mark.slow
def test_the_dump_and_the_files_are_of_one_moment(make_database: Database, tmp_path: Path) -> None:
    """Rows that come later stay out; a file that is deleted later is named, not missed."""
    source = make_source(make_database(), tmp_path / "uploads")
    manifests: list[Manifest] = []

    def back_up() -> None:
        with Steps() as steps:
            manifests.append(write_backup(tmp_path / "file", source, steps))

    with psycopg.connect(source.url) as people:
        people.execute("LOCK TABLE note IN ACCESS EXCLUSIVE MODE")
        thread = threading.Thread(target=back_up)
        thread.start()
        waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'note'::regclass"
        while not people.execute(waiting).fetchone():
            assert thread.is_alive()
        people.execute("INSERT INTO note SELECT n, 'late' FROM generate_series(20001, 20100) n")
        (tmp_path / "uploads" / "deep" / "壶盖.jpg").unlink()
        people.commit()
        thread.join()
    assert counts(source.url) == {"note": 20100}
    assert manifests[0].rows == {"note": 20000}
    assert manifests[0].gone == ["deep/壶盖.jpg"]
    assert verified_manifest(opened(tmp_path / "file"), nothing) == manifests[0]


def test_a_recording_that_shrinks_while_it_is_copied_keeps_its_length() -> None:
    assert FixedLength(io.BytesIO(b"x" * 40), 100).read(1000) == b"x" * 40 + bytes(60)
    assert FixedLength(io.BytesIO(b"x" * 140), 100).read(1000) == b"x" * 100


def test_files_already_restored_are_not_written_again(written: Path, state: Path) -> None:
    layout = Layout(state)
    layout.create()
    backup, progress = opened(written), restore.Progress("id", replace=False)
    manifest = verified_manifest(backup, nothing)
    with Steps() as steps:
        restore.restore_files(backup, layout, progress, manifest, steps)
        first = (layout.uploads / "deep" / "壶盖.jpg").stat()
        (layout.uploads / "plain").unlink()
        restore.restore_files(backup, layout, progress, manifest, steps)
    assert (layout.uploads / "deep" / "壶盖.jpg").stat().st_ino == first.st_ino
    assert first.st_mode & 0o077 == 0
    assert (layout.uploads / "plain").exists()


def test_uploads_on_another_disk_are_replaced_there(written: Path, state: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    (disk / "uploads").mkdir(parents=True)
    (disk / "uploads" / "old").write_text("What was here.")
    layout = Layout(state)
    state.mkdir()
    layout.uploads.symlink_to(disk / "uploads")
    layout.create()
    backup, progress = opened(written), restore.Progress("id", replace=True)
    progress.save(layout)
    with Steps() as steps:
        restore.restore_files(backup, layout, progress, verified_manifest(backup, nothing), steps)
    restore._clean_up(layout, progress)

    assert layout.uploads.is_symlink()
    assert (disk / "uploads" / "plain").exists()
    assert not (disk / "uploads" / "old").exists()
    assert [each.name for each in disk.iterdir()] == ["uploads"]


def test_uploads_that_are_a_disk_of_their_own_are_replaced_in_their_place(written: Path, state: Path) -> None:
    """As of a mounted disk, the directory cannot be renamed, and it has a folder that is the file system's."""
    layout = Layout(state)
    state.mkdir()
    layout.create()
    number = layout.uploads.stat().st_ino
    for name in ("lost+found", "documents"):
        (layout.uploads / name).mkdir()
        (layout.uploads / name / "old").write_text("What was here.")
    # Of a restore that was interrupted while it put things aside.
    (layout.uploads / ".replaced-id.restoring").mkdir()
    backup, progress = opened(written), restore.Progress("id", replace=True)
    progress.save(layout)
    with Steps() as steps:
        restore.restore_files(backup, layout, progress, verified_manifest(backup, nothing), steps)
    restore._clean_up(layout, progress)

    assert layout.uploads.stat().st_ino == number
    assert (layout.uploads / "plain").exists()
    assert not (layout.uploads / "documents" / "old").exists()
    assert (layout.uploads / "lost+found" / "old").exists()
    assert {*backups._stored_files(layout.uploads)} == {"plain", "deep/壶盖.jpg"}


@pytest.mark.parametrize("is_resumed", [False, True])
def test_a_byte_that_was_flipped_is_found_before_anything_is_restored(
    written: Path,
    state: Path,
    make_database: Database,
    make_installation: Callable[..., Installation],
    is_resumed: bool,
) -> None:
    copy = make_database()
    installation = make_installation(DATABASE_URL=copy)
    installation.layout.create()
    head, _ = read_head(opened(written))
    if is_resumed:
        restore.Progress(head.id, replace=False).save(installation.layout)
    before = {path: path.stat().st_mtime_ns for path in state.rglob("*")}
    content = bytearray(written.read_bytes())
    content[-5] ^= 0x80
    written.write_bytes(content)

    with pytest.raises(StackError, match="damaged or incomplete"):
        restore.restore_into(installation, opened(written), replace=False, steps=Steps())

    assert {path: path.stat().st_mtime_ns for path in state.rglob("*")} == before
    assert is_empty(copy)


@pytest.mark.slow
def test_verifying_says_what_is_in_it_and_restores_nothing(
    written: Path, plain_environment: dict[str, str]
) -> None:
    """The verb, as a person runs it."""
    passphrase = written.with_name("passphrase")
    passphrase.write_text(PASSPHRASE.value + "\n")
    command = [sys.executable, "-m", "stack", "backup", "--verify", str(written)]
    environment = plain_environment | {"PYTHONPATH": str(PROJECT_ROOT)}

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, *options], env=environment, capture_output=True, text=True, check=False
        )

    told = run("--passphrase-file", str(passphrase))
    assert told.returncode == 0, told.stderr
    assert "is whole" in told.stdout
    assert "20,000 rows in 1 tables" in told.stdout
    assert "Files: 2, 0.3 MB" in told.stdout
    assert "Keys: FIELD_KEYS, SECRET_KEY" in told.stdout
    assert not Path(environment["KONGMING_STATE_DIR"], "secrets.env").exists()

    asked = run()
    assert asked.returncode == 1
    assert "Set KONGMING_BACKUP_PASSPHRASE" in asked.stderr

    os.truncate(written, written.stat().st_size - 1)
    damaged = run("--passphrase-file", str(passphrase))
    assert damaged.returncode == 1
    assert "damaged or incomplete" in damaged.stderr
    assert "Traceback" not in damaged.stderr


@pytest.mark.slow
def test_a_backup_without_a_passphrase_is_refused_and_writes_nothing(
    tmp_path: Path, plain_environment: dict[str, str]
) -> None:
    refused = subprocess.run(
        [sys.executable, "-m", "stack", "backup", str(tmp_path / "file"), "--without-keys"],
        env=plain_environment | {"PYTHONPATH": str(PROJECT_ROOT)},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert refused.returncode == 1
    assert "Set KONGMING_BACKUP_PASSPHRASE" in refused.stderr
    assert not list(tmp_path.glob("file*"))
