"""What the product is made of: known holes in it (pip-audit), and the list of it (a CycloneDX SBOM)."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from stack.layout import PROJECT_ROOT

BIN = Path(sys.executable).parent
REQUIREMENTS = PROJECT_ROOT / "requirements" / "base.txt"
SOCKET_SECONDS = 10
LONGEST_SECONDS = 300
SHOWN = 3


class NotChecked(Exception):
    """The advisory service did not answer: nothing is known, which is neither clean nor a finding."""


def known_holes() -> str:
    """Of what `requirements/base.txt` pins, one a line. Raises NotChecked unless the service knew every package.

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
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LONGEST_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise NotChecked(f"the advisory service took longer than {LONGEST_SECONDS} s") from error
    try:
        audited = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError) as error:
        said = done.stderr.strip().splitlines() or ["pip-audit said nothing"]
        raise NotChecked(f"the advisory service does not answer: {said[-1][:300]}") from error
    return holes_in(audited)


def holes_in(audited: list[dict[str, Any]]) -> str:
    """Of pip-audit's report. Raises NotChecked."""
    holes = [
        f"{each['name']} {each['version']}: {hole['id']}, mended in {', '.join(hole['fix_versions']) or 'no version'}"
        for each in audited
        for hole in each.get("vulns", [])
    ]
    unknown = [each["name"] for each in audited if "vulns" not in each]
    if unknown and not holes:
        raise NotChecked(
            f"the advisory service knows nothing of {len(unknown)} of {len(audited)} packages "
            f"({', '.join(unknown[:SHOWN])}{' …' if len(unknown) > SHOWN else ''})"
        )
    return "\n".join(holes)


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
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip() or "It failed without a word." if done.returncode else ""
