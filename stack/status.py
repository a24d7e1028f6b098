"""`status` and `logs`: each process, healthy or why not, and what to do."""

import json
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

from rich.table import Table

from stack import health, programs
from stack.errors import StackError
from stack.installation import Installation
from stack.lifecycle import TITLES, chosen_installation
from stack.progress import console
from stack.supervision import Running


@dataclass(frozen=True)
class ProcessStatus:
    name: str
    is_healthy: bool
    state: str
    pid: int
    seconds: int
    why: str
    advice: str


def installation_status(installation: Installation) -> list[ProcessStatus]:
    """The status of every process that is wanted here, a server of the user's own included."""
    running = (
        {each.name: each for each in installation.supervisor.programs()} if installation.is_running() else {}
    )
    environment = installation.environment()

    def status(name: str) -> ProcessStatus:
        if installation.is_replaced(name):
            variable = programs.REPLACED_BY[name]
            why = installation.problem(name, environment)
            advice = f"Start the server that {variable} names, or correct {variable}." if why else ""
            return ProcessStatus(name, not why, f"yours ({variable})", 0, 0, why, advice)
        return _supervised_status(name, running.get(name), installation, environment)

    # Each asks its process and may wait for an answer; one after the other that would add up.
    with ThreadPoolExecutor(len(programs.ALL)) as pool:
        return list(pool.map(status, [name for name in programs.ALL if not installation.is_off(name)]))


def _supervised_status(
    name: str, running: Running | None, installation: Installation, environment: Mapping[str, str]
) -> ProcessStatus:
    if running is None:
        return ProcessStatus(name, False, "STOPPED", 0, 0, "it is not running", "Start it: ./kongming up")
    why = installation.problem(name, environment) if running.pid else running.why
    state, pid, seconds = running.state, running.pid, running.seconds
    if not why:
        return ProcessStatus(name, True, state, pid, seconds, "", "")
    advice = {
        "STARTING": "It has just been started: ask again in a few seconds.",
        "STOPPED": "Start it: ./kongming up",
        "FATAL": f"See why: ./kongming logs {name}. Then start it: ./kongming up",
    }.get(state, f"See why: ./kongming logs {name}")
    return ProcessStatus(
        name, False, state, pid, seconds, f"{why}\n{installation.last_lines(name, 3)}", advice
    )


def status(*, as_json: bool) -> int:
    """0 when all of them answer."""
    installation = chosen_installation()
    statuses = installation_status(installation)
    if as_json:
        print(json.dumps([asdict(each) for each in statuses]))
    else:
        console.print(_table(statuses))
        console.print(
            f"{health.web_address(installation.environment())}  (state in {installation.layout.state})"
        )
    return 0 if all(each.is_healthy for each in statuses) else 1


def _table(statuses: list[ProcessStatus]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("", "Process", "State", "Pid", "For", "What is wrong, what to do"):
        table.add_column(heading, overflow="fold")
    for each in statuses:
        mark = "[green]✓[/]" if each.is_healthy else "[red]✗[/]"
        wrong = "\n".join(part for part in (each.why, each.advice) if part)
        hours, rest = divmod(each.seconds, 3600)
        age = f"{hours} h {rest // 60} min" if hours else f"{rest // 60} min {rest % 60} s"
        table.add_row(
            mark,
            TITLES[each.name],
            each.state,
            str(each.pid or ""),
            age if each.pid else "",
            wrong,
        )
    return table


def logs(name: str | None, *, follow: bool) -> int:
    layout = chosen_installation().layout
    names = (*programs.ALL, "supervisord")
    if name and name not in names:
        raise StackError(f"There is no process named {name}. There are: {', '.join(names)}")
    paths = [path for each in ([name] if name else names) if (path := layout.log_of(each)).exists()]
    if not paths:
        raise StackError(f"There are no logs in {layout.logs} yet. Start Kongming first: ./kongming up")
    # `-F` goes on when supervisord begins a new file.
    command = ["tail", "-n", "100" if name else "15", *(["-F"] if follow else []), *map(str, paths)]
    sys.stdout.flush()
    try:
        return subprocess.run(command, check=False).returncode
    except KeyboardInterrupt:
        return 0
