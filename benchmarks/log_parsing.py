"""How well lines fall into templates: Loghub's labelled samples and made systems, one setting for all. No model is asked.

Under --data a folder for each system, with NAME_structured.csv (columns Content, EventId, EventTemplate). A line is
right (`grouping_accuracy`) when the lines of its template are exactly the lines of its event; `fga` is the F1 of
templates that are exactly an event, in which a rare one counts as much as a frequent one; `pair_f1` is that of pairs of
lines that are told to be of one kind; `template_accuracy` counts lines whose template reads as the labelled one, where
values that only punctuation parts ("<*>:<*>") are one. The twelve systems of `made_log_systems.toml` are measured too,
as `made`, and those of `made_log_systems_further.toml` as `further`, which no other figure is of. Figures that begin with
`unseen_` are of those systems alone whose lines nobody read while the rules were written, of both kinds.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa

from benchmarks import intervals
from benchmarks.labelled_files import table
from benchmarks.made_log_systems import FURTHER_STATEMENTS, STATEMENTS, MadeSystem, made_systems
from domain.logs.parsing import count_lines, mine_templates
from llm_backend import patterns

COMMAND = "eval log_parsing"

CHOSEN_ON = ("Apache", "HealthApp", "Linux", "OpenStack")
READ_BESIDE = ("Android", "BGL", "HDFS", "Hadoop", "Mac", "OpenSSH", "Spark", "Zookeeper")
"""Measured at each step, or their list of events was read."""
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
        rows = [(row["EventId"], row["EventTemplate"], row["Content"]) for row in table(path)]
        return cls.of(path.parent.name, rows)

    @classmethod
    def make(cls, system: MadeSystem) -> "ParsedSystem":
        return cls.of(system.name, [(line.statement, line.template, line.text) for line in system.lines])

    @classmethod
    def of(cls, name: str, rows: Sequence[tuple[str, str, str]]) -> "ParsedSystem":
        events, event_templates, texts = map(list, zip(*rows, strict=True))
        column = pa.array(texts, pa.string())
        mined = mine_templates(count_lines([column]))
        templates = [mined.templates[number].text for number in mined.assign(column)]
        return cls(name, events, event_templates, templates)

    def grouping_accuracy(self) -> float:
        return sum(self.grouped()) / len(self.events)

    def fga(self) -> float:
        pairs = zip(self.templates, self.events, self.grouped(), strict=True)
        right = len({event for _, event, is_right in pairs if is_right})
        return 2 * right / (len(set(self.templates)) + len(set(self.events)))

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
        templates, labels = (map(_plain, each) for each in (self.templates, self.event_templates))
        return [template == label for template, label in zip(templates, labels, strict=True)]

    def pair_f1(self) -> float:
        both = _pairs(Counter(zip(self.templates, self.events, strict=True)))
        told, labelled = _pairs(Counter(self.templates)), _pairs(Counter(self.events))
        return 2 * both / (told + labelled) if told + labelled else 1.0


def run(
    data: Annotated[Path | None, "folder of systems with *_structured.csv; else only the made ones"] = None,
    systems: Annotated[Sequence[str] | None, "only these"] = None,
) -> dict[str, Any]:
    labelled = _labelled_systems(data, systems) if data else []
    made, further = (
        [(ParsedSystem.make(each), each.is_looked_at) for each in made_systems(path)]
        for path in (STATEMENTS, FURTHER_STATEMENTS)
    )
    unseen = [each for each in labelled if each.name not in (*CHOSEN_ON, *READ_BESIDE)] + _unseen(made)
    chosen_on = [each for each in labelled if each.name in CHOSEN_ON]
    others = [each for each in labelled if each.name not in CHOSEN_ON]
    looked_at = [system for system, is_looked_at in made + further if is_looked_at]
    return {
        "model": "rules",
        "trained_on": [],
        "limits_chosen_on": [each.name for each in (*chosen_on, *looked_at)],
        "tested_on": [each.name for each in (*labelled, *unseen)],
        "lines": sum(len(each.events) for each in labelled),
        **(_accuracies(labelled) if labelled else _means([system for system, _ in made])),
        **{f"unseen_{name}": figure for name, figure in _means(unseen).items()},
        "unseen_systems": [each.name for each in unseen],
        "not_chosen_on": _accuracies(others) if others else None,
        "chosen_on": _accuracies(chosen_on) if chosen_on else None,
        "made": _made_accuracies(made),
        "further": _made_accuracies(further),
        "by_system": {each.name: _system_accuracies(each) for each in labelled},
    }


def _unseen(made: Sequence[tuple[ParsedSystem, bool]]) -> list[ParsedSystem]:
    return [system for system, is_looked_at in made if not is_looked_at]


def _made_accuracies(made: Sequence[tuple[ParsedSystem, bool]]) -> dict[str, Any]:
    by_system = {system.name: _system_accuracies(system) for system, _ in made}
    return {**_means([system for system, _ in made]), "unseen": _means(_unseen(made)), "by_system": by_system}


def _labelled_systems(directory: Path, names: Sequence[str] | None) -> list[ParsedSystem]:
    files = sorted(directory.rglob("*_structured.csv"))
    systems = [ParsedSystem.read(path) for path in files if not names or path.parent.name in names]
    if not systems:
        raise SystemExit(f"There is no *_structured.csv of such systems under {directory}.")
    return systems


def _means(systems: Sequence[ParsedSystem]) -> dict[str, float]:
    measures = (ParsedSystem.grouping_accuracy, ParsedSystem.fga)
    accuracy, fga = (sum(map(of, systems)) / len(systems) for of in measures)
    return {"grouping_accuracy": round(accuracy, 4), "fga": round(fga, 4)}


def _system_accuracies(system: ParsedSystem) -> dict[str, Any]:
    return {
        "grouping_accuracy": round(system.grouping_accuracy(), 4),
        "fga": round(system.fga(), 4),
        "pair_f1": round(system.pair_f1(), 4),
        "template_accuracy": round(sum(system.read_alike()) / len(system.events), 4),
        "lines": len(system.events),
        "templates": len(set(system.templates)),
        "events": len(set(system.events)),
    }


def _accuracies(systems: Sequence[ParsedSystem]) -> dict[str, Any]:
    lowest = min(systems, key=ParsedSystem.grouping_accuracy)
    grouped = [intervals.counts(each.grouped()) for each in systems]
    alike = [intervals.counts(each.read_alike()) for each in systems]
    return {
        **intervals.mean_of_shares("grouping_accuracy", grouped),
        "grouping_accuracy_min": round(lowest.grouping_accuracy(), 4),
        "lowest_system": lowest.name,
        "fga": _means(systems)["fga"],
        "pair_f1": round(sum(each.pair_f1() for each in systems) / len(systems), 4),
        **intervals.mean_of_shares("template_accuracy", alike),
    }


def _pairs(amounts: Counter[Any]) -> int:
    return sum(amount * (amount - 1) // 2 for amount in amounts.values())


def _plain(template: str) -> str:
    return " ".join(_VALUES.sub("<*>", template).split())
