"""What an encrypted backup promises: nothing that was changed, cut off, moved or added is ever handed out."""

import io
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from stack.backup_encryption import (
    CHUNK_BYTES,
    ENCRYPTED_CHUNK_BYTES,
    HEADER_BYTES,
    LOG_COST,
    EncryptedBackup,
    EncryptingWriter,
    Secret,
    SecretType,
    open_backup,
)
from stack.errors import StackError
from tests.sample import sampled

PASSPHRASE = "a passphrase of the test"
PLAIN = os.urandom(3 * CHUNK_BYTES + 5000)


def encrypted(plain: bytes, secret_type: SecretType = SecretType.PASSPHRASE) -> bytes:
    target = io.BytesIO()
    writer = EncryptingWriter(target, Secret(secret_type, PASSPHRASE))
    for start in range(0, len(plain), 700_000):
        writer.write(plain[start : start + 700_000])
    writer.close()
    return target.getvalue()


@pytest.fixture(scope="module")
def content() -> bytes:
    return encrypted(PLAIN)


def opened(file: Path) -> EncryptedBackup:
    return open_backup(file, lambda _: [PASSPHRASE])


def plain_of(backup: EncryptedBackup) -> bytes:
    with backup.path.open("rb") as file:
        reader, blocks = backup.reader(file), []
        while block := reader.read(300_000):
            blocks.append(block)
    return b"".join(blocks)


def test_a_guess_at_a_passphrase_costs_half_a_second() -> None:
    assert LOG_COST == 17


@pytest.mark.parametrize("length", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES])
def test_what_was_encrypted_is_read_again(tmp_path: Path, length: int) -> None:
    file = tmp_path / "backup"
    file.write_bytes(encrypted(PLAIN[:length]))
    assert plain_of(opened(file)) == PLAIN[:length]


def test_memory_stays_bounded_however_large_a_backup_is(tmp_path: Path) -> None:
    block = os.urandom(CHUNK_BYTES // 3)
    tracemalloc.start()
    try:
        with (tmp_path / "backup").open("wb") as target:
            writer = EncryptingWriter(target, Secret(SecretType.PASSPHRASE, PASSPHRASE))
            for _ in range(200):
                writer.write(block)
            writer.close()
        backup = opened(tmp_path / "backup")
        with backup.path.open("rb") as file:
            reader, read = backup.reader(file), 0
            while plain := reader.read(CHUNK_BYTES):
                read += len(plain)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert read == 200 * len(block)
    assert peak < 8 * CHUNK_BYTES


def chunk(number: int) -> int:
    return HEADER_BYTES + number * ENCRYPTED_CHUNK_BYTES


# Every byte of the header, and of the first, a middle and the last chunk the first, one within, and of its tag the last.
PLACES_BEHIND_THE_HEADER = [
    *(
        chunk(number) + offset
        for number in (0, 1)
        for offset in (0, CHUNK_BYTES // 2, ENCRYPTED_CHUNK_BYTES - 1)
    ),
    *(chunk(3) + offset for offset in (0, 2500, 5015)),
]


@pytest.mark.slow
def test_one_flipped_byte_anywhere_is_found(tmp_path: Path, content: bytes) -> None:
    file, whole, unnoticed = tmp_path / "backup", opened_key(tmp_path, content), []
    assert len(content) == chunk(3) + 5000 + 16
    # A header is tried with the passphrase, which takes a tenth of a second each time.
    for place in [*sampled(range(HEADER_BYTES), 0.25), *PLACES_BEHIND_THE_HEADER]:
        changed = bytearray(content)
        changed[place] ^= 1
        file.write_bytes(changed)
        try:
            # scrypt once for all that lies behind the header.
            plain_of(opened(file) if place < HEADER_BYTES else whole(file))
        except StackError:
            continue
        unnoticed.append(place)
    assert unnoticed == []


def opened_key(tmp_path: Path, content: bytes) -> Callable[[Path], EncryptedBackup]:
    original = tmp_path / "original"
    original.write_bytes(content)
    key = opened(original).key
    return lambda file: EncryptedBackup(file, SecretType.PASSPHRASE, key)


def test_chunks_that_were_cut_moved_doubled_or_added_are_found(tmp_path: Path, content: bytes) -> None:
    file, whole = tmp_path / "backup", opened_key(tmp_path, content)
    other = encrypted(PLAIN)
    header, first, second, third, last = (
        content[:HEADER_BYTES],
        content[chunk(0) : chunk(1)],
        content[chunk(1) : chunk(2)],
        content[chunk(2) : chunk(3)],
        content[chunk(3) :],
    )
    for case, parts in {
        "nothing but a header": [header],
        "the last is missing": [header, first, second, third],
        "one in the middle is missing": [header, first, third, last],
        "two changed places": [header, second, first, third, last],
        "one stands twice": [header, first, first, second, third, last],
        "something follows": [header, first, second, third, last, b"\0"],
        "the last follows the last": [header, first, second, third, last, last],
        "one of another backup of the same": [header, first, other[chunk(1) : chunk(2)], third, last],
        "half of the last": [header, first, second, third, last[:2000]],
    }.items():
        file.write_bytes(b"".join(parts))
        with pytest.raises(StackError, match="damaged or incomplete"):
            plain_of(whole(file))
        assert file.exists(), case


def test_a_header_that_asks_for_too_much_is_refused_before_anything_is_computed(
    tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "backup"
    file.write_bytes(content[:10] + bytes([30]) + content[11:])

    def never(_: SecretType) -> list[str]:
        raise AssertionError("a passphrase was asked for")

    with pytest.raises(StackError, match="damaged: its header"):
        open_backup(file, never)


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (b"kongming.json".ljust(512, b"\0"), "format 1, which was not encrypted"),
        (b"KMBACKUP\x03".ljust(100, b"\0"), "another version .format 3."),
        (os.urandom(512), "is not a backup of Kongming"),
        (b"", "is not a backup of Kongming"),
    ],
)
def test_other_versions_and_other_files_are_refused_by_name(tmp_path: Path, head: bytes, told: str) -> None:
    file = tmp_path / "other"
    file.write_bytes(head)
    with pytest.raises(StackError, match=told):
        opened(file)


def test_the_keys_of_an_installation_open_what_they_encrypted_and_an_older_one_still_does(
    tmp_path: Path,
) -> None:
    file = tmp_path / "dump"
    file.write_bytes(encrypted(PLAIN[:100], SecretType.FIELD_KEY))
    assert plain_of(open_backup(file, lambda _: ["a newer key", PASSPHRASE])) == PLAIN[:100]
    with pytest.raises(StackError, match=r"FIELD_KEYS that are not here.*secrets\.env"):
        open_backup(file, lambda _: ["another key"])
    with pytest.raises(StackError, match="FIELD_KEYS that are not here"):
        open_backup(file, lambda _: [])


def test_no_passphrase_stands_in_what_is_printed_of_it() -> None:
    assert PASSPHRASE not in repr(Secret(SecretType.PASSPHRASE, PASSPHRASE))
