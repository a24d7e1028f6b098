"""`backup`: one encrypted file with the database, what people uploaded and recorded, and the keys."""

import errno
import fcntl
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from stack.archive import DATABASE, FILES, HEAD, KEYS, ArchiveWriter, Head, Manifest
from stack.backup_encryption import EncryptingWriter, Secret, SecretType
from stack.backup_passphrase import new_passphrase
from stack.database_tools import backup_lock, dumping, row_counts, snapshot, tools_for
from stack.errors import StackError
from stack.installation import Installation
from stack.layout import state_directory
from stack.progress import Steps, console
from stack.secret_keys import GENERATED, fingerprints, separate_keys
from stack.settings import chosen_settings

# What `apps.vault.new_files` calls a file until all of it is there.
UNFINISHED = ".unfinished"
# Of the file system, where `uploads` is a disk of its own: nobody but root may look into it.
LOST_AND_FOUND = "lost+found"
ONLY_OURS = 0o600


@dataclass(frozen=True)
class Source:
    """What is backed up, and what encrypts it. Without `uploads` the database alone; without `keys` none of them."""

    url: str
    field_keys: str = field(repr=False)
    secret: Secret
    uploads: Path | None = None
    keys: dict[str, str] | None = field(default=None, repr=False)


def backup(file: Path, *, passphrase_file: Path | None, without_keys: bool) -> int:
    """The verb: backs up the installation as it is now, whether it runs or not. Raises StackError unless the file is
    whole.
    """
    installation = database_installation()
    _refuse_existing(file)
    installation.layout.create()
    source = whole_source(installation, passphrase_file=passphrase_file, without_keys=without_keys)
    with Steps() as steps, database_running(installation):
        manifest = write_backup(file, source, steps)
    console.print(
        f"{file}: {sum(manifest.rows.values()):,} rows, {manifest.count_of(FILES):,} files, "
        f"{file.stat().st_size / 1e6:,.1f} MB",
        soft_wrap=True,
    )
    if manifest.gone:
        console.print(f"{len(manifest.gone)} files were deleted during the backup and are not included.")
    if source.keys is None:
        console.print(
            f"[yellow]This backup contains no keys.[/] Keep {installation.layout.secrets} apart from it: without FIELD_KEYS "
            "encrypted data cannot be read.",
            soft_wrap=True,
        )
    return 0


def whole_source(
    installation: Installation, *, passphrase_file: Path | None = None, without_keys: bool = False
) -> Source:
    """Everything of an installation. Raises StackError without a passphrase."""
    secret = Secret(SecretType.PASSPHRASE, new_passphrase(installation.env, passphrase_file))
    environment = installation.environment()
    return Source(
        environment["DATABASE_URL"],
        environment["FIELD_KEYS"],
        secret,
        uploads=installation.layout.uploads,
        keys=None if without_keys else {name: environment[name] for name in GENERATED},
    )


def database_source(installation: Installation) -> Source:
    """The database alone, encrypted with the first of FIELD_KEYS.

    `up` keeps such a dump beside those keys, on an installation that may have no passphrase. Whoever gets hold of the
    file alone reads nothing; who has the keys as well has the machine, and its database.
    """
    environment = installation.environment()
    field_keys = environment["FIELD_KEYS"]
    secret = Secret(SecretType.FIELD_KEY, separate_keys(field_keys)[0])
    return Source(environment["DATABASE_URL"], field_keys, secret)


def database_installation() -> Installation:
    """The installation that the settings name, with its database as the only process."""
    settings = chosen_settings()
    state = state_directory(settings.get("KONGMING_STATE_DIR"))
    return Installation(state, names=["postgresql"], settings=settings)


@contextmanager
def database_running(installation: Installation) -> Iterator[None]:
    """Starts the installation's own PostgreSQL for a while, where nothing runs yet."""
    if installation.is_running() or not installation.names:
        yield
        return
    with installation:
        yield


def write_backup(file: Path, source: Source, steps: Steps) -> Manifest:
    """Streams everything into `file`, which appears when all of it is on the disk.

    A stored file never changes once its row is committed, and is never written anew while the lock is held. So the
    files need no snapshot: those there were when the database's was taken are listed then and copied later.
    """
    tools = tools_for(source.url)
    with _appearing(file) as target, backup_lock(source.url) as connection:
        # Before the snapshot and after it: the one list lacks what is written between them, the other what is deleted.
        before = set(_stored_files(source.uploads))
        archive = ArchiveWriter(EncryptingWriter(target, source.secret))
        with snapshot(connection) as name:
            names = sorted(before | set(_stored_files(source.uploads)))
            archive.add_json(HEAD, asdict(_head(source, connection.info.server_version // 10_000)))
            if source.keys:
                archive.add_json(KEYS, source.keys)
            with (
                steps.bytes("Database", None) as on_bytes,
                dumping(tools, snapshot_name=name) as dump,
            ):
                archive.add_stream(DATABASE, dump, on_bytes)
            archive.manifest.rows = row_counts(connection)
        if source.uploads:
            _add_files(archive, source.uploads, names, steps)
        archive.close()
    return archive.manifest


def _head(source: Source, major: int) -> Head:
    return Head(
        id=str(uuid.uuid4()),
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        postgresql=major,
        has_files=source.uploads is not None,
        key_fingerprints=fingerprints(source.field_keys),
    )


def _stored_files(uploads: Path | None) -> Iterator[str]:
    """Paths of whole files, relative to `uploads`. One that is deleted while we look is none."""
    if uploads is None:
        return

    def refuse_unreadable(error: OSError) -> None:
        # Without this os.walk leaves out what it may not read, and the backup would lack it without a word.
        if not isinstance(error, FileNotFoundError):
            raise error

    for directory, folders, names in os.walk(uploads, onerror=refuse_unreadable):
        if LOST_AND_FOUND in folders and Path(directory) == uploads:
            folders.remove(LOST_AND_FOUND)
        for name in names:
            path = Path(directory, name)
            if not name.endswith(UNFINISHED) and path.is_file() and not path.is_symlink():
                yield path.relative_to(uploads).as_posix()


def _add_files(archive: ArchiveWriter, uploads: Path, names: list[str], steps: Steps) -> None:
    copied_bytes = 0
    with steps.bytes(f"{len(names):,} files", None) as on_bytes:
        for name in names:
            try:
                copied_bytes += archive.add_file(FILES + name, uploads / name)
            except FileNotFoundError:
                # Retention, or somebody who asked to be erased.
                archive.manifest.gone.append(name)
            on_bytes(copied_bytes)


def _refuse_existing(file: Path) -> None:
    if file.exists():
        raise StackError(f"{file} already exists, and a backup never overwrites. Choose another name.")
    if not file.absolute().parent.is_dir():
        raise StackError(
            f"There is no directory {file.absolute().parent}. Create it, or choose another place."
        )


@contextmanager
def _appearing(file: Path) -> Iterator[IO[bytes]]:
    """Written as FILE.part, which nobody but us may read, and takes its name when it is whole."""
    part = file.with_name(f"{file.name}.part")
    try:
        # Without O_TRUNC: whoever does not get the lock must not empty what another backup is writing.
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT, ONLY_OURS), "wb") as target:
            _claim(target, part)
            try:
                yield target
                target.flush()
                os.fsync(target.fileno())
                # Once more: somebody may have written a file of that name meanwhile, and `rename` would replace it.
                _refuse_existing(file)
                part.rename(file)
            finally:
                part.unlink(missing_ok=True)
        _sync_directory(file.absolute().parent)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StackError(
                f"There is no room left for {file}. Free some, or choose another disk; nothing was kept of it."
            ) from error
        raise StackError(f"{file} cannot be written: {error}") from error


def _claim(target: IO[bytes], part: Path) -> None:
    try:
        fcntl.flock(target, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise StackError(f"Another backup is writing {part}. Wait for it, or choose another name.") from error
    # What a killed backup left behind.
    os.fchmod(target.fileno(), ONLY_OURS)
    target.truncate(0)


def _sync_directory(directory: Path) -> None:
    """A new name is on the disk when its directory is."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
