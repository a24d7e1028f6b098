"""The values behind the tokens of masked records, sealed with the organisation's key, for whoever may read them.

A file for each source and each day of its records, beside the store: a line of JSON for each value, never a row. Days
go when their records go. What would fill the disk is not kept; its records show the token, then.
"""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import orjson
import pyarrow as pa
import pyarrow.compute as pc
from django.core.files.storage import default_storage

from apps.core.disk import private_directory
from apps.log_analysis.sources.models import LogSource
from apps.vault.errors import SealBroken
from apps.vault.files import open_sealed, rewriting_sealed
from domain.logs import secrets
from domain.logs.store.files import LocalFiles
from domain.logs.store.manifest import DAY_US, EPOCH, folder_name

logger = logging.getLogger(__name__)

# An e-mail address is no longer.
MAX_VALUE_CHARACTERS = 254
# Some 70,000 mail addresses: a flood of new ones is cut off there, and rewriting the file stays cheap.
MAX_DAY_BYTES = 4 * 2**20
MAX_SOURCE_BYTES = 256 * 2**20
LOCK, SUFFIX = "lock", ".values"


def keep(
    source: LogSource, values: Mapping[str, str], records: pa.Table, check: Callable[[], None] = lambda: None
) -> int:
    """Keeps those of the values, by token, that stand in the records and are not kept yet; says how many.

    Called before the records are stored: whoever finds a record finds its values. `check` is called after each day of
    which something was kept, and stops by raising.
    """
    short_values = {token: value for token, value in values.items() if len(value) <= MAX_VALUE_CHARACTERS}
    if not short_values:
        return 0
    organisation_id, source_id = str(source.organisation_id), str(source.pk)
    home, count = folder_name(organisation_id, source_id), 0
    with LocalFiles(_root()).exclusive(f"{home}/{LOCK}"):
        folder = _root() / home
        room = MAX_SOURCE_BYTES - sum(path.stat().st_size for path in _files(folder))
        for day, tokens in _tokens_by_day(records).items():
            path = folder / _file_name(source_id, day)
            try:
                content = _content(path)
            except SealBroken:
                # The records count more than what is hidden in them: reading goes on.
                logger.warning("values of %s are damaged, no more are kept for the day", path.name)
                continue
            known_tokens = {token for token, _value in _entries(content)}
            size, lines = len(content), [content]
            for token in sorted((tokens & short_values.keys()) - known_tokens):
                line = orjson.dumps([token, short_values[token]]) + b"\n"
                size, room = size + len(line), room - len(line)
                if size > MAX_DAY_BYTES or room < 0:
                    break
                lines.append(line)
            if len(lines) > 1:
                with rewriting_sealed(path, source.organisation_id) as file:
                    file.write(b"".join(lines))
                count += len(lines) - 1
                check()
    return count


def find(organisation_id: str, source_id: str, day: date, tokens: Collection[str]) -> dict[str, str]:
    """Values by token, of records of this day, as far as they were kept. Raises KeyLost and SealBroken."""
    content = _content(_root() / folder_name(organisation_id, source_id) / _file_name(source_id, day))
    return {token: value for token, value in _entries(content) if token in tokens}


def drop_before(organisation_id: str, source_id: str, first_day: date) -> None:
    home = folder_name(organisation_id, source_id)
    with LocalFiles(_root()).exclusive(f"{home}/{LOCK}"):
        for path in _files(_root() / home):
            if path.name < _file_name(source_id, first_day):
                path.unlink(missing_ok=True)


def delete_source(organisation_id: str, source_id: str) -> None:
    home, files = folder_name(organisation_id, source_id), LocalFiles(_root())
    with files.exclusive(f"{home}/{LOCK}"):
        files.remove_folder(home)


def delete_organisation(organisation_id: str) -> None:
    LocalFiles(_root()).remove_folder(folder_name(organisation_id))


def sources(organisation_id: str) -> list[str]:
    return LocalFiles(_root()).names(folder_name(organisation_id))


def sealed_files(organisation_id: UUID) -> Iterator[Path]:
    """For a change of keys."""
    return (_root() / folder_name(str(organisation_id))).glob(f"*/*{SUFFIX}")


def store_day(moment: int) -> date:
    """The day of a record's time (in microseconds since 1970), as the store divides records."""
    return EPOCH + timedelta(days=moment // DAY_US)


def stored_bytes(organisation_id: UUID) -> int:
    return sum(path.stat().st_size for path in sealed_files(organisation_id))


def _tokens_by_day(records: pa.Table) -> dict[date, set[str]]:
    hits = records.filter(pc.match_substring(records["text"].cast(pa.string()), "‹"))
    days: dict[date, set[str]] = {}
    for moment, text in zip(hits["time"].to_pylist(), hits["text"].to_pylist(), strict=True):
        tokens = {token[0] for token in secrets.TOKEN.finditer(text.decode())}
        days.setdefault(store_day(moment), set()).update(tokens)
    return days


def _content(path: Path) -> bytes:
    """Lines; none where nothing was kept."""
    try:
        with open_sealed(path) as file:
            return file.read()
    except FileNotFoundError:
        return b""


def _entries(content: bytes) -> Iterator[tuple[str, str]]:
    for line in content.splitlines():
        token, value = orjson.loads(line)
        yield token, value


def _files(folder: Path) -> list[Path]:
    return list(folder.glob(f"*{SUFFIX}"))


def _file_name(source_id: str, day: date) -> str:
    """With the source: a seal is bound to its file's name, so a file that is put elsewhere does not open."""
    return f"{source_id}.{day}{SUFFIX}"


def _root() -> Path:
    root = Path(default_storage.path("logs/masked"))
    private_directory(root)
    return root
