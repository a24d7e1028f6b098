"""What this machine has: cores, memory, disk, NVIDIA GPUs."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psutil

GIB = 1 << 30
NVIDIA_SMI = ("nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader,nounits")
# Without the persistence daemon the driver is loaded first, which takes seconds for each card.
NVIDIA_SMI_SECONDS = 20


@dataclass(frozen=True)
class Gpu:
    name: str
    memory_gib: float


@dataclass(frozen=True)
class Machine:
    cores: int
    memory_gib: float
    disk_gib: float
    """Free space where weights would go."""
    gpus: tuple[Gpu, ...] = ()

    def __str__(self) -> str:
        kinds = sorted({gpu.name for gpu in self.gpus})
        gpus = f"{len(self.gpus)} × {', '.join(kinds)}" if self.gpus else "no GPU"
        return f"{self.cores} cores, {self.memory_gib:.0f} GiB of memory, {gpus}"


def this_machine(weights: Path) -> Machine:
    """`weights` is the directory that models are kept in; it need not exist yet."""
    place = next(each for each in (weights, *weights.parents) if each.exists())
    return Machine(
        cores=usable_cores(),
        memory_gib=psutil.virtual_memory().total / GIB,
        disk_gib=shutil.disk_usage(place).free / GIB,
        gpus=nvidia_gpus(),
    )


def usable_cores() -> int:
    """Those that this process may run on; a container often has fewer than its host."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def nvidia_gpus() -> tuple[Gpu, ...]:
    """Empty when there is no driver, or one that does not answer."""
    try:
        output = subprocess.run(
            NVIDIA_SMI, capture_output=True, text=True, check=True, timeout=NVIDIA_SMI_SECONDS
        )
    except (OSError, subprocess.SubprocessError):
        return ()
    return parse_gpus(output.stdout)


def parse_gpus(csv: str) -> tuple[Gpu, ...]:
    """Lines such as `NVIDIA H100 80GB HBM3, 81559`, in MiB. Cards that share the host's memory say `[N/A]`."""
    rows = (line.rpartition(",") for line in csv.splitlines() if line.strip())
    return tuple(
        Gpu(name.strip(), int(mebibytes) / 1024) for name, _, mebibytes in rows if mebibytes.strip().isdigit()
    )
