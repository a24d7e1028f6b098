"""A file that is one JSON array is read object by object, however it is laid out."""

from io import BufferedReader, BytesIO

import orjson
import pytest

from domain.logs.parsing.lines import MAX_LINE_CHARACTERS, stream_blocks

EVENTS = [{"eventTime": f"2026-12-01T06:00:{n:02d}Z", "note": f"{{{n}}}, [茶] \\"} for n in range(60)] * 20


def lines_of(content: bytes) -> list[str]:
    return [line for block in stream_blocks(BufferedReader(BytesIO(content))) for line in block.to_pylist()]


@pytest.mark.parametrize("indented", [0, orjson.OPT_INDENT_2], ids=["one_line", "indented"])
@pytest.mark.parametrize(
    "wrap",
    [
        lambda rows: rows,
        lambda rows: {"Records": rows},
        lambda rows: {"kind": "List", "items": rows, "metadata": {}},
    ],
    ids=["array", "cloudtrail", "kubectl"],
)
def test_each_object_of_an_array_is_a_line(wrap: object, indented: int) -> None:
    content = orjson.dumps(wrap(EVENTS), option=indented)  # type: ignore[operator]
    assert len(content) > 2 * MAX_LINE_CHARACTERS

    lines = lines_of(content)

    assert [orjson.loads(line) for line in lines[: len(EVENTS)]] == EVENTS
    assert len("".join(lines[len(EVENTS) :])) < 60


@pytest.mark.parametrize(
    "lines",
    [
        ['{"items": [{"tea": 1}], "msg": "order placed"}', '{"msg": "paid"}'],
        ["[{ no JSON", "2026-12-01 06:00:00 INFO paid"],
        ['[{"msg": "a"}]', '[{"msg": "b"}]'],
    ],
    ids=["json_lines", "text", "an_array_a_line"],
)
def test_other_lines_stay_as_they_are(lines: list[str]) -> None:
    assert "".join(lines_of("\n".join(lines).encode())).split() == "".join(lines).split()


def test_what_is_cut_off_in_an_object_is_kept_as_it_is() -> None:
    lines = lines_of(orjson.dumps(EVENTS[:3])[:-20])

    assert [orjson.loads(line) for line in lines[:2]] == EVENTS[:2]
    assert lines[2].startswith(',{"eventTime"')
