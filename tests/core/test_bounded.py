"""Work on strangers' content ends within its limits, and the caller goes on."""

import time
from pathlib import Path

import pytest

from apps.core.bounded import Child, Limits, WorkFailed, run

WORK = "tests.core.hostile_work"
SMALL = Limits(seconds=20, cpu_seconds=1, memory_bytes=256 * 2**20, output_bytes=2**20)


def test_arguments_and_bytes_go_in_and_what_the_function_returns_comes_out() -> None:
    with Child(SMALL) as child:
        assert child.call(f"{WORK}:length", 3, content=b"\n\x00 tea" * 100_000) == 1_800_000
        assert child.call(f"{WORK}:length", 3, content=b"") == 0
        assert child.call(f"{WORK}:shouted", "茶 tea\n\ud83d") == "茶 TEA\n\ud83d"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("function", "arguments", "reason"),
    [
        ("spin", (), "time"),
        ("swell", (), "memory"),
        ("chatter", (2**21,), "output"),
        ("raise_what_was_read", ("a secret",), "error"),
        ("crash", (), "error"),
        ("not_there", (), "error"),
    ],
)
def test_work_that_goes_too_far_is_ended_with_a_reason_and_the_next_call_is_answered(
    function: str, arguments: tuple[object, ...], reason: str
) -> None:
    with Child(SMALL) as child:
        with pytest.raises(WorkFailed) as failed:
            child.call(f"{WORK}:{function}", *arguments)
        assert child.call(f"{WORK}:shouted", "on") == "ON"

    assert failed.value.reason == reason
    assert "secret" not in str(failed.value)


@pytest.mark.slow
def test_work_that_only_waits_is_ended_by_the_clock() -> None:
    begun = time.monotonic()

    with pytest.raises(WorkFailed) as failed:
        run(f"{WORK}:wait", limits=Limits(seconds=0.5))

    assert failed.value.reason == "time"
    assert time.monotonic() - begun < 10


def test_calls_share_a_process_and_each_has_its_own_seconds() -> None:
    with Child(SMALL) as child:
        first = child.call(f"{WORK}:process_id")
        assert child.call(f"{WORK}:process_id") == first
    with Child(SMALL) as child:
        assert child.call(f"{WORK}:process_id") != first


def test_the_caller_can_stop_the_work() -> None:
    class Cancelled(Exception):
        pass

    def cancel() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        run(f"{WORK}:wait", check=cancel)


def test_the_child_knows_no_secrets_and_writes_no_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIELD_KEYS", "kept by the parent")

    assert "FIELD_KEYS" not in run(f"{WORK}:whole_environment")
    with pytest.raises(WorkFailed):
        run(f"{WORK}:write_a_file", str(tmp_path / "found"))
    assert (tmp_path / "found").read_bytes() == b""
