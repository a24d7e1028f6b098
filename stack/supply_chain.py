"""What the product is made of: known holes in it (pip-audit), and the list of it (a CycloneDX SBOM)."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stack.layout import PROJECT_ROOT

BIN = Path(sys.executable).parent
REQUIREMENTS = PROJECT_ROOT / "requirements" / "base.txt"
SOCKET_SECONDS = 10
LONGEST_SECONDS = 300
MAX_NAMED = 3


class NotChecked(Exception):
    """A service of others has to be asked for it: nothing is known, which is neither clean nor a finding."""


def known_holes() -> str:
    """Known holes in what `requirements/base.txt` pins, one a line. Raises NotChecked unless the service knew every package.

    pip-audit calls it a success when it found none of them, as behind an index that carries no advisories.
    """
    command = [
        str(BIN / "pip-audit"),
        "--requirement",
        str(REQUIREMENTS),
        "--require-hashes",
        "--disable-pip",
    ]
    command += ["--format", "json", "--progress-spinner", "off", "--timeout", str(SOCKET_SECONDS)]
    try:
        process = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=LONGEST_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise NotChecked(f"the advisory service took longer than {LONGEST_SECONDS} s") from error
    try:
        packages = json.loads(process.stdout)["dependencies"]
    except (ValueError, KeyError) as error:
        lines = process.stderr.strip().splitlines() or ["pip-audit said nothing"]
        raise NotChecked(f"the advisory service does not answer: {lines[-1][:300]}") from error
    return holes_in(packages)


def holes_in(packages: list[dict[str, Any]]) -> str:
    """One line for each hole in pip-audit's report. Raises NotChecked where it knew none of the packages."""
    holes = [
        f"{each['name']} {each['version']}: {hole['id']}, mended in {', '.join(hole['fix_versions']) or 'no version'}"
        for each in packages
        for hole in each.get("vulns", [])
    ]
    unknown = [each["name"] for each in packages if "vulns" not in each]
    if unknown and not holes:
        raise NotChecked(
            f"the advisory service knows nothing of {len(unknown)} of {len(packages)} packages "
            f"({', '.join(unknown[:MAX_NAMED])}{' …' if len(unknown) > MAX_NAMED else ''})"
        )
    return "\n".join(holes)


def unpinned_images() -> str:
    """Empty where a digest pins every image that a deployment takes from others. Raises NotChecked for tags: what stands
    behind one is known to its registry alone, and has to be asked before a release.
    """
    tags = failure_output([sys.executable, str(PROJECT_ROOT / "deploy" / "pin_images.py"), "--check"])
    if tags:
        raise NotChecked(tags)
    return ""


def write_sbom(file: Path) -> str:
    """Every package of this environment, as CycloneDX; empty when it was written."""
    file.absolute().parent.mkdir(parents=True, exist_ok=True)
    command = [str(BIN / "cyclonedx-py"), "environment", "--pyproject", str(PROJECT_ROOT / "pyproject.toml")]
    command += [
        "--output-reproducible",
        "--output-format",
        "JSON",
        "--output-file",
        str(file),
        sys.executable,
    ]
    return failure_output(command)


def failure_output(command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    """What a tool printed when it failed; empty when it did not."""
    process = subprocess.run(
        command, cwd=PROJECT_ROOT, env=environment, capture_output=True, text=True, check=False
    )
    output = (process.stdout + process.stderr).strip()
    return output or "It failed without a word." if process.returncode else ""
