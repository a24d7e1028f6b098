"""How fast log lines are mined, against drain3 with the same mask on the same lines, and by two processes against one.

`speed_ratio`: lines a second of the processor, ours over drain3's, each in one process with one thread, from a list of
strings to the template of each line. `memory_ratio`: what no other process shares, at most, the list of lines included;
`working_memory_mb` is without it, which is what a stream needs: Arrow and NumPy take most of ours before the first line.
`parallel_ratio`: the time of one worker over that of two, on a file, with workers that were already running; the best of
three each.
"""

import json
import multiprocessing
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Annotated, Any

from benchmarks.labelled_files import table
from benchmarks.log_lines import write_lines
from domain.logs.parsing import count_file, mine_templates
from domain.logs.parsing.masking import MASK
from stack.layout import PROJECT_ROOT

COMMAND = "bench logs"

PART_BYTES = 8 << 20
PARALLEL_RUNS = 3


def run(
    lines: Annotated[int, "lines that are mined (default: a million)"] = 1_000_000,
    repeated: Annotated[int, "times the lines are mined by two processes"] = 4,
    data: Annotated[Path | None, "folder of systems with *_structured.csv, whose lines are mixed in"] = None,
) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "lines.log")
        write_lines(path, lines, sample_lines(data) if data else None)
        ours, theirs = mined_by("logmining", path), mined_by("drain3", path)
        return {
            "tested_on": ["made lines", *([data.name] if data else [])],
            "lines": ours["lines"],
            "speed_ratio": round(theirs["cpu_seconds"] / ours["cpu_seconds"], 2),
            "memory_ratio": round(ours["highest_mb"] / theirs["highest_mb"], 3),
            "working_memory_mb": [working_memory(ours), working_memory(theirs)],
            "lines_per_second": [round(each["lines"] / each["cpu_seconds"]) for each in (ours, theirs)],
            "logmining": ours,
            "drain3": theirs,
            **parallel(path, repeated),
        }


def sample_lines(folder: Path) -> list[str]:
    paths = sorted(folder.rglob("*_structured.csv"))
    return [row["Content"].replace("\n", " ") for path in paths for row in table(path)]


def mined_by(miner: str, path: Path) -> dict[str, Any]:
    print(f"mining with {miner}", flush=True)
    command = [sys.executable, "-m", "benchmarks.log_miners", miner, str(path), MASK]
    answer = subprocess.run(command, cwd=PROJECT_ROOT, stdout=subprocess.PIPE, check=True)
    figures: dict[str, Any] = json.loads(answer.stdout)
    return figures


def working_memory(figures: dict[str, Any]) -> float:
    return round(float(figures["highest_mb"] - figures["with_lines_mb"] + figures["loaded_mb"]), 1)


def parallel(path: Path, repeated: int) -> dict[str, Any]:
    """The same file, several times as long, by one worker and by two."""
    print("mining with one process and with two", flush=True)
    longer = path.with_name("longer.log")
    with longer.open("wb") as file:
        for _ in range(repeated):
            file.write(path.read_bytes())
    # In turns, and the fastest of each: what else runs on the machine only ever adds.
    runs = [[mining_seconds(longer, processes) for processes in (1, 2)] for _ in range(PARALLEL_RUNS)]
    seconds = [min(each) for each in zip(*runs, strict=True)]
    return {
        "parallel_ratio": round(seconds[0] / seconds[1], 3),
        "parallel_seconds": [round(each, 2) for each in seconds],
    }


def mining_seconds(path: Path, processes: int) -> float:
    # Arrow has threads, which a forked process would lack.
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as workers:
        warm = path.with_name("warm.log")
        warm.write_text("ready\n" * 64, encoding="utf-8")
        count_file(warm, workers, part_bytes=6)
        started = time.perf_counter()
        mine_templates(count_file(path, workers, PART_BYTES))
        return time.perf_counter() - started
