"""Whatever stands in a file, mining ends soon and holds little."""

import codecs
import time
from pathlib import Path

import pytest

from domain.logs.parsing import count_file, count_lines, merge_counts, mine_templates, shapes
from domain.logs.parsing.lines import MAX_LINE_CHARACTERS, file_parts, line_columns, read_part
from tests.architecture.floods import SINGLE

SECONDS = 20


def lines_of(path: Path, part_bytes: int = 1 << 30) -> list[str]:
    return [
        line
        for part in file_parts(path, part_bytes)
        for column in read_part(path, part)
        for line in column.to_pylist()
    ]


@pytest.fixture
def few_shapes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "MAX_SHAPES", 50)


WORDS = ["".join(chr(97 + (number * 7919 >> shift) % 26) for shift in range(8)) for number in range(4_000)]


@pytest.mark.usefixtures("few_shapes")
@pytest.mark.parametrize(
    "lines",
    [
        [f"{word} was here" for word in WORDS],
        [f"user {word} logged in" for word in WORDS],
        [f"{one} {other} {one}" for one, other in zip(WORDS, reversed(WORDS), strict=True)],
        [" ".join(WORDS[:number]) for number in range(200)],
        [f"class {word}.Name={word}" for word in WORDS],
    ],
    ids=["subjects", "users", "everything", "lengths", "identifiers"],
)
def test_any_number_of_messages_is_held_in_bounds_and_the_parts_still_add_up(lines: list[str]) -> None:
    whole = count_lines(line_columns(lines))
    parts = [count_lines(line_columns(lines[start::7])) for start in range(7)]
    merged = merge_counts(parts)

    assert len(whole) <= shapes.MAX_LENGTH * shapes.MAX_SHAPES
    assert {shape: count.lines for shape, count in whole} == {shape: count.lines for shape, count in merged}
    mined = mine_templates(whole)
    assert sum(template.count for template in mined.templates) == len(lines)
    assert all(number >= 0 for column in line_columns(lines) for number in mined.assign(column))


@pytest.mark.usefixtures("few_shapes")
def test_a_flood_leaves_messages_of_other_lengths_as_they_are() -> None:
    flood = [f"{word} {word}" for word in WORDS]
    texts = {
        each.text
        for each in mine_templates(count_lines(line_columns([*flood, "the disk of a is full"]))).templates
    }
    assert "the disk of a is full" in texts


@pytest.mark.parametrize(
    "piece", [*SINGLE[::3], "1 ", "a1", "10.", "/a", "a@", "[(", "aa:", "0b72aca0-", '"', "\x00\xff"]
)
def test_adversarial_lines_take_no_longer_than_others(piece: str) -> None:
    line = (piece * 8_000)[:8_000]
    started = time.process_time()
    mined = mine_templates(count_lines(line_columns([line, f"{line}x", f"x {line}"] * 10)))
    assert time.process_time() - started < SECONDS
    assert mined.templates


def test_a_line_without_end_is_cut_wherever_the_parts_are(tmp_path: Path) -> None:
    path = tmp_path / "long.log"
    path.write_bytes(b"first\n" + "é长".encode() * 400_000 + b"\nlast\n")
    whole = lines_of(path)
    assert [len(line) for line in whole] == [5, MAX_LINE_CHARACTERS, 4]
    assert lines_of(path, 10_007) == whole


def test_lines_begin_in_one_part_only(tmp_path: Path) -> None:
    path = tmp_path / "short.log"
    path.write_bytes(b"\n\na\nbb\r\n\nccc\nno end")
    whole = ["", "", "a", "bb", "", "ccc", "no end"]
    assert [lines_of(path, size) for size in range(1, 24)] == [whole] * 23


@pytest.mark.parametrize("part_bytes", [64, 1 << 20])
def test_each_line_may_have_an_encoding_of_its_own(tmp_path: Path, part_bytes: int) -> None:
    path = tmp_path / "mixed.log"
    path.write_bytes(
        "用户登录\n".encode() + "磁盘已满\n".encode("gb18030") + "café ouvert\n".encode("latin-1") + b"ok\n"
    )
    assert lines_of(path, part_bytes) == ["用户登录", "磁盘已满", "café ouvert", "ok"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
def test_wide_encodings_are_told_by_their_mark_or_their_zeros(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "wide.log"
    path.write_bytes("service started\nservice stopped\n".encode(encoding))
    assert lines_of(path, 16) == ["service started", "service stopped"]


def test_binary_is_a_few_templates(tmp_path: Path) -> None:
    path = tmp_path / "binary.log"
    path.write_bytes(codecs.BOM_UTF8 + bytes((number * number) % 256 for number in range(200_000)))
    assert mine_templates(count_file(path)).templates


def test_an_empty_file_has_no_lines(tmp_path: Path) -> None:
    path = tmp_path / "empty.log"
    path.touch()
    assert lines_of(path) == []
