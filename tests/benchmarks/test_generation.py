"""The client of the engine benchmarks, against an engine whose schedule is known."""

import subprocess
from pathlib import Path
from typing import cast

import pytest

from benchmarks import engines
from benchmarks.engines import Answer, Engine, Wave
from tests.scripted_engine_fixture import ScriptedEngine

CHAT = "/v1/chat/completions"


def engine_of(scripted: ScriptedEngine) -> Engine:
    return Engine(scripted.url, "scripted", cast("subprocess.Popen[bytes]", None), Path())


def body(number: int) -> engines.Body:
    return {"messages": [{"role": "user", "content": f"question {number}"}]}


def test_a_wave_counts_what_the_engine_counted_and_times_the_first_token(
    scripted_engine: ScriptedEngine,
) -> None:
    scripted_engine.script(*[{"tokens": 20, "first_token_ms": 100, "gap_ms": 10}] * 4)
    [wave] = engines.waves(engine_of(scripted_engine), CHAT, body, parallel=4, seconds=0)
    assert wave.output_tokens == 80
    assert wave.seconds >= 0.29
    assert engines.first_token_ms([wave]) >= 99
    # Four streams, a token each 10 ms: 400 a second, and never more.
    assert 200 < engines.decode_per_second([wave]) < 450


def test_waves_go_on_for_the_time_and_ask_something_new_each(scripted_engine: ScriptedEngine) -> None:
    done = engines.waves(engine_of(scripted_engine), CHAT, body, parallel=2, seconds=0.3)
    asked = [request["body"]["messages"][0]["content"] for request in scripted_engine.requests()]
    assert len(done) > 1
    assert sorted(asked) == sorted({f"question {number}" for number in range(len(done) * 2)})


def test_an_engine_that_refuses_ends_the_measurement(scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script({"status": 400})
    with pytest.raises(RuntimeError, match="HTTP 400"):
        engines.waves(engine_of(scripted_engine), CHAT, body, parallel=1, seconds=0)


def test_decoding_is_counted_only_while_every_stream_writes() -> None:
    early = Answer(arrivals=[1.0, 2.0, 3.0, 4.0], output_tokens=4)
    late = Answer(arrivals=[2.5, 3.5, 4.5], output_tokens=3)
    assert Wave(4.5, [early, late]).decoding == (3, 1.5)
