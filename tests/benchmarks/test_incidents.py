"""What `./kongming eval incidents` counts."""

from typing import Any

from benchmarks.incidents import shares


def row(**changes: Any) -> dict[str, Any]:
    usual = {
        "rank": 1,
        "is_explained": True,
        "cause_named": True,
        "cited_lines_exist": True,
        "cause": "x [1]",
    }
    return usual | changes


def test_a_fault_that_was_not_found_has_no_cause_named_and_cites_nothing() -> None:
    missed = row(rank=None, is_explained=False, cause_named=False, cause="")

    counted = shares([row(), row(), row(cause_named=False), missed])

    assert (counted["in_top_3"], counted["cause_named"], counted["cited_lines_exist"]) == (0.75, 0.5, 1.0)


def test_without_a_model_no_cause_is_said_to_be_named() -> None:
    counted = shares([row(is_explained=False, cause_named=False)])

    assert counted["in_top_3"] == 1.0
    assert "cause_named" not in counted
