"""Packed logs are unpacked in a child, within its memory, and say what is wrong with them."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from apps.log_analysis.sources.models import UNREAD_REASONS
from apps.log_analysis.sources.packed_files import plain_streams
from apps.log_analysis.sources.unpacking import Unpackable, read_members
from benchmarks.log_miners import memory_mb
from tests.domain.documents import bombs

LINES = b"".join(b"2026-11-01 08:00:%02d INFO tea %d\n" % (number % 60, number) for number in range(20_000))


def unpacked(content: bytes) -> list[bytes]:
    return [stream.read() for stream in plain_streams(io.BytesIO(content), lambda: None)]


def tar(*members: tuple[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=form) as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return packed.getvalue()


MEMBERS = [("a.log", LINES), ("empty.log", b""), ("下/b.log", b"one\ntwo"), ("c" * 300, b"three\n")]


@pytest.mark.parametrize(
    "pack",
    [
        lambda: tar(*MEMBERS),
        lambda: tar(*MEMBERS, form=tarfile.GNU_FORMAT),
        lambda: gzip.compress(tar(*MEMBERS)),
        lambda: bz2.compress(tar(*MEMBERS)),
        lambda: bombs.archive(dict(MEMBERS)),
        lambda: bombs.archive({name: gzip.compress(content) for name, content in MEMBERS}),
    ],
    ids=["pax", "gnu", "tar.gz", "tar.bz2", "zip", "zip of gz"],
)
def test_every_file_of_an_archive_comes_back_by_itself(pack: Callable[[], bytes]) -> None:
    assert unpacked(pack()) == [content for _name, content in MEMBERS]


def test_plain_lines_need_no_child(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> Any:
        raise AssertionError

    monkeypatch.setattr("apps.core.bounded_streams.start_process", refuse)

    assert unpacked(LINES) == [LINES]
    assert unpacked(b"") == [b""]


def oversized_header(kind: bytes) -> bytes:
    """A header that claims a gigabyte and a half of zeros."""
    info = tarfile.TarInfo("long")
    info.type, info.size = kind, 3 * 2**29
    return info.tobuf(tarfile.GNU_FORMAT)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (lambda: bombs.archive({"a.log": bytes(2**20)}, compression=zipfile.ZIP_BZIP2), "unsupported_compression"),
        (lambda: bombs.archive({"a.log": LINES}, compression=zipfile.ZIP_LZMA), "unsupported_compression"),
        (lambda: oversized_header(tarfile.XHDTYPE) + bytes(2**20), "broken_file"),
        (lambda: oversized_header(tarfile.XGLTYPE) + bytes(2**20), "broken_file"),
        (lambda: gzip.compress(oversized_header(tarfile.GNUTYPE_LONGNAME) + bytes(2**20)), "broken_file"),
        (lambda: tar(("a.log", b"one\n"))[:1024] + oversized_header(tarfile.GNUTYPE_LONGLINK), "broken_file"),
        (lambda: gzip.compress(LINES)[:-500], "broken_file"),
        (lambda: b"BZh9" + LINES, "broken_file"),
        (lambda: bombs.archive({"a.log": lzma.compress(LINES)})[:-9], "broken_file"),
        (lambda: gzip.compress(gzip.compress(gzip.compress(gzip.compress(LINES)))), "packed_too_deep"),
    ],
    ids=["bzip2", "lzma", "pax", "global", "longname", "longlink", "gz", "bz2", "zip", "deep"],
)  # fmt: skip
def test_what_is_wrong_with_an_archive_is_told(content: Callable[[], bytes], code: str) -> None:
    with pytest.raises(Unpackable) as unpackable:
        unpacked(content())

    assert unpackable.value.code == code
    assert UNREAD_REASONS[code]


@pytest.mark.slow
def test_a_million_empty_files_are_forgotten_one_by_one() -> None:
    one = tar(("empty.log", b""))[:512]
    archive = io.BytesIO(one * 200_000 + bytes(1024))
    before = memory_mb("RssAnon")

    pieces = sum(piece == b"" for piece in read_members(archive, 2**20))

    assert pieces == 200_000
    assert memory_mb("RssAnon") - before < 50


def test_what_unpacks_to_too_much_is_refused(settings: Any) -> None:
    settings.LOG_UNPACKED_MAX_BYTES = 2**20

    with pytest.raises(Unpackable) as unpackable:
        unpacked(gzip.compress(bytes(2**21)))
    assert unpackable.value.code == "too_large"
