"""Advertising copy from attributes (AdvertiseGen): whether each given one is named and none is invented, and how near it
comes to what people wrote. Only what is shown after the desk's checks counts.

Each line is {"content": "attr#value*attr#value…", "summary": "human copy"}. Values of the rows that are not measured
stand in briefs of the same house, as those of a shop's other products do.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from benchmarks import isolated
from benchmarks.labelled_files import json_rows, spread

COMMAND = "eval copy"
PRODUCT = "类型"


@dataclass(frozen=True)
class AdRow:
    """`attributes`: (attribute, value) as they are given, `copy`: what a person made of them."""

    attributes: tuple[tuple[str, str], ...]
    copy: str

    @property
    def product(self) -> str:
        return next((value for name, value in self.attributes if name == PRODUCT), self.attributes[0][1])


def run(
    data: Annotated[Path, "directory with copy.jsonl"],
    limit: Annotated[int, "so many rows, evenly spread"] = 100,
    variants: Annotated[int, "variants of each row"] = 2,
    channel: Annotated[str, "the channel whose rules hold"] = "moments",
    details: Annotated[Path | None, "write every row there, one JSON object a line"] = None,
) -> dict[str, Any]:
    path = data / "copy.jsonl"
    if not path.exists():
        raise SystemExit(f"There is no copy.jsonl in {data}.")
    rows = read_rows(path)
    places = set(spread(range(len(rows)), limit))
    measured = [row for place, row in enumerate(rows) if place in places]
    others = [row for place, row in enumerate(rows) if place not in places]
    with isolated.services("llm"):
        from benchmarks import ad_copy_texts

        figures = ad_copy_texts.measure(measured, others, variants=variants, channel=channel, details=details)
    return {"trained_on": [], "tested_on": [path.name], "channel": channel, **figures}


def read_rows(path: Path) -> list[AdRow]:
    rows = []
    for row in json_rows(path):
        pairs = [tuple(part.split("#", 1)) for part in row["content"].split("*") if "#" in part]
        rows.append(AdRow(tuple((name, value) for name, value in pairs if value), row["summary"]))
    return rows
