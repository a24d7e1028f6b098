"""The verbs of `./kongming`, once .venv is there."""

import argparse
import signal
import sys
from collections.abc import Callable

from config.env import example
from stack import checks, doctor, engine, lifecycle, measuring, status, testing
from stack.errors import StackError

DESCRIPTION = "Kongming 孔明: a self-hosted AI application platform."
PASSED_ON = ("test", "manage", "demo", "bench", "eval", "engine")


def main() -> int:
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGHUP, _end)
    arguments = sys.argv[1:]
    try:
        # argparse would take options that are meant for pytest or manage.py as its own.
        if arguments and arguments[0] in PASSED_ON:
            return _passed_on(arguments[0])(arguments[1:])
        return _own(_parser().parse_args(arguments))
    except StackError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _end(number: int, _frame: object) -> None:
    """Leave through the `finally` blocks that stop what we started."""
    sys.exit(128 + number)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kongming", description=DESCRIPTION)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    verbs.add_parser("demo", help="start everything, play a conversation, leave the portal running")
    up = verbs.add_parser("up", help="start everything and leave it running")
    up.add_argument("--foreground", action="store_true", help="stay attached; Ctrl-C stops everything")
    verbs.add_parser("down", help="stop everything")
    status = verbs.add_parser("status", help="each process: healthy, or why not")
    status.add_argument("--json", action="store_true", dest="as_json")
    logs = verbs.add_parser("logs", help="the end of the logs")
    logs.add_argument("name", nargs="?")
    logs.add_argument("-f", "--follow", action="store_true")
    verbs.add_parser("doctor", help="what is wrong with this machine, and what to do")
    verbs.add_parser("check", help="lint, types, contracts, templates, migrations, schema")
    verbs.add_parser("settings", help="every setting with its meaning and default, as .env.example")
    verbs.add_parser("test", help="the test suite; arguments go to pytest (--no-model: without the weights)")
    verbs.add_parser("manage", help="manage.py with the installation's environment")
    verbs.add_parser(
        "engine", help="models on this machine: engine list|plan|prepare|start|stop|status|contract"
    )
    verbs.add_parser("bench", help="measure speed: bench NAME [--json]")
    verbs.add_parser("eval", help="measure quality: eval NAME --data DIR [--json]")
    return parser


def _own(chosen: argparse.Namespace) -> int:
    match chosen.verb:
        case "up":
            return lifecycle.up(foreground=chosen.foreground)
        case "down":
            return lifecycle.down()
        case "status":
            return status.status(as_json=chosen.as_json)
        case "logs":
            return status.logs(chosen.name, follow=chosen.follow)
        case "doctor":
            return doctor.doctor()
        case "check":
            return checks.check()
        case "settings":
            print(example(), end="")
    return 0


def _passed_on(verb: str) -> Callable[[list[str]], int]:
    if verb in ("bench", "eval"):
        return lambda arguments: measuring.measure(verb, arguments)
    return {
        "test": testing.run_tests,
        "manage": testing.manage,
        "demo": lifecycle.demo,
        "engine": engine.engine,
    }[verb]
