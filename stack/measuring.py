"""`bench` and `eval`: each starts an installation of its own, apart from the one that runs."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from stack.layout import state_directory
from stack.settings import chosen_settings
from stack.testing import run


def measure(verb: str, arguments: Sequence[str]) -> int:
    settings = chosen_settings()
    # Where the weights are, and nothing of the person's own servers: figures must be comparable.
    state = state_directory(settings.get("KONGMING_STATE_DIR"))
    models = settings.get("KONGMING_MODELS_DIR") or str(state / "models")
    environment = os.environ | {"KONGMING_STATE_DIR": str(state), "KONGMING_MODELS_DIR": models}
    # Paths given to --data are relative to where the person stands.
    return run([sys.executable, "-m", "benchmarks", verb, *arguments], environment, directory=Path.cwd())
