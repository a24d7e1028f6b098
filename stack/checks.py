"""`check`: what has to be clean before a change is committed. CI runs the same."""

import difflib
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from config.env import example
from stack.installation import Installation
from stack.layout import PROJECT_ROOT, state_directory
from stack.notice import NOTICE, notice
from stack.programs import SERVERS
from stack.progress import console
from stack.supply_chain import NotChecked, failure_output, known_holes, unpinned_images, write_sbom

BIN = Path(sys.executable).parent
ENV_EXAMPLE = PROJECT_ROOT / ".env.example"
TOOLS = {
    "lint": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "types": ["mypy"],
    "contracts between modules": ["lint-imports"],
    "template lint": ["djlint", "templates", "--lint"],
}
# As an installation behind HTTPS has them. What the person at the terminal has set must not decide what is found.
DEPLOY_SETTINGS = {"SECURE_COOKIES": "true", "DEBUG": "false"}


def check(*, sbom: Path | None = None) -> int:
    """0 when all is clean. The list of packages goes to `sbom`, by default into the state directory. What could not be
    checked, for want of a service, is said and fails nothing.
    """
    sbom = sbom or state_directory(os.environ.get("KONGMING_STATE_DIR")) / "sbom.cdx.json"
    # mypy's Django plugin loads the settings too, so every tool gets the environment of an installation.
    with (
        tempfile.TemporaryDirectory() as state,
        Installation(Path(state), names=SERVERS, settings=os.environ, throw_away=True) as installation,
    ):
        findings = _findings(installation.environment())
        findings |= {"known holes": partial(known_holes), "images by digest": partial(unpinned_images)}
        findings |= {f"SBOM, in {sbom}, and NOTICE": partial(_bill_of_materials, sbom)}
        failures = [name for name, find in findings.items() if not _passes(name, find)]
    console.print(f"[red]Not clean: {', '.join(failures)}[/]" if failures else "[green]All clean.[/]")
    return 1 if failures else 0


def _findings(environment: Mapping[str, str]) -> dict[str, partial[str]]:
    tools = {
        name: partial(failure_output, [str(BIN / tool), *arguments], environment)
        for name, (tool, *arguments) in TOOLS.items()
    }
    return tools | {
        "migrations": partial(_manage, environment, "makemigrations", "--check", "--dry-run"),
        "deployment": partial(
            _manage, {**environment, **DEPLOY_SETTINGS}, "check", "--deploy", "--fail-level", "WARNING"
        ),
        "API schema": partial(_manage, environment, "api_operations", "--compare"),
        ".env.example": partial(_difference, ENV_EXAMPLE, example(), "./kongming settings > .env.example"),
    }


def _passes(name: str, find: Callable[[], str]) -> bool:
    start = time.monotonic()
    try:
        wrong = find()
    except NotChecked as reason:
        console.print(f"[yellow]! {name}: NOT CHECKED[/], {reason}", soft_wrap=True)
        return True
    mark = "[red]✗[/]" if wrong else "[green]✓[/]"
    console.print(f"{mark} {name}  {time.monotonic() - start:.1f} s")
    if wrong:
        print(wrong)
    return not wrong


def _manage(environment: Mapping[str, str], *arguments: str) -> str:
    return failure_output([sys.executable, "manage.py", *arguments], environment)


def _bill_of_materials(sbom: Path) -> str:
    wrong = write_sbom(sbom)
    return wrong or _difference(NOTICE, notice(sbom), f".venv/bin/python -m stack.notice {sbom} > NOTICE")


def _difference(committed: Path, fresh: str, remedy: str) -> str:
    present = committed.read_text() if committed.exists() else ""
    if present == fresh:
        return ""
    lines = difflib.unified_diff(
        present.splitlines(), fresh.splitlines(), str(committed), "generated", lineterm="", n=1
    )
    return "\n".join([*list(lines)[:40], f"Bring it up to date: {remedy}"])
