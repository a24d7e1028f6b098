"""One miner over the lines of one file, in a process of its own, so that its memory is its own.

Both get the same list of strings. Prints the seconds of the processor from the first line to the last line's template, and
the megabytes that no other process shares: with the program loaded, with the lines beside it, and at most.
"""

import importlib
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

LINES_BETWEEN_LOOKS = 10_000


@dataclass
class MinerRun:
    lines: int
    loaded_mb: float
    with_lines_mb: float
    highest_mb: float = 0.0
    resident_mb: float = 0.0
    cpu_seconds: float = 0.0
    seconds: float = 0.0
    templates: int = 0

    def look(self) -> None:
        self.highest_mb = max(self.highest_mb, memory_mb("RssAnon"))


def memory_mb(name: str) -> float:
    """Linux counts what is read from files (libraries) apart from what a process has written itself (`RssAnon`)."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    kilobytes = next(line.split()[1] for line in lines if line.startswith(f"{name}:"))
    return round(int(kilobytes) / 1024, 1)


class LogMiner:
    """Finds the templates, then gives each line its own; the masked lines are kept between as numbers."""

    def __init__(self) -> None:
        self.parsing = importlib.import_module("domain.logs.parsing")
        self.lines = importlib.import_module("domain.logs.parsing.lines")
        importlib.import_module("pyarrow").set_cpu_count(1)

    def mine(self, lines: Sequence[str], run: MinerRun) -> int:
        counts, masked = self.parsing.ShapeCounts(), []
        for column in self.lines.line_columns(lines):
            masked.append(counts.add(column))
            run.look()
        mined = self.parsing.mine_templates(counts)
        if sum(len(mined.assign_masked(column)) for column in masked) != len(lines):
            raise SystemExit("a line has no template")
        run.look()
        return len(mined.templates)


class Drain3Miner:
    """The same mask, as one instruction; settings as drain3 has them. `domain.logs` is not loaded: it brings Arrow."""

    def __init__(self, mask: str) -> None:
        masking = importlib.import_module("drain3.masking")
        configuration = importlib.import_module("drain3.template_miner_config").TemplateMinerConfig()
        configuration.masking_instructions = [masking.MaskingInstruction(mask, "*")]
        self.miner = importlib.import_module("drain3").TemplateMiner(config=configuration)

    def mine(self, lines: Sequence[str], run: MinerRun) -> int:
        for number, line in enumerate(lines):
            self.miner.add_log_message(line)
            if not number % LINES_BETWEEN_LOOKS:
                run.look()
        return len(self.miner.drain.clusters)


def main(name: str, path: Path, mask: str) -> MinerRun:
    miner = Drain3Miner(mask) if name == "drain3" else LogMiner()
    loaded_mb = memory_mb("RssAnon")
    with path.open(encoding="utf-8") as file:
        lines = [line.rstrip("\n") for line in file]
    run = MinerRun(len(lines), loaded_mb, memory_mb("RssAnon"))
    started, cpu_started = time.perf_counter(), time.process_time()
    run.templates = miner.mine(lines, run)
    run.seconds = round(time.perf_counter() - started, 3)
    run.cpu_seconds = round(time.process_time() - cpu_started, 3)
    run.resident_mb = memory_mb("VmHWM")
    return run


if __name__ == "__main__":
    print(json.dumps(asdict(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))))
