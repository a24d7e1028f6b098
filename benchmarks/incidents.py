"""Whether the desk finds planted faults, and names what caused them, through its own pipeline.

Twenty faults in the logs of a made-up shop of six services (`domain/logs/made_logs.py`), each with harmless oddities beside
it, some after a deploy that has to do with it, or has not. Half of them were kept out of tuning; both halves are told.
`in_top_3`: one of the three incidents that rank highest rests on a line of the fault. `cited_lines_exist`: of the causes,
those of which each cited record is in the store, word for word. `cause_named`: the model's sentences, after the desk's
checks, hold the words accepted for the fault and blame no innocent deploy; a cause by rules does not count.
`shown_by_evidence`: the records and changes that the model is shown hold them.
"""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from apps.operations.demonstration.material import FAULT, TRAFFIC
from benchmarks import intervals, isolated
from domain.logs.made_logs import PlantedFault, made_logs, read_faults, read_traffic

COMMAND = "eval incidents"

TUNING, HELD_OUT = "tuning", "held_out"
HALVES = {name: Path(__file__).with_name(f"incidents_{name}.toml") for name in (TUNING, HELD_OUT)}
MINUTES, FAULT_MINUTE = 210, 170


def run(
    half: Annotated[Literal["held_out", "tuning"] | None, "only these faults (default: both halves)"] = None,
    faults: Annotated[int | None, "only so many of each half"] = None,
    without_model: Annotated[bool, "rank only; causes stay those by rules"] = False,
) -> dict[str, Any]:
    halves = {name: planted_faults(name)[:faults] for name in HALVES if half in (None, name)}
    engines = () if without_model else ("llm",)
    with isolated.services(*engines):
        by_half = {name: _rows(name, some, asks_model=not without_model) for name, some in halves.items()}
    rows = [row for some in by_half.values() for row in some]
    of_halves = {
        f"{key}_{name}": told for name, some in by_half.items() for key, told in shares(some).items()
    }
    return {
        "trained_on": [],
        "tested_on": [path.name for name, path in HALVES.items() if name in halves],
        **shares(rows),
        **{key: told for key, told in of_halves.items() if "_interval_" not in key},
        "faults": rows,
    }


def planted_faults(half: str) -> list[PlantedFault]:
    """The demo's fault is one of those for tuning."""
    shown = read_faults(FAULT) if half == TUNING else []
    return [*shown, *read_faults(HALVES[half])]


def shares(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Of faults that were not found no cause is named either."""
    asked = [row for row in rows if row["is_explained"]]
    return {
        **intervals.share("in_top_3", [row["rank"] is not None for row in rows]),
        **intervals.share("cited_lines_exist", [row["cited_lines_exist"] for row in rows if row["cause"]]),
        **(intervals.share("cause_named", [row["cause_named"] for row in rows]) if asked else {}),
    }


def _rows(half: str, planted: Sequence[PlantedFault], *, asks_model: bool) -> list[dict[str, Any]]:
    from benchmarks import incident_desk

    incident_desk.prepare()
    rows = []
    traffic = read_traffic(TRAFFIC, minutes=MINUTES)
    # A line without a year is of the last one that is possible, so the logs are of yesterday.
    start = datetime.now(UTC).replace(hour=6, minute=0, second=0, microsecond=0) - timedelta(days=1)
    for fault in planted:
        logs = made_logs(traffic, fault, start, fault_minute=FAULT_MINUTE)
        begin = start + timedelta(minutes=FAULT_MINUTE)
        outcome = incident_desk.outcome(fault, logs, begin, asks_model=asks_model)
        rows.append({"fault": fault.key, "half": half, **outcome})
        sys.stderr.write(f"{rows[-1]}\n")
    return rows
