"""The graphics cards of this machine, as `nvidia-smi` tells of them; where it is not installed there are none."""

import csv
import logging
import shutil
import subprocess

from pydantic import BaseModel

logger = logging.getLogger(__name__)

QUERY = ("--query-gpu=name,memory.used,memory.total,utilization.gpu", "--format=csv,noheader,nounits")
SECONDS = 5.0
MAX_GPUS = 64


class GpuSample(BaseModel):
    """Memory in MiB; use in percent, None on cards that do not tell."""

    name: str
    memory_used: int
    memory_total: int
    use: int | None = None

    @property
    def memory_percent(self) -> int:
        return round(100 * self.memory_used / max(self.memory_total, 1))


def read_gpus() -> list[GpuSample]:
    command = shutil.which("nvidia-smi")
    if command is None:
        return []
    try:
        answer = subprocess.run(
            [command, *QUERY], capture_output=True, text=True, timeout=SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        logger.warning("the graphics cards are not known: %s", error)
        return []
    return parse(answer.stdout)


def parse(table: str) -> list[GpuSample]:
    """Lines that are not understood are left out."""
    found = []
    for cells in list(csv.reader(table.splitlines(), skipinitialspace=True))[:MAX_GPUS]:
        if len(cells) == 4 and cells[1].isdigit() and cells[2].isdigit():
            use = int(cells[3]) if cells[3].isdigit() else None
            found.append(
                GpuSample(name=cells[0][:80], memory_used=int(cells[1]), memory_total=int(cells[2]), use=use)
            )
    return found
