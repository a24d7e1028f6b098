from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from llm_backend import chat, probe, providers
from tests.llm_backend.test_engine_metrics import VLLM
from tests.loopback_server import Reply, self_signed, serving
from tests.scripted_engine_fixture import ScriptedEngine

MODELS = Reply(b'{"object": "list", "data": [{"id": "models/qwen"}]}', content_type="application/json")


@pytest.fixture(autouse=True)
async def close_session() -> AsyncIterator[None]:
    yield
    await chat.close_session()


def endpoint(url: str, provider: str = "vllm") -> chat.Endpoint:
    return chat.Endpoint(url, "qwen", "secret", providers.preset(provider))


async def test_a_look_tells_models_and_figures() -> None:
    with serving({"/v1/models": MODELS, "/metrics": Reply(VLLM.encode())}) as server:
        seen = await probe.observe(endpoint(server.url))
    assert (seen.error_code, seen.models) == ("", ["qwen"])
    assert seen.figures
    assert (seen.figures.running, seen.figures.kv_cache_use) == (5, 0.75)


async def test_a_vendor_is_not_asked_for_figures_it_does_not_have() -> None:
    with serving({"*": MODELS}) as server:
        seen = await probe.observe(endpoint(server.url, "openai"))
        assert [request["path"] for request in server.requests] == ["/v1/models"]
    assert seen.figures is None


async def test_a_look_never_asks_a_model(scripted_engine: ScriptedEngine) -> None:
    assert (await probe.observe(endpoint(scripted_engine.url))).models == ["scripted"]
    assert not scripted_engine.requests()


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, "model_refused_key"), (429, "model_overloaded"), (500, "model_unavailable"), (404, "")],
)
async def test_what_the_server_answers_has_its_meaning(status: int, code: str) -> None:
    with serving({"*": Reply(status=status)}) as server:
        assert (await probe.observe(endpoint(server.url))).error_code == code


async def test_a_server_that_is_gone_and_one_with_a_bad_certificate_are_told_apart(tmp_path: Path) -> None:
    with serving({"*": MODELS}) as server:
        gone = server.url
    assert (await probe.observe(endpoint(gone))).error_code == "model_refused_connection"
    with serving({"*": MODELS}, certificate=self_signed(tmp_path / "key.pem")) as server:
        assert (await probe.observe(endpoint(server.url))).error_code == "model_certificate_invalid"


async def test_a_list_of_an_unknown_shape_is_no_list() -> None:
    with serving({"*": Reply(b'["qwen"]', content_type="application/json")}) as server:
        seen = await probe.observe(endpoint(server.url))
    assert (seen.error_code, seen.models) == ("", None)
