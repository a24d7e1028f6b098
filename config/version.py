"""Which version of this code a process runs."""

import shutil
import subprocess
import tomllib
from pathlib import Path

from config.env import PROJECT_ROOT

# What the build of the image was told: the repository itself is not in it.
REVISION_FILE = "REVISION"
GIT_SECONDS = 10


def running_version(root: Path = PROJECT_ROOT) -> str:
    """“0.1.0+343598ae1b2c”, or the number alone where neither the image nor git tells the revision."""
    number = str(tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"])
    built = root / REVISION_FILE
    if built.exists():
        revision = built.read_text().strip()
    elif (root / ".git").exists() and shutil.which("git"):
        revision = subprocess.run(
            ["git", "-C", str(root), "rev-parse", "--short=12", "HEAD"],
            capture_output=True,
            text=True,
            check=False,
            timeout=GIT_SECONDS,
        ).stdout.strip()
    else:
        revision = ""
    return f"{number}+{revision}" if revision else number
