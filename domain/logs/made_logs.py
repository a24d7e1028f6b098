"""Logs of a made-up shop in which a fault is planted: what causes it and which lines say so is known.

The same traffic, fault and seed give the same lines, whatever the time at which they begin. The demonstration's
`services.toml` says what is written in which format; nothing of it comes from a real system.
"""

import json
import random
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

# Services that a step passes through are so far apart.
STEP_SECONDS = (0.004, 0.09)
DECOYS = 4
# Decoys lie in the first hours, well before the fault.
FIRST_DECOY, LAST_DECOY = 0.15, 0.75


@dataclass(frozen=True)
class Step:
    service: str
    text: str
    level: str = "info"


@dataclass(frozen=True)
class Flow:
    """Steps that share their numbers, one after the other: once, or `every` so many seconds for `minutes`."""

    steps: tuple[Step, ...]
    at: float = 0.0
    minutes: float = 0.0
    every: float = 60.0

    @classmethod
    def read(cls, entry: Mapping[str, Any], minutes: float = 0.0) -> "Flow":
        return cls(
            tuple(Step(**step) for step in entry["steps"]),
            entry.get("at", 0.0),
            entry.get("for", minutes),
            entry.get("every", 60.0),
        )


@dataclass(frozen=True)
class PlantedChange:
    """`at`: minutes from the fault. `is_innocent`: it came before, and has nothing to do with it."""

    name: str
    kind: str
    service: str
    at: float
    is_innocent: bool = False


@dataclass(frozen=True)
class Interval:
    """Minutes from the fault in which a service writes nothing, or, with `seconds`, with a clock that is wrong."""

    service: str
    at: float
    minutes: float
    seconds: float = 0.0

    def holds(self, service: str, minute: float) -> bool:
        return service == self.service and self.at <= minute <= self.at + self.minutes


@dataclass(frozen=True)
class PlantedFault:
    """`services`: where it began. `named`: of each list one must stand in a text that names its cause."""

    key: str
    services: tuple[str, ...]
    named: tuple[tuple[str, ...], ...]
    flows: tuple[Flow, ...]
    changes: tuple[PlantedChange, ...] = ()
    silent: tuple[Interval, ...] = ()
    skewed: tuple[Interval, ...] = ()

    def is_named_in(self, text: str) -> bool:
        plain = text.casefold()
        blames_wrongly = any(each.is_innocent and each.name.casefold() in plain for each in self.changes)
        return not blames_wrongly and self.is_shown_in(text)

    def is_shown_in(self, text: str) -> bool:
        """Whether the accepted words stand there, whatever else does."""
        plain = text.casefold()
        return all(any(word in plain for word in words) for words in self.named)


@dataclass
class MadeLog:
    """What a service wrote. `planted`: the numbers of the lines, counted from one, that are of the fault."""

    service: str
    lines: list[str] = field(default_factory=list)
    planted: set[int] = field(default_factory=set)

    @property
    def is_json(self) -> bool:
        return self.lines[0].startswith("{")

    @property
    def content(self) -> bytes:
        return "\n".join([*self.lines, ""]).encode()


@dataclass(frozen=True)
class Traffic:
    """What the services write on any day, and the harmless oddities of some."""

    formats: Mapping[str, str]
    numbers: Mapping[str, tuple[int, int]]
    flows: tuple[Flow, ...]
    decoys: tuple[Flow, ...]


def read_traffic(path: Path, *, minutes: float) -> Traffic:
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    return Traffic(
        {name: entry["format"] for name, entry in content["services"].items()},
        {name: tuple(bounds) for name, bounds in content["numbers"].items()},
        tuple(Flow.read(entry, minutes) for entry in content["flows"]),
        tuple(Flow.read(entry) for entry in content["decoys"]),
    )


def read_faults(path: Path) -> list[PlantedFault]:
    def intervals(entry: Mapping[str, Any], name: str) -> tuple[Interval, ...]:
        return tuple(
            Interval(each["service"], each["at"], each["for"], each.get("seconds", 0.0))
            for each in entry.get(name, ())
        )

    return [
        PlantedFault(
            entry["key"],
            tuple(entry["services"]),
            tuple(tuple(word.casefold() for word in words) for words in entry["named"]),
            tuple(Flow.read(flow) for flow in entry["flows"]),
            tuple(PlantedChange(**change) for change in entry.get("changes", ())),
            intervals(entry, "silent"),
            intervals(entry, "skewed"),
        )
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["faults"]
    ]


def made_logs(
    traffic: Traffic, fault: PlantedFault, start: datetime, *, fault_minute: float
) -> list[MadeLog]:
    """A log of each service: its traffic from `start` on, a few decoys, and the fault after `fault_minute` minutes."""
    chance = random.Random(fault.key)  # noqa: S311  (the same for ever, no secret)
    decoys = [
        Flow(each.steps, fault_minute * chance.uniform(FIRST_DECOY, LAST_DECOY), each.minutes, each.every)
        for each in chance.sample(traffic.decoys, DECOYS)
    ]
    fault_flows = [Flow(f.steps, fault_minute + f.at, f.minutes, f.every) for f in fault.flows]
    log_lines = [(*line, False) for line in _lines(traffic, [*traffic.flows, *decoys], chance)]
    log_lines = [
        line
        for line in log_lines
        if not any(each.holds(line[1].service, line[0] / 60 - fault_minute) for each in fault.silent)
    ]
    log_lines += [(*line, True) for line in _lines(traffic, fault_flows, chance)]
    logs = {name: MadeLog(name) for name in traffic.formats}
    for seconds, step, values, is_planted in sorted(log_lines, key=lambda line: line[0]):
        skew = sum(
            each.seconds for each in fault.skewed if each.holds(step.service, seconds / 60 - fault_minute)
        )
        moment = start + timedelta(seconds=seconds + skew)
        log = logs[step.service]
        text = _format_line(traffic.formats[step.service], moment, step, values)
        if is_planted:
            log.planted.add(len(log.lines) + 1)
        log.lines += text.split("\n")
    return list(logs.values())


def _lines(
    traffic: Traffic, flows: Sequence[Flow], chance: random.Random
) -> Iterator[tuple[float, Step, dict[str, str]]]:
    """(seconds from the start, step, what stands for its names), at uneven distances."""
    for flow in flows:
        seconds = flow.at * 60
        end = seconds + flow.minutes * 60
        while True:
            numbers = _Numbers(traffic.numbers, chance)
            moment = seconds
            for step in flow.steps:
                values = {"text": step.text.format_map(numbers), "trace": numbers["trace"]}
                values |= {name: numbers.fresh(name) for name in ("connection", "thread")}
                yield moment, step, values
                moment += chance.uniform(*STEP_SECONDS)
            seconds += flow.every * chance.uniform(0.5, 1.5)
            if seconds > end:
                break


class _Numbers(dict[str, str]):
    """What {order}, {user} and {trace} are in all steps of a flow; other names are drawn anew each time."""

    SHARED = ("order", "user")

    def __init__(self, bounds: Mapping[str, tuple[int, int]], chance: random.Random) -> None:
        super().__init__(trace=f"{chance.getrandbits(64):016x}")
        self._bounds, self._chance = bounds, chance

    def __missing__(self, name: str) -> str:
        value = self.fresh(name)
        if name in self.SHARED:
            self[name] = value
        return value

    def fresh(self, name: str) -> str:
        return str(self._chance.randint(*self._bounds[name]))


def _format_line(form: str, moment: datetime, step: Step, values: Mapping[str, str]) -> str:
    if form == "json":
        record = {
            "ts": f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}",
            "level": step.level,
            "service": step.service,
            "trace_id": values["trace"],
            "msg": values["text"],
        }
        return json.dumps(record, ensure_ascii=False)
    milliseconds = moment.microsecond // 1000
    return form.format_map(
        {
            **values,
            "time": moment,
            "milliseconds": milliseconds,
            "level": step.level,
            "LEVEL": step.level.upper(),
        }
    )
