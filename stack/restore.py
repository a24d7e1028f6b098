"""`restore`: puts a backup into an empty installation, goes on where it was interrupted, and checks the result."""

import json
import os
import shutil
import time
import uuid
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from stack import postgresql
from stack.archive import (
    COPIED_AT_ONCE,
    DATABASE,
    FILES,
    DigestReader,
    Head,
    Manifest,
    members,
    read_head,
    verified_manifest,
)
from stack.backup import LOST_AND_FOUND, database_installation, database_running
from stack.backup_encryption import EncryptedBackup, SecretType, open_backup
from stack.backup_passphrase import known_passphrase
from stack.database_tools import (
    connection_to,
    is_empty,
    loading,
    mark_of,
    row_counts,
    settle,
    tools_for,
)
from stack.errors import StackError
from stack.installation import Installation
from stack.layout import Layout
from stack.progress import Steps, console
from stack.secret_keys import fingerprints, save_secrets, separate_keys, stored_secrets

CONFIRMATION = "replace"
UNFINISHED = ".restoring"


@dataclass
class Progress:
    """Kept beside the installation, so that a restore that was interrupted goes on, and only with its own archive."""

    archive: str
    replace: bool
    id: str = field(default_factory=lambda: uuid.uuid4().hex)

    def save(self, layout: Layout) -> None:
        draft = layout.unfinished_restore.with_suffix(".new")
        draft.write_text(json.dumps(asdict(self)))
        draft.replace(layout.unfinished_restore)


def verify(file: Path, *, passphrase_file: Path | None) -> int:
    """The verb: proves that a backup is whole, without restoring it, and says what is in it. Raises StackError for one
    that is not.
    """
    backup = opened(database_installation(), file, passphrase_file=passphrase_file)
    head, keys = read_head(backup)
    with Steps() as steps:
        manifest = _verify_with_progress(backup, steps)
    is_dump = backup.secret_type == SecretType.FIELD_KEY
    contents = {
        "Made": f"{head.created_at}, PostgreSQL {head.postgresql}",
        "Encrypted with": "FIELD_KEYS of its installation" if is_dump else "a passphrase",
        "Database": f"{sum(manifest.rows.values()):,} rows in {len(manifest.rows)} tables, "
        f"{manifest.bytes_of(DATABASE) / 1e6:,.1f} MB",
        "Files": f"{manifest.count_of(FILES):,}, {manifest.bytes_of(FILES) / 1e6:,.1f} MB; "
        f"{len(manifest.gone)} were deleted during the backup",
        "Keys": ", ".join(keys) if keys else "none",
    }
    console.print(
        f"{file} is whole: every chunk is authentic, and every part has its digest.", soft_wrap=True
    )
    for subject, state in contents.items():
        console.print(f"  {subject}: {state}", soft_wrap=True)
    return 0


def restore(file: Path, *, replace: bool, passphrase_file: Path | None) -> int:
    """The verb: restores into the installation that the settings name, which has to be empty or else is replaced.
    Raises StackError while it runs, and for a backup that cannot be restored here.
    """
    installation = database_installation()
    installation.layout.create()
    if installation.is_running():
        raise StackError("Kongming is running. Stop it first: ./kongming down")
    backup = opened(installation, file, passphrase_file=passphrase_file)
    manifest = restore_into(installation, backup, replace=replace, steps=Steps())
    console.print(
        f"Restored and checked: {sum(manifest.rows.values()):,} rows, {manifest.count_of(FILES):,} files, "
        f"the state of {read_head(backup)[0].created_at}. Start it: ./kongming up",
        soft_wrap=True,
    )
    return 0


def opened(installation: Installation, file: Path, *, passphrase_file: Path | None = None) -> EncryptedBackup:
    """With the passphrase, or for a dump that `up` kept, with the FIELD_KEYS of this installation. Raises StackError
    where neither opens it.
    """

    def candidates(secret_type: SecretType) -> list[str]:
        if secret_type == SecretType.PASSPHRASE:
            return [known_passphrase(installation.env, passphrase_file)]
        stored = stored_secrets(installation.layout.secrets).get("FIELD_KEYS", "")
        return separate_keys(f"{installation.settings.get('FIELD_KEYS', '')},{stored}")

    return open_backup(file, candidates)


def restore_into(
    installation: Installation, backup: EncryptedBackup, *, replace: bool, steps: Steps
) -> Manifest:
    """Into an installation that does not run; rows and files are compared with the backup in the end."""
    layout = installation.layout
    head, keys = read_head(backup)
    _require_keys(installation, head, keys or {})
    progress = _interrupted_restore(layout, head) or _new_restore(installation, head, replace=replace)
    with steps:
        # All of it, also where an interrupted restore goes on: the file may have changed meanwhile.
        manifest = _verify_with_progress(backup, steps)
        # From here on things change, and `up` refuses until the end is reached.
        progress.save(layout)
        _put_keys(layout, keys or {})
        with database_running(installation):
            url = installation.environment()["DATABASE_URL"]
            _restore_database(backup, url, progress, manifest, steps)
            if head.has_files:
                restore_files(backup, layout, progress, manifest, steps)
            _check(url, layout, head, manifest, steps)
            _clean_up(layout, progress)
            # Last of all: it takes the mark away, without which an interrupted restore would put the database in once
            # more.
            settle(url)
    return manifest


def refuse_unfinished_restore(layout: Layout) -> None:
    """Half a database must not begin to work. Raises StackError where it would."""
    if layout.unfinished_restore.exists():
        raise StackError(
            "A restore into this installation has not come to its end. Run it again, with the same file: "
            "./kongming restore FILE"
        )


def _verify_with_progress(backup: EncryptedBackup, steps: Steps) -> Manifest:
    with steps.bytes("Verifying", backup.path.stat().st_size) as on_bytes:
        return verified_manifest(backup, on_bytes)


def _interrupted_restore(layout: Layout, head: Head) -> Progress | None:
    if not layout.unfinished_restore.exists():
        return None
    progress = Progress(**json.loads(layout.unfinished_restore.read_text()))
    if progress.archive != head.id:
        raise StackError(
            f"Another backup is half restored here. Go on with that one, or empty {layout.state} "
            "(and the database, where DATABASE_URL names your own) and begin anew."
        )
    console.print("Resuming the interrupted restore.")
    return progress


def _new_restore(installation: Installation, head: Head, *, replace: bool) -> Progress:
    """A restore that begins anew. Raises StackError where something is here that nobody has confirmed to delete."""
    layout = installation.layout
    there = _what_is_there(installation, head)
    if not there:
        return Progress(head.id, replace=False)
    if not replace:
        raise StackError(
            f"This installation is not empty: {', '.join(there)}. Restore into another KONGMING_STATE_DIR "
            f"(and DATABASE_URL), or throw away what is here with --replace."
        )
    console.print(f"[red]This deletes[/] {', '.join(there)} in {layout.state}.", soft_wrap=True)
    try:
        answer = input(f"Type {CONFIRMATION} to go on: ")
    except EOFError:
        # Nobody is there to confirm it, as in a pipe.
        answer = ""
    if answer.strip() != CONFIRMATION:
        raise StackError("Nothing was changed.")
    return Progress(head.id, replace=True)


def _what_is_there(installation: Installation, head: Head) -> list[str]:
    layout, there = installation.layout, []
    if not installation.names or (layout.postgresql / "PG_VERSION").exists():
        with database_running(installation):
            if not is_empty(installation.settings.get("DATABASE_URL") or postgresql.url(layout)):
                there.append("a database with tables")
    uploaded = layout.uploads.iterdir() if head.has_files and layout.uploads.is_dir() else ()
    if any(each.name != LOST_AND_FOUND for each in uploaded):
        there.append("uploaded files")
    # Keys alone are no loss, as every installation makes some. Beside data they are what opens it.
    own = fingerprints(stored_secrets(layout.secrets).get("FIELD_KEYS", ""))
    if there and not set(head.key_fingerprints) <= set(own):
        there.append("keys of its own")
    return there


def _require_keys(installation: Installation, head: Head, keys: dict[str, str]) -> None:
    """Raises StackError, before anything changes, where what the backup sealed could not be opened."""
    own = stored_secrets(installation.layout.secrets).get("FIELD_KEYS", "")
    # In the order in which the restored installation will find them: settings win over secrets.env.
    field_keys = installation.settings.get("FIELD_KEYS") or keys.get("FIELD_KEYS") or own
    if set(head.key_fingerprints) <= set(fingerprints(field_keys)):
        return
    if "FIELD_KEYS" in installation.settings:
        raise StackError(
            "FIELD_KEYS in the environment or in .env are not those of this backup, and would win over them. "
            f"{'Take them away there' if keys else 'Set those of the day of the backup'}, and run it again."
        )
    raise StackError(
        f"This backup holds no keys, and {installation.layout.secrets} has not those that it was sealed with. Put the "
        "secrets.env of that day there (or set FIELD_KEYS), and run it again."
    )


def _put_keys(layout: Layout, keys: dict[str, str]) -> None:
    """The backup's keys become those of this installation; older ones are kept under another name."""
    present = stored_secrets(layout.secrets)
    if present | keys == present:
        return
    if present:
        older = layout.secrets.with_name(f"secrets.replaced-{time.strftime('%Y%m%dT%H%M%S')}.env")
        layout.secrets.rename(older)
        console.print(f"The keys that were here are kept in {older}.", soft_wrap=True)
    save_secrets(layout.secrets, present | keys)


def _restore_database(
    backup: EncryptedBackup, url: str, progress: Progress, manifest: Manifest, steps: Steps
) -> None:
    mark = f"kongming restore {progress.id}"
    # A restore that was interrupted later on: the database is there already.
    if mark_of(url) == mark:
        return
    tools, head, read = tools_for(url), read_head(backup)[0], 0
    if tools.major < head.postgresql:
        raise StackError(
            f"The backup is of PostgreSQL {head.postgresql}; this server is {tools.major}, and cannot read it."
        )
    with (
        steps.bytes("Database", manifest.bytes_of(DATABASE)) as on_bytes,
        loading(tools, replace=progress.replace, mark=mark) as dump,
    ):
        for name, content in members(backup):
            if not name.startswith(DATABASE):
                continue
            while block := content.read():
                dump.write(block)
                read += len(block)
                on_bytes(read)
            _require_entry(manifest, name, content)


def restore_files(
    backup: EncryptedBackup, layout: Layout, progress: Progress, manifest: Manifest, steps: Steps
) -> None:
    """Writes each file beside its place; it takes it when its digest is right, so what stands there is done."""
    uploads, aside = layout.uploads.resolve(), _replaced_uploads(layout, progress)
    # Only put aside until everything has been compared. Where that was done already, an interrupted restore goes on,
    # and the files here are the backup's.
    if progress.replace and uploads.exists() and not aside.exists():
        _put_aside(uploads, aside)
    uploads.mkdir(mode=0o700, exist_ok=True)
    done_bytes = 0
    with steps.bytes(f"{manifest.count_of(FILES):,} files", manifest.bytes_of(FILES)) as on_bytes:
        for name, content in members(backup):
            if not name.startswith(FILES):
                continue
            target = uploads / name.removeprefix(FILES)
            size = manifest.entries.get(name, [-1])[0]
            # The size is enough: a file takes its name only when its digest was right, and in the end all are digested
            # again.
            if not (target.exists() and target.stat().st_size == size):
                _write_file(target, content)
                _require_entry(manifest, name, content)
                target.with_name(target.name + UNFINISHED).replace(target)
            done_bytes += size
            on_bytes(done_bytes)


def _replaced_uploads(layout: Layout, progress: Progress) -> Path:
    """Within the directory itself: it may be a disk of its own, or lie where nothing else may be written beside it."""
    return layout.uploads.resolve() / f".replaced-{progress.id}"


def _put_aside(uploads: Path, aside: Path) -> None:
    """`aside` is there once all of it is in; before that an interrupted restore goes on here."""
    draft = aside.with_name(aside.name + UNFINISHED)
    draft.mkdir(mode=0o700, exist_ok=True)
    for each in list(uploads.iterdir()):
        if each.name not in (draft.name, LOST_AND_FOUND):
            each.rename(draft / each.name)
    draft.rename(aside)


def _write_file(target: Path, content: DigestReader) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = target.with_name(target.name + UNFINISHED)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        while block := content.read():
            file.write(block)
        file.flush()
        os.fsync(file.fileno())


def _require_entry(manifest: Manifest, name: str, content: DigestReader) -> None:
    if manifest.entries.get(name) != [content.size, content.digest]:
        raise StackError(f"{name} changed since the backup was verified. Check the disk it is stored on.")


def _check(url: str, layout: Layout, head: Head, manifest: Manifest, steps: Steps) -> None:
    """Compares what stands here now with what the backup said of itself. Raises StackError for any difference."""
    with steps.step("Checking rows and files"), ExitStack() as stack:
        rows = row_counts(stack.enter_context(connection_to(url)))
        differences = [
            f"table {table}: {rows.get(table, 0)} rows, {manifest.rows.get(table, 0)} in the backup"
            for table in sorted(rows.keys() | manifest.rows.keys())
            if rows.get(table) != manifest.rows.get(table)
        ]
        for name, entry in manifest.entries.items():
            if name.startswith(FILES) and _entry_of(layout.uploads / name.removeprefix(FILES)) != entry:
                differences.append(f"file {name.removeprefix(FILES)}")
        if differences:
            raise StackError(
                f"{len(differences)} differences between the backup and what was restored:\n"
                + "\n".join(differences[:20])
            )


def _entry_of(path: Path) -> list[Any]:
    if not path.exists():
        return []
    with path.open("rb") as file:
        reader = DigestReader(file)
        while reader.read(COPIED_AT_ONCE):
            pass
    return [reader.size, reader.digest]


def _clean_up(layout: Layout, progress: Progress) -> None:
    """Removes queues and stamps of what was here before: they say nothing about what is here now."""
    shutil.rmtree(layout.redis, ignore_errors=True)
    shutil.rmtree(_replaced_uploads(layout, progress), ignore_errors=True)
    layout.prepared.unlink(missing_ok=True)
    layout.unfinished_restore.unlink()
