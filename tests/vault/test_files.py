"""Sealed files: what a disk shows, what a crash leaves, and what is noticed."""

import gc
import os
from pathlib import Path

import pytest

from apps.accounts.models import Organisation
from apps.vault import files, keys
from apps.vault.chunks import AROUND_BYTES, BLOCK_BYTES, HEADER_BYTES, ChunkPlaces
from apps.vault.errors import KeyLost, SealBroken
from apps.vault.models import SealingKey

SPOKEN = bytes(range(256)) * 700  # 175 KiB: three blocks


def stored(path: Path, owner: Organisation, *parts: bytes, is_complete: bool = True) -> Path:
    offset = 0
    for part in parts:
        with files.appending(path, owner.pk, offset=offset) as appender:
            appender.write(part)
        offset += len(part)
    if is_complete:
        files.close_sealed(path, owner.pk, length=offset)
    return path


def content(path: Path, *, length: int | None = None) -> bytes:
    with files.open_sealed(path, length=length) as file:
        return file.read()


def places_of(path: Path) -> ChunkPlaces:
    with path.open("rb") as file:
        return ChunkPlaces(file.fileno())


def test_parts_of_any_size_become_the_content_and_the_disk_shows_none_of_it(
    tea_house: Organisation, tmp_path: Path
) -> None:
    parts = [SPOKEN[:1], SPOKEN[1:90_000], SPOKEN[90_000:90_003], b"", SPOKEN[90_003:]]
    path = stored(tmp_path / "sound", tea_house, *parts)

    assert content(path) == SPOKEN
    on_disk = path.read_bytes()
    assert not any(SPOKEN[begin : begin + 16] in on_disk for begin in range(0, 4096, 16))
    assert path.stat().st_mode & 0o077 == 0


def test_a_file_that_is_refused_is_closed_once(tea_house: Organisation, tmp_path: Path) -> None:
    """Whoever opened the next one would lose it: the system gives a free number again."""
    path = stored(tmp_path / "sound", tea_house, SPOKEN, is_complete=False)
    with pytest.raises(SealBroken) as refusal:
        files.open_sealed(path)
    with path.open("rb") as next_file:
        # The traceback holds the reader until now.
        del refusal
        gc.collect()

        assert os.fstat(next_file.fileno()).st_size == path.stat().st_size


def test_any_place_can_be_read(tea_house: Organisation, tmp_path: Path) -> None:
    path = stored(tmp_path / "sound", tea_house, SPOKEN[:100_000], SPOKEN[100_000:])

    with files.open_sealed(path) as file:
        for begin, size in ((0, 10), (BLOCK_BYTES - 5, 10), (99_990, 20), (len(SPOKEN) - 3, 10), (5, 70_000)):
            file.seek(begin)
            assert file.read(size) == SPOKEN[begin : begin + size]
        assert file.seek(-4, os.SEEK_END) == len(SPOKEN) - 4
        assert file.read() == SPOKEN[-4:]


def test_what_was_not_acknowledged_is_not_read_and_written_over(
    tea_house: Organisation, tmp_path: Path
) -> None:
    path = stored(tmp_path / "sound", tea_house, b"four", b"lost before the answer", is_complete=False)

    assert content(path, length=4) == b"four"
    stored_again = b"-ten--"
    with files.appending(path, tea_house.pk, offset=4) as appender:
        appender.write(stored_again)

    assert content(path, length=10) == b"four-ten--"


def test_a_part_that_a_crash_tore_harms_nothing_before_it(tea_house: Organisation, tmp_path: Path) -> None:
    path = stored(tmp_path / "sound", tea_house, b"four", b"torn", is_complete=False)
    os.truncate(path, path.stat().st_size - 2)

    assert content(path, length=4) == b"four"
    with files.appending(path, tea_house.pk, offset=4) as appender:
        appender.write(b"more")
    assert content(path, length=8) == b"fourmore"


def test_an_offset_inside_a_block_and_behind_the_end_mark_is_taken(
    tea_house: Organisation, tmp_path: Path
) -> None:
    path = stored(tmp_path / "sound", tea_house, b"four")

    with files.appending(path, tea_house.pk, offset=2) as appender:
        appender.write(b"x")
        appender.end()
    with files.appending(path, tea_house.pk, offset=3) as appender:
        appender.write(b"y")
        appender.end()

    assert content(path) == b"foxy"


def test_a_missing_end_is_noticed(tea_house: Organisation, tmp_path: Path) -> None:
    path = stored(tmp_path / "sound", tea_house, b"one", b"two")
    os.truncate(path, places_of(path).offsets[1])

    with pytest.raises(SealBroken):
        files.open_sealed(path)
    with pytest.raises(SealBroken):
        files.open_sealed(path, length=6)
    with pytest.raises(SealBroken), files.appending(path, tea_house.pk, offset=6):
        pass
    assert content(path, length=3) == b"one"


@pytest.mark.parametrize("place", [9, 30, HEADER_BYTES + 8, HEADER_BYTES + 20, -1])
def test_any_changed_byte_is_noticed(place: int, tea_house: Organisation, tmp_path: Path) -> None:
    path = stored(tmp_path / "sound", tea_house, b"ten mg")
    changed = bytearray(path.read_bytes())
    changed[place] ^= 1
    path.write_bytes(changed)

    with pytest.raises((SealBroken, KeyLost)):
        content(path)


def test_blocks_cannot_change_places_nor_files(tea_house: Organisation, tmp_path: Path) -> None:
    one = stored(tmp_path / "one", tea_house, b"a dose", b"b dose")
    other = stored(tmp_path / "other", tea_house, b"c dose", b"d dose")
    block = AROUND_BYTES + 6
    first, second, rest = HEADER_BYTES, HEADER_BYTES + block, HEADER_BYTES + 2 * block
    mine, theirs = one.read_bytes(), other.read_bytes()

    for forged in (
        mine[:first] + mine[second:rest] + mine[first:second] + mine[rest:],
        mine[:first] + theirs[first:second] + mine[second:],
        theirs,
    ):
        one.write_bytes(forged)
        with pytest.raises(SealBroken):
            content(one)


def test_a_file_from_before_there_were_keys_is_read_and_sealed_when_it_grows(
    tea_house: Organisation, tmp_path: Path
) -> None:
    path = tmp_path / "old"
    path.write_bytes(SPOKEN + b"not acknowledged")
    assert content(path, length=len(SPOKEN))[: len(SPOKEN)] == SPOKEN
    assert files.key_of(path) is None

    with files.appending(path, tea_house.pk, offset=len(SPOKEN)) as appender:
        appender.write(b"new")

    assert content(path, length=len(SPOKEN) + 3) == SPOKEN + b"new"
    assert SPOKEN[:32] not in path.read_bytes()


def test_a_new_key_seals_complete_growing_and_old_files(tea_house: Organisation, tmp_path: Path) -> None:
    complete = stored(tmp_path / "complete", tea_house, SPOKEN)
    growing = stored(tmp_path / "growing", tea_house, b"one", b"two", is_complete=False)
    old = tmp_path / "old"
    old.write_bytes(SPOKEN)
    number = SealingKey.objects.count() + 1
    key = keys.open_key(keys.new_key(tea_house.pk, SealingKey.Purpose.CONTENT, number).pk)

    for path in (complete, growing, old):
        files.reseal(path, key)
    SealingKey.objects.exclude(pk=key.id).delete()
    keys.clear_keys()

    assert {files.key_of(path) for path in (complete, growing, old)} == {key.id}
    assert content(complete) == content(old) == SPOKEN
    with files.appending(growing, tea_house.pk, offset=6) as appender:
        appender.write(b"three")
    assert content(growing, length=11) == b"onetwothree"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["complete", "growing", "old"]


def test_without_its_key_a_file_is_lost_and_stays_as_it_is(tea_house: Organisation, tmp_path: Path) -> None:
    path = stored(tmp_path / "sound", tea_house, b"ten mg")
    before = path.read_bytes()
    SealingKey.objects.all().delete()
    keys.clear_keys()

    with pytest.raises(KeyLost, match="restore"):
        files.open_sealed(path)
    with pytest.raises(KeyLost), files.appending(path, tea_house.pk, offset=6):
        pass
    assert path.read_bytes() == before


def test_a_container_may_be_written_in_any_order(tea_house: Organisation, tmp_path: Path) -> None:
    path = tmp_path / "container"
    with files.writing_sealed(path, tea_house.pk) as file:
        file.write(b"????")
        file.write(SPOKEN)
        file.seek(BLOCK_BYTES - 2)
        file.write(b"over")
        file.seek(0)
        file.write(b"size")
        file.seek(0, os.SEEK_END)
        file.write(b"end")

    expected = bytearray(b"size" + SPOKEN + b"end")
    expected[BLOCK_BYTES - 2 : BLOCK_BYTES + 2] = b"over"
    assert content(path) == expected


def test_a_container_that_was_not_finished_leaves_the_old_one(
    tea_house: Organisation, tmp_path: Path
) -> None:
    path = stored(tmp_path / "container", tea_house, b"old")

    def break_off() -> None:
        with files.writing_sealed(path, tea_house.pk) as file:
            file.write(b"new")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_off()

    assert content(path) == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["container"]
