"""Loaded before the settings: each process of a parallel run has a Redis number and one core of its own.

pytest-django gives each a database of its own.
"""

import os
import re
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

BROWSER_TESTS = Path("tests/e2e")
# These share one with the real models: the other process takes them.
WITH_MODELS = "test_real_"


def own_redis(url: str, worker: str) -> str:
    """The address with the number of the worker: gw0 has 1, gw1 has 2; a run in one process keeps 0."""
    number = int(re.sub(r"\D", "", worker)) + 1
    if urlsplit(url).scheme == "unix":
        return f"{url.partition('?')[0]}?db={number}"
    return f"{url.rstrip('/')}/{number}"


def pytest_xdist_make_scheduler(config: Any, log: Any) -> Any:
    """Tests that share an installation run in one process. The groups of xdist 3.8 do not reach its own scheduler."""
    from xdist.scheduler import LoadScopeScheduling

    class OneInstallation(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = Path(nodeid.partition("::")[0])
            if file.parent != BROWSER_TESTS:
                return nodeid
            return "models" if file.name.startswith(WITH_MODELS) else "browser"

    return OneInstallation(config, log)


# Two processes that each spread a small matrix over both cores wait for each other's threads.
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    os.environ["REDIS_URL"] = own_redis(os.environ["REDIS_URL"], worker)
    # pydantic looks for the docstrings of its models in all modules that are loaded: now 0.7 seconds, later six.
    if find_spec("scim2_models"):
        import_module("scim2_models")
