"""What a desk tells the walks of this folder, in its `tests/<desk>/walks.py`, under the names that they use here.

ACTIONS, WITHOUT_A_LINE (test_audited_actions) · FUNCTIONS (test_text_functions) · PUBLIC_VIEWS, PLAIN_KWARGS
(test_isolation) · WITHOUT_PERSONS (test_personal_records) · CONTENT, ALSO (instances). Each may be left out.
"""

from importlib import import_module
from typing import Any

from apps.core import desks
from tests.architecture.test_code import ROOT


def told(name: str) -> dict[Any, Any]:
    """Of all desks together; a set counts as the keys alone."""
    walks = [f"tests.{desk.name}.walks" for desk in desks.installed() if _has_walks(desk)]
    found: dict[Any, Any] = {}
    for walk in walks:
        entries = getattr(import_module(walk), name, {})
        found |= entries if isinstance(entries, dict) else dict.fromkeys(entries)
    return found


def _has_walks(desk: desks.Desk) -> bool:
    return (ROOT / "tests" / desk.name / "walks.py").exists()
