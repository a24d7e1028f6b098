"""However the input is cut, the templates, their counts and their ids are the same."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from benchmarks.log_lines import write_lines
from domain.logs.parsing import (
    Constraints,
    ShapeCounts,
    Template,
    count_file,
    count_lines,
    merge_counts,
    mine_templates,
    template_id,
)
from domain.logs.parsing.lines import file_parts, line_columns, read_part
from domain.logs.parsing.mining import UNKNOWN


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "shop.log"
    write_lines(path, 3_000)
    return path


def counted(*lines: str) -> ShapeCounts:
    return count_lines(line_columns(lines))


def texts(counts: ShapeCounts, *known: Template, constraints: Constraints | None = None) -> dict[str, int]:
    mined = mine_templates(counts, known, constraints)
    return {template.text: template.count for template in mined.templates}


@pytest.mark.parametrize("part_bytes", [997, 20_000, 1 << 20])
def test_parts_add_up_to_what_one_pass_finds(log: Path, part_bytes: int) -> None:
    whole = mine_templates(count_file(log))
    parts = [
        count_lines(read_part(log, part), part.number).to_bytes() for part in file_parts(log, part_bytes)
    ]
    merged = mine_templates(merge_counts(map(ShapeCounts.from_bytes, reversed(parts))))

    assert merged.templates == whole.templates
    assert sum(template.count for template in merged.templates) == 3_000
    assert [each.example for each in merged.templates] == [each.example for each in whole.templates]


@pytest.mark.slow
def test_two_processes_find_what_one_finds(log: Path) -> None:
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as workers:
        parallel = mine_templates(count_file(log, workers, part_bytes=50_000))
    assert parallel.templates == mine_templates(count_file(log)).templates


def test_a_template_has_the_same_id_in_every_file() -> None:
    (one,) = mine_templates(counted("took 5 ms", "took 6 ms")).templates
    (other,) = mine_templates(counted("took 7234 ms")).templates
    assert one.id == other.id == template_id("took <*> ms")
    assert len(one.id) == 16


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("pool exhausted after <*> s", "18:00 ERROR [web] pool exhausted after 30 s trace=4b", "pool exhausted after 30 s"),
        ("GET <*> took <*> ms from <*>", "x: GET /tea took 11 ms from 10.0.0.1 (4b)", "GET /tea took 11 ms from 10.0.0.1"),
        ("<*> connections lost", "18:00 ERROR [db] db: 17 connections lost", "17 connections lost"),
        ("said <**>", "x: said hello big world", "said hello big world"),
        ("at (b) [c] <*>.", "x: flat (b) [c] 1. at (b) [c] 2.", "at (b) [c] 2."),
        ("card <*> rejected, score <*>", '{"msg": "card 7 rejected, score 54"}', "card 7 rejected, score 54"),
        ("disk   full", "x: disk full", "disk full"),
        (
            '<*> "GET <*> HTTP/<*>" <*> <*>',
            '10.0.0.7 - - [24/Nov/2026:12:07:02 +0000] "GET /.env HTTP/1.1" 404 32',
            '"GET /.env HTTP/1.1" 404 32',
        ),
        ("no such words", "x: tea is out", ""),
        ("<**> said", "x: hello big world said", ""),
        ("<*>", "x: 17", ""),
    ],
)  # fmt: skip
def test_a_template_is_shown_as_a_line_says_it(text: str, line: str, words: str) -> None:
    assert Template(text).words_in(line) == words


def test_without_a_line_its_values_are_left_open() -> None:
    assert Template("GET <*> took <**>").without_values() == "GET … took …"


def test_every_line_gets_its_template(log: Path) -> None:
    counts = count_file(log)
    mined = mine_templates(counts)
    lines = [line for part in file_parts(log, 1 << 20) for column in read_part(log, part) for line in column]
    (column,) = line_columns(["took 5 ms of nobody", *(line.as_py() for line in lines[:100])])
    numbers = mined.assign(column)
    assert numbers[0] == UNKNOWN
    assert UNKNOWN not in numbers[1:]


@pytest.mark.slow
def test_values_come_back_with_their_names_and_fill_the_template_again(log: Path) -> None:
    mined = mine_templates(count_file(log))
    (part,) = file_parts(log, 1 << 20)
    for column in read_part(log, part):
        for line, number in zip(column.to_pylist(), mined.assign(column), strict=True):
            template = mined.templates[number]
            ((values),) = template.values(column.slice(column.to_pylist().index(line), 1)).to_pylist()
            assert template.fill(list(values.values())) == line
        break


def test_known_templates_are_asked_first_and_keep_their_ids() -> None:
    known = Template("job <*> is done")
    assert texts(counted("job ready is done", "job 7 is done", "job lost"), known) == {
        "job <*> is done": 2,
        "job lost": 1,
    }
    assert texts(counted("job lost"), known) == {"job lost": 1}


def test_of_several_known_templates_the_one_that_says_most_fits() -> None:
    known = (Template("job <*> is <*>"), Template("job <*> is done"), Template("<*> <*> is <*>"))
    assert texts(counted("job 7 is done", "job 7 is late"), *known) == {
        "job <*> is <*>": 1,
        "job <*> is done": 1,
    }


def test_known_templates_with_values_of_many_words_fit_any_number() -> None:
    known = Template("nodes: <**> lost")
    assert texts(counted("nodes: 1, 2, 3 lost", "nodes: 1 lost", "nodes lost"), known) == {
        "nodes: <**> lost": 2,
        "nodes lost": 1,
    }


def test_what_people_merged_counts_as_one() -> None:
    counts = counted("disk is full", "disk is full", "no space left")
    merges = {template_id("no space left"): template_id("disk is full")}
    assert texts(counts, constraints=Constraints(merges=merges)) == {"disk is full": 3}
    # The other template is not there yet.
    assert texts(counted("no space left"), constraints=Constraints(merges=merges)) == {"no space left": 1}
    circle = merges | {template_id("disk is full"): template_id("no space left")}
    assert texts(counts, constraints=Constraints(merges=circle)) == {"disk is full": 2, "no space left": 1}


def test_what_people_split_is_told_apart_by_its_words() -> None:
    names = ("anna", "bert", "carla", "doris", "egon", "frank")
    counts = counted(*(f"login {name} refused after 5 s" for name in names))
    parent = template_id("login <*> refused after <*> s")
    splits = Constraints(splits=frozenset({(parent, 0)}))
    assert set(texts(counts, constraints=splits)) == {f"login {name} refused after <*> s" for name in names}


def test_names_that_people_gave_stay() -> None:
    names = {template_id("disk is full"): "Disk full"}
    (template,) = mine_templates(counted("disk is full"), (), Constraints(names=names)).templates
    assert template.name == "Disk full"
