"""Advertising copy from attributes (AdvertiseGen): whether each given one is named and none is invented, and how near it
comes to what people wrote. Only what is shown after the desk's checks counts.

Each line is {"content": "attr#value*attr#value…", "summary": "human copy"}. Values of the rows that are not measured
stand in briefs of the same house, as those of a shop's other products do.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import answers, retrieval
from stack.programs import SERVERS

COMMAND = "eval copy"
PROCESSES = (*SERVERS, "llm")
PRODUCT = "类型"


@dataclass(frozen=True)
class AdRow:
    """`attributes`: (attribute, value) as they are given, `copy`: what a person made of them."""

    attributes: tuple[tuple[str, str], ...]
    copy: str

    @property
    def product(self) -> str:
        return next((value for name, value in self.attributes if name == PRODUCT), self.attributes[0][1])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="directory with copy.jsonl")
    parser.add_argument("--limit", type=int, default=100, help="so many rows, evenly spread")
    parser.add_argument("--variants", type=int, default=2, help="variants of each row")
    parser.add_argument("--channel", default="moments", help="the channel whose rules hold")
    parser.add_argument("--details", type=Path, help="write every row there, one JSON object a line")


def run(options: argparse.Namespace) -> dict[str, Any]:
    path = options.data / "copy.jsonl"
    if not path.exists():
        raise SystemExit(f"There is no copy.jsonl in {options.data}.")
    rows = read_rows(path)
    places = {number * len(rows) // options.limit for number in range(min(options.limit, len(rows)))}
    measured = [row for place, row in enumerate(rows) if place in places]
    others = [row for place, row in enumerate(rows) if place not in places]
    with retrieval.services(PROCESSES, **answers.model()):
        # They need the application, which is set up only now.
        from benchmarks import ad_copy_texts

        figures = ad_copy_texts.measure(
            measured, others, variants=options.variants, channel=options.channel, details=options.details
        )
    return {"trained_on": [], "tested_on": [path.name], "channel": options.channel, **figures}


def read_rows(path: Path) -> list[AdRow]:
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        pairs = [tuple(part.split("#", 1)) for part in row["content"].split("*") if "#" in part]
        rows.append(AdRow(tuple((name, value) for name, value in pairs if value), row["summary"]))
    return rows
