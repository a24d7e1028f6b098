"""The verbs of `./kongming`, once .venv is there."""

import argparse
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from config.env import example
from stack import (
    backup,
    checks,
    code_measures,
    doctor,
    engine,
    lifecycle,
    measuring,
    restore,
    status,
    testing,
)
from stack.errors import StackError, disk_trouble
from stack.tied_process import end_through_finally

DESCRIPTION = "Kongming 孔明: a self-hosted AI application platform."
PASSED_ON = ("test", "manage", "bench", "eval", "train", "engine", "measure")


def main() -> int:
    end_through_finally((signal.SIGTERM, signal.SIGHUP))
    arguments = sys.argv[1:]
    try:
        # argparse would take options that are meant for pytest or manage.py as its own.
        if arguments and arguments[0] in PASSED_ON:
            return _passed_on(arguments[0])(arguments[1:])
        options = _parser().parse_args(arguments)
        return int(options.run(options))
    except StackError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except OSError as error:
        if not (trouble := disk_trouble(error)):
            raise
        print(f"\n{trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kongming", description=DESCRIPTION)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    show = verbs.add_parser("demo", help="start everything, play a conversation, leave the portal running")
    show.add_argument("--busy", action="store_true", help="add ninety days of simulated activity")
    show.set_defaults(run=lambda options: lifecycle.demo(is_busy=options.busy))
    up = verbs.add_parser("up", help="start everything and leave it running")
    up.add_argument("--foreground", action="store_true", help="stay attached; Ctrl-C stops everything")
    up.add_argument(
        "--without-dump", action="store_false", dest="dumps", help="migrate without a database dump"
    )
    up.set_defaults(run=lambda options: lifecycle.up(foreground=options.foreground, dumps=options.dumps))
    down = verbs.add_parser("down", help="stop everything")
    down.set_defaults(run=lambda _: lifecycle.down())
    _add_backup_verbs(verbs)
    state = verbs.add_parser("status", help="show the state of each process")
    state.add_argument("--json", action="store_true", dest="as_json")
    state.set_defaults(run=lambda options: status.status(as_json=options.as_json))
    logs = verbs.add_parser("logs", help="show the latest log lines")
    logs.add_argument("name", nargs="?")
    logs.add_argument("-f", "--follow", action="store_true")
    logs.set_defaults(run=lambda options: status.logs(options.name, follow=options.follow))
    look = verbs.add_parser("doctor", help="check this machine and suggest fixes")
    look.set_defaults(run=lambda _: doctor.doctor())
    check = verbs.add_parser(
        "check", help="lint, types, contracts, templates, migrations, schema, known vulnerabilities"
    )
    check.add_argument(
        "--sbom", type=Path, metavar="FILE", help="where to write the list of packages; default: var"
    )
    check.set_defaults(run=lambda options: checks.check(sbom=options.sbom))
    settings = verbs.add_parser(
        "settings", help="print every setting with its meaning and default, as in .env.example"
    )
    settings.set_defaults(run=lambda _: print(example(), end="") or 0)
    verbs.add_parser(
        "test",
        help="run the quick tests; --all adds browser and models; --at MOMENT: with another clock; "
        "other arguments go to pytest",
    )
    verbs.add_parser("manage", help="run manage.py in the installation's environment")
    verbs.add_parser(
        "engine", help="models on this machine: engine list|plan|prepare|start|stop|status|contract"
    )
    verbs.add_parser("measure", help="code metrics: measure [--json]")
    verbs.add_parser("bench", help="measure speed: bench NAME [--json]")
    verbs.add_parser("eval", help="measure quality: eval NAME --data DIR [--json]")
    verbs.add_parser("train", help="make weights from named data: train NAME [--json]")
    return parser


def _add_backup_verbs(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    save = verbs.add_parser(
        "backup", help="back up database, files and keys to one encrypted file, without stopping anything"
    )
    save.add_argument("--without-keys", action="store_true", help="exclude the keys; keep them elsewhere")
    save.set_defaults(
        run=lambda options: backup.backup(
            options.file, passphrase_file=options.passphrase_file, without_keys=options.without_keys
        )
    )
    load = verbs.add_parser("restore", help="restore a backup into an empty installation and check it")
    load.add_argument("--replace", action="store_true", help="replace what is here, after confirmation")
    load.set_defaults(
        run=lambda options: restore.restore(
            options.file, replace=options.replace, passphrase_file=options.passphrase_file
        )
    )
    for verb in (save, load):
        verb.add_argument("file", type=Path, metavar="FILE")
        verb.add_argument(
            "--passphrase-file", type=Path, metavar="PATH", help="file that contains the passphrase"
        )
        verb.add_argument(
            "--verify",
            action="store_const",
            dest="run",
            const=lambda options: restore.verify(options.file, passphrase_file=options.passphrase_file),
            help="only prove that FILE is whole, and say what is in it",
        )


def _passed_on(verb: str) -> Callable[[list[str]], int]:
    if verb in ("bench", "eval", "train"):
        return lambda arguments: measuring.measure(verb, arguments)
    return {
        "test": testing.run_tests,
        "manage": testing.manage,
        "engine": engine.engine,
        "measure": code_measures.measure_code,
    }[verb]
