"""Logs with a planted fault: the same for ever, and judged by words that only the fault's own lines hold."""

from datetime import UTC, datetime

import pytest

from apps.operations.demonstration.material import TRAFFIC as MADE_TRAFFIC
from benchmarks.incidents import FAULT_MINUTE, HALVES, HELD_OUT, MINUTES, TUNING, planted_faults
from domain.logs.made_logs import PlantedFault, made_logs, read_traffic

START = datetime(2026, 11, 20, 6, tzinfo=UTC)
TRAFFIC = read_traffic(MADE_TRAFFIC, minutes=MINUTES)
ALL_FAULTS = [fault for half in HALVES for fault in planted_faults(half)]


def test_twenty_faults_stand_in_two_halves_that_share_none() -> None:
    keys = [{fault.key for fault in planted_faults(half)} for half in (TUNING, HELD_OUT)]

    assert [len(each) for each in keys] == [10, 10]
    assert not keys[0] & keys[1]


@pytest.mark.slow
def test_a_fault_gives_the_same_lines_every_time() -> None:
    one, same = (made_logs(TRAFFIC, ALL_FAULTS[0], START, fault_minute=FAULT_MINUTE) for _ in range(2))

    assert [log.content for log in one] == [log.content for log in same]
    assert [log.planted for log in one] == [log.planted for log in same]
    assert {log.service for log in one} == set(TRAFFIC.formats)


def test_planted_lines_are_those_of_the_fault() -> None:
    fault = next(each for each in ALL_FAULTS if each.key == "disk full")
    logs = {log.service: log for log in made_logs(TRAFFIC, fault, START, fault_minute=FAULT_MINUTE)}

    planted = [logs["inventory"].lines[number - 1] for number in sorted(logs["inventory"].planted)]
    assert "at 96 percent" in planted[0]
    assert all("No space left" in line for line in planted[1:])
    assert not logs["payment"].planted


@pytest.mark.slow
def test_a_service_that_was_killed_is_silent_and_a_wrong_clock_is_written() -> None:
    by_key = {fault.key: fault for fault in ALL_FAULTS}
    killed = made_logs(TRAFFIC, by_key["memory leak"], START, fault_minute=10)
    skewed = made_logs(TRAFFIC, by_key["clock skew"], START, fault_minute=10)

    search = next(log for log in killed if log.service == "search")
    assert not any("06:15:" in line for line in search.lines)
    payment = next(log for log in skewed if log.service == "payment")
    first = payment.lines[min(payment.planted) - 1]
    assert '"2026-11-20T06:15:5' in first


@pytest.mark.parametrize("fault", ALL_FAULTS, ids=lambda fault: fault.key)
def test_what_every_log_shows_and_what_merely_follows_names_no_cause(fault: PlantedFault) -> None:
    ordinary = [step.text for flow in (*TRAFFIC.flows, *TRAFFIC.decoys) for step in flow.steps]
    steps = [step for flow in fault.flows for step in flow.steps]
    consequences = [step.text for step in steps if step.service not in fault.services]
    own = [step.text for step in steps if step.service in fault.services]

    assert [line for line in [*ordinary, *consequences] if fault.is_named_in(line)] == []
    guilty = " ".join(change.name for change in fault.changes if not change.is_innocent)
    # Whoever quotes the line that says why has named it.
    assert any(fault.is_named_in(f"{line} {guilty}") for line in own)


def test_a_text_that_blames_an_innocent_deploy_names_no_cause() -> None:
    fault = next(each for each in ALL_FAULTS if each.key == "deadlock")

    assert fault.is_named_in("A deadlock of two transactions in checkout [1].")
    assert not fault.is_named_in("After gateway 1.27.2 there was a deadlock in checkout [1].")
