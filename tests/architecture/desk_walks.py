"""What a desk tells the walks of this folder, in its `tests/<desk>/walks.py`, under the names that they use here.

ACTIONS, WITHOUT_A_LINE (test_audited_actions) · FUNCTIONS (test_text_functions) · PUBLIC_VIEWS, PLAIN_KWARGS
(test_isolation) · WITHOUT_PERSONS (test_personal_records) · CONTENT, ALSO, OUTSIDE_THE_DATABASE, ROW_KWARGS, EVALUATION
(instances). Each may be left out.
"""

from importlib import import_module
from typing import Any

from apps.core import desks
from tests.architecture.test_code import ROOT


def told(name: str) -> dict[Any, Any]:
    """Of all desks together; a set counts as the keys alone."""
    return {key: entry for entries in told_by_desk(name).values() for key, entry in entries.items()}


def told_by_desk(name: str) -> dict[str, dict[Any, Any]]:
    """Of those that tell anything."""
    walks = {
        desk.name: import_module(f"tests.{desk.name}.walks") for desk in desks.all_desks() if _has_walks(desk)
    }
    entries = {desk: getattr(walk, name) for desk, walk in walks.items() if hasattr(walk, name)}
    return {desk: each if isinstance(each, dict) else dict.fromkeys(each) for desk, each in entries.items()}


def _has_walks(desk: desks.Desk) -> bool:
    return (ROOT / "tests" / desk.name / "walks.py").exists()
