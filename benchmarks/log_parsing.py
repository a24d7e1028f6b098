"""How well lines fall into templates: Loghub's labelled samples, one setting for all systems. No model is asked.

Under --data a folder for each system, with NAME_structured.csv (columns Content, EventId, EventTemplate). A line is right
(`grouping_accuracy`) when the lines of its template are exactly the lines of its event; `pair_f1` is that of pairs of lines
that are told to be of one kind; `template_accuracy` counts lines whose template reads as the labelled one, where values
that only punctuation parts ("<*>:<*>") are one. The limits of `logmining` were chosen on `CHOSEN_ON` alone.
"""

import argparse
import csv
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarks import intervals
from llm_backend import patterns
from logmining.parsing import count_lines, mine_templates

COMMAND = "eval log_parsing"

CHOSEN_ON = ("Apache", "HealthApp", "Linux", "OpenStack")
_VALUES = patterns.compile(r"<\*{1,2}>(?:[^\w\s<>]{0,2}<\*{1,2}>)*")


@dataclass(frozen=True)
class ParsedSystem:
    """Labels and templates of one system's lines."""

    name: str
    events: list[str]
    event_templates: list[str]
    templates: list[str]

    @classmethod
    def read(cls, path: Path) -> "ParsedSystem":
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        lines = pa.array([row["Content"] for row in rows], pa.string())
        mined = mine_templates(count_lines([lines]))
        return cls(
            name=path.parent.name,
            events=[row["EventId"] for row in rows],
            event_templates=[row["EventTemplate"] for row in rows],
            templates=[mined.templates[number].text for number in mined.assign(lines)],
        )

    def grouped(self) -> list[bool]:
        """For each line whether its template has the lines of its event and no other."""
        events = defaultdict(set)
        for template, event in zip(self.templates, self.events, strict=True):
            events[template].add(event)
        lines_of_events, lines_of_templates = Counter(self.events), Counter(self.templates)
        return [
            len(events[template]) == 1 and lines_of_templates[template] == lines_of_events[event]
            for template, event in zip(self.templates, self.events, strict=True)
        ]

    def read_alike(self) -> list[bool]:
        return [
            _plain(template) == _plain(label)
            for template, label in zip(self.templates, self.event_templates, strict=True)
        ]

    def pair_f1(self) -> float:
        both = _pairs(Counter(zip(self.templates, self.events, strict=True)))
        told, labelled = _pairs(Counter(self.templates)), _pairs(Counter(self.events))
        return 2 * both / (told + labelled) if told + labelled else 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="folder of systems with *_structured.csv")
    parser.add_argument("--systems", nargs="*", help="only these")


def run(options: argparse.Namespace) -> dict[str, Any]:
    files = sorted(options.data.rglob("*_structured.csv"))
    systems = [
        ParsedSystem.read(path)
        for path in files
        if not options.systems or path.parent.name in options.systems
    ]
    if not systems:
        raise SystemExit(f"There is no *_structured.csv of such systems under {options.data}.")
    others = [each for each in systems if each.name not in CHOSEN_ON]
    chosen_on = [each for each in systems if each.name in CHOSEN_ON]
    return {
        "model": "rules",
        "trained_on": [],
        "limits_chosen_on": [each.name for each in chosen_on],
        "tested_on": [each.name for each in systems],
        "lines": sum(len(each.events) for each in systems),
        **_accuracies(systems),
        "not_chosen_on": _accuracies(others) if others else None,
        "chosen_on": _accuracies(chosen_on) if chosen_on else None,
        "by_system": {
            each.name: {
                "grouping_accuracy": round(sum(each.grouped()) / len(each.events), 4),
                "pair_f1": round(each.pair_f1(), 4),
                "template_accuracy": round(sum(each.read_alike()) / len(each.events), 4),
                "lines": len(each.events),
                "templates": len(set(each.templates)),
                "events": len(set(each.events)),
            }
            for each in systems
        },
    }


def _accuracies(systems: Sequence[ParsedSystem]) -> dict[str, Any]:
    lowest = min(systems, key=lambda each: sum(each.grouped()) / len(each.events))
    grouped = intervals.mean_of_shares(
        "grouping_accuracy", [intervals.counts(each.grouped()) for each in systems]
    )
    alike = intervals.mean_of_shares(
        "template_accuracy", [intervals.counts(each.read_alike()) for each in systems]
    )
    return {
        **grouped,
        "grouping_accuracy_min": round(sum(lowest.grouped()) / len(lowest.events), 4),
        "lowest_system": lowest.name,
        "pair_f1": round(sum(each.pair_f1() for each in systems) / len(systems), 4),
        **alike,
    }


def _pairs(amounts: Counter[Any]) -> int:
    return sum(amount * (amount - 1) // 2 for amount in amounts.values())


def _plain(template: str) -> str:
    return " ".join(_VALUES.sub("<*>", template).split())
