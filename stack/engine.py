"""`engine`: which models this machine can serve, and serving one."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from llm_backend.machine import Machine, this_machine
from llm_backend.profiles import Profile, fits
from stack import engine_commands, engine_serving
from stack.engine_choice import named_profile
from stack.engine_preparation import prepare
from stack.installation import Installation
from stack.lifecycle import chosen_installation
from stack.progress import console
from stack.testing import run

# Their arguments are those of the modules.
MODULES = {"plan": "llm_backend.capacity", "contract": "llm_backend.contract"}


def engine(arguments: Sequence[str]) -> int:
    if arguments and arguments[0] in MODULES:
        environment = chosen_installation().environment()
        command = [sys.executable, "-m", MODULES[arguments[0]], *arguments[1:]]
        # Paths are relative to where the person stands.
        return run(command, environment, directory=Path.cwd())
    options = _parser().parse_args(arguments)
    installation = chosen_installation()
    match options.verb:
        case "list":
            _list(installation)
        case "prepare":
            prepare(named_profile(options.profile, installation.profiles), installation)
        case "start":
            engine_serving.start(
                named_profile(options.profile, installation.profiles), installation, port=options.port
            )
        case "stop":
            engine_serving.stop(installation)
        case "status":
            return engine_serving.status(installation, as_json=options.as_json)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kongming engine", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    verbs.add_parser("list", help="each profile, what it needs, and whether it fits this machine")
    verbs.add_parser("plan", help="what a model needs, from its config.json: plan CONFIG [--gpu-memory GIB]")
    for name, text in {
        "prepare": "fetch or make what a profile serves, or say how",
        "start": "serve a profile; it is kept running, also by `up`, until `engine stop`",
    }.items():
        verb = verbs.add_parser(name, help=text)
        verb.add_argument("profile")
        if name == "start":
            verb.add_argument("--port", type=_port, help="default: a free one, remembered")
    verbs.add_parser("stop", help="stop the engine; `up` chooses for itself again")
    status = verbs.add_parser("status", help="profile, health, age, load")
    status.add_argument("--json", action="store_true", dest="as_json")
    verbs.add_parser("contract", help="what a model's server can and cannot do: contract URL MODEL")
    return parser


def _port(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 65535:
        raise argparse.ArgumentTypeError("ports go from 1 to 65535")
    return number


def _list(installation: Installation) -> None:
    machine = this_machine(installation.layout.models(installation.settings))
    table = Table(box=None, padding=(0, 2, 1, 0))
    for heading in ("", "Profile", "Needs", "Here"):
        table.add_column(heading, overflow="fold")
    for profile in installation.profiles.values():
        table.add_row(*_row(profile, machine, installation))
    console.print(f"This machine: {machine}\n", soft_wrap=True)
    console.print(table)
    if installation.is_replaced("llm"):
        console.print("Conversations go to LLM_ENDPOINT.")
    else:
        choice = installation.engine
        console.print(f"Conversations: {choice.profile.name}, {choice.reason}", soft_wrap=True)


def _row(profile: Profile, machine: Machine, installation: Installation) -> tuple[str, str, str, str]:
    reasons = fits(profile, machine)
    missing = engine_commands.missing(profile, installation.serving(profile))
    here = "\n".join(reasons) if reasons else f"fits; {missing}" if missing else "fits, ready"
    mark = "[red]✗[/]" if reasons else "[yellow]○[/]" if missing else "[green]✓[/]"
    gpus = (
        [f"{profile.needs.gpus} GPU × {profile.needs.gpu_memory_gib:.0f} GiB"] if profile.needs.gpus else []
    )
    memory, disk = f"{profile.needs.memory_gib:.0f} GiB memory", f"{profile.needs.disk_gib:.0f} GiB disk"
    needs = "\n".join([*gpus, memory, disk])
    return (
        mark,
        f"[bold]{profile.name}[/] ({', '.join(profile.purposes)})\n{profile.summary}",
        needs,
        here,
    )
