"""Loaded before the settings: each process of a parallel run has a Redis number and one core of its own.

pytest-django gives each a database of its own.
"""

import gc
import os
import re
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

BROWSER_TESTS = Path("tests/e2e")
# Parsing all sources takes seven seconds and half a gigabyte: one process does it.
READ_SOURCES = {
    "tests/architecture/test_audited_actions.py",
    "tests/architecture/test_code.py",
    "tests/architecture/test_exports.py",
    "tests/architecture/test_glossary.py",
    "tests/architecture/test_markup.py",
    "tests/architecture/test_patterns.py",
    "tests/architecture/test_unicode_forms.py",
    "tests/audit/test_audit_wording.py",
    "tests/inference/test_prompts.py",
    "tests/portal/test_translations.py",
}
# What their tests share takes seconds to make.
SHARE_A_SETUP = {
    "tests/domain/text/test_reader.py",
    "tests/llm_backend/engines/test_e5_int8.py",
    "tests/llm_backend/engines/test_embedding_server.py",
    "tests/stack/test_backup.py",
    "tests/stack/test_backup_encryption.py",
}


def own_redis(url: str, worker: str) -> str:
    """The address with the number of the worker: gw0 has 1, gw1 has 2; a run in one process keeps 0."""
    number = int(re.sub(r"\D", "", worker)) + 1
    if urlsplit(url).scheme == "unix":
        return f"{url.partition('?')[0]}?db={number}"
    return f"{url.rstrip('/')}/{number}"


def pytest_xdist_make_scheduler(config: Any, log: Any) -> Any:
    """Tests that share an installation, or the parsed sources, run in one process. The groups of xdist 3.8 do not reach its
    own scheduler."""
    from xdist.scheduler import LoadScopeScheduling

    class Shared(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = Path(nodeid.partition("::")[0])
            if str(file) in READ_SOURCES:
                return "sources"
            if str(file) in SHARE_A_SETUP:
                return str(file)
            # Real models keep all cores busy: a page beside them waits for minutes.
            return "browser" if file.parent == BROWSER_TESTS else nodeid

        def mark_test_complete(self, node: Any, item_index: int, duration: float = 0) -> None:
            """xdist looks through all that a process was ever given, after each of ten thousand tests."""
            scope = self._split_scope(self.registered_collections[node][item_index])
            given = self.assigned_work[node]
            super().mark_test_complete(node, item_index, duration)
            if all(given[scope].values()):
                del given[scope]

    return Shared(config, log)


# What is loaded until the tests are collected stays: looking through it for garbage took a third of that time.
gc.disable()

# Two processes that each spread a small matrix over both cores wait for each other's threads.
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    os.environ["REDIS_URL"] = own_redis(os.environ["REDIS_URL"], worker)
    # pydantic looks for the docstrings of its models in all modules that are loaded: now 0.7 seconds, later six.
    if find_spec("scim2_server"):
        import_module("scim2_server.service")
