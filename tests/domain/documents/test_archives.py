"""Looking into a stranger's archive costs little, whatever the archive says."""

import io
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from domain.documents import archives
from tests.domain.documents import bombs


@contextmanager
def cheap(*, megabytes: float = 4, seconds: float = 2) -> Iterator[None]:
    tracemalloc.start()
    begun = time.thread_time()
    try:
        yield
        assert time.thread_time() - begun < seconds
        assert tracemalloc.get_traced_memory()[1] < megabytes * 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (bombs.of_many_entries(5001), "archive_bomb"),
        (bombs.with_a_second_list({"word/document.xml": b"<w/>"}), "archive_bomb"),
        (bombs.archive({"word/document.xml": b"<w/>"})[:-30], "broken_file"),
        (b"PK\x03\x04" + b"PK\x05\x06" * 9, "broken_file"),
        (b"PK\x03\x04", "broken_file"),
    ],
    ids=["many entries", "two lists", "cut off", "ends only", "head only"],
)
def test_a_list_that_is_damaged_or_beyond_measure_is_refused(content: bytes, code: str) -> None:
    with cheap(), pytest.raises(archives.ArchiveRefused) as refused:
        archives.entries(io.BytesIO(content))

    assert refused.value.code == code


def test_what_unpacks_to_much_is_refused_whether_in_one_piece_or_many() -> None:
    for content in (bombs.of_zeros(), bombs.archive({f"part{n}": bytes(2**20) for n in range(40)})):
        with cheap(), pytest.raises(archives.ArchiveRefused):
            archives.check_unpacked_size(archives.entries(io.BytesIO(content)))


def test_an_ordinary_archive_is_listed_with_a_comment_of_any_length() -> None:
    packed = bombs.archive({"word/document.xml": b"<w/>", "word/media/a.png": bytes(500_000)})
    with_comment = packed[:-2] + (65_535).to_bytes(2, "little") + b"c" * 65_535

    found = archives.entries(io.BytesIO(with_comment))
    archives.check_unpacked_size(found)

    assert [entry.filename for entry in found] == ["word/document.xml", "word/media/a.png"]
