"""What each vendor is sent and what it sends, in the shapes of its own documentation, over a real connection."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from llm_backend import chat, errors, providers
from llm_backend.decoding import Usage
from tests.loopback_server import LoopbackServer, Reply, self_signed, serving

FRAMES = Path(__file__).with_name("provider_frames")
EVERY = list(providers.presets())
HOSTED = ["deepseek", "deepseek_reasoner", "glm", "openai", "ernie", "gemini", "qwen", "spark"]
QUESTION: list[chat.Message] = [{"role": "user", "content": "几点开门？"}]
THOUGHT = "The sign says nine."
THINKS = ["compatible", "vllm", "llama_cpp", "deepseek_reasoner", "glm", "ernie", "gemini", "qwen"]


class Opening(BaseModel):
    day: Literal["weekday", "weekend"]
    note: str = Field(default="", max_length=20)


WHOLE = chat.ChatRequest(
    [{"role": "system", "content": "Be brief."}, *QUESTION],
    temperature=0,
    max_tokens=50,
    stop=("A", "B", "C", "D", "E", "F"),
    seed=7,
    json_schema=Opening.model_json_schema(),
)


@pytest.fixture(autouse=True)
async def close_session() -> AsyncIterator[None]:
    yield
    await chat.close_session()


def frames(name: str) -> bytes:
    return (FRAMES / f"{name}.sse").read_bytes()


def endpoint(server: LoopbackServer, provider: str) -> chat.Endpoint:
    return chat.Endpoint(server.url, "m", "secret", providers.preset(provider))


async def answered(provider: str, reply: Reply, request: chat.ChatRequest = WHOLE) -> chat.Completion:
    with serving({"*": reply}) as server:
        return await chat.complete(endpoint(server, provider), request)


async def sent(provider: str, request: chat.ChatRequest = WHOLE) -> dict[str, Any]:
    with serving({"*": Reply(frames(provider))}) as server:
        await chat.complete(endpoint(server, provider), request)
        body: dict[str, Any] = server.requests[0]["body"]
        return body


@pytest.mark.parametrize("provider", EVERY)
async def test_an_answer_in_the_vendors_own_frames_is_understood(provider: str) -> None:
    completion = await answered(provider, Reply(frames(provider)))
    assert completion.text == "九点开门。"
    assert completion.reasoning == (THOUGHT if provider in THINKS else "")
    assert (completion.usage.input_tokens, completion.usage.output_tokens) == (17, 9)
    assert not completion.usage.is_estimated


async def test_tokens_of_thoughts_and_from_the_vendors_cache_are_counted() -> None:
    completion = await answered("deepseek_reasoner", Reply(frames("deepseek_reasoner")))
    assert completion.usage == Usage(17, 9, reasoning_tokens=5, cached_tokens=8)


@pytest.mark.parametrize("provider", EVERY)
async def test_a_stream_cut_by_the_network_is_never_taken_for_an_answer(provider: str) -> None:
    whole = frames(provider)
    cut = whole[: whole.index("开门".encode())]
    with pytest.raises(errors.ModelUnavailable):
        await answered(provider, Reply(cut, missing_bytes=500))


@pytest.mark.parametrize("provider", EVERY)
async def test_a_frame_broken_in_the_middle_is_an_error(provider: str) -> None:
    broken = frames(provider).replace("开门".encode(), b'\n\ndata: {"cho', 1)
    with pytest.raises(errors.ModelUnavailable):
        await answered(provider, Reply(broken))


@pytest.mark.parametrize("provider", EVERY)
async def test_the_key_goes_into_the_header_and_nowhere_else(provider: str) -> None:
    with serving({"*": Reply(frames(provider))}) as server:
        await chat.complete(endpoint(server, provider), WHOLE)
        [request] = server.requests
    assert request["authorization"] == "Bearer secret"
    assert "secret" not in json.dumps(request["body"])


@pytest.mark.parametrize(
    ("provider", "absent"),
    [
        ("deepseek", {"seed"}),
        ("deepseek_reasoner", {"seed", "temperature"}),
        ("glm", {"seed", "stream_options"}),
        ("gemini", {"seed"}),
        ("spark", {"seed", "stop", "stream_options"}),
        ("vllm", set()),
        ("llama_cpp", set()),
        ("compatible", set()),
        ("openai", {"max_tokens"}),
        ("ernie", {"max_tokens"}),
    ],
)
async def test_what_a_vendor_refuses_is_not_sent(provider: str, absent: set[str]) -> None:
    everything = {"temperature", "seed", "stop", "stream_options", "max_tokens"}
    assert everything - set(await sent(provider)) == absent


@pytest.mark.parametrize("provider", EVERY)
async def test_the_limit_of_tokens_has_the_vendors_name(provider: str) -> None:
    body = await sent(provider)
    assert body[providers.preset(provider).token_limit] == 50


@pytest.mark.parametrize(
    ("provider", "temperature", "stops"),
    [("glm", 0.01, 1), ("openai", 0, 4), ("vllm", 0, 6), ("ernie", 0.01, 4)],
)
async def test_values_stay_within_what_the_vendor_takes(
    provider: str, temperature: float, stops: int
) -> None:
    body = await sent(provider)
    assert (body["temperature"], len(body["stop"])) == (temperature, stops)


@pytest.mark.parametrize("provider", ["vllm", "llama_cpp", "llama", "gemini", "compatible"])
async def test_a_schema_constrains_the_answer_where_the_server_can(provider: str) -> None:
    shape = (await sent(provider))["response_format"]
    assert shape["type"] == "json_schema"
    assert shape["json_schema"]["schema"] == Opening.model_json_schema()


@pytest.mark.parametrize("provider", ["deepseek", "deepseek_reasoner", "glm", "ernie", "qwen", "spark"])
async def test_elsewhere_the_schema_goes_into_the_first_message(provider: str) -> None:
    body = await sent(provider)
    first, second = body["messages"]
    assert body["response_format"] == {"type": "json_object"}
    assert first["content"].startswith("Be brief.")
    assert json.loads(first["content"].rpartition("\n")[2]) == Opening.model_json_schema()
    assert second == QUESTION[0]


async def test_a_prompt_without_a_system_message_gets_one_for_the_schema() -> None:
    body = await sent("qwen", chat.ChatRequest(QUESTION, json_schema=Opening.model_json_schema()))
    assert [message["role"] for message in body["messages"]] == ["system", "user"]


async def test_openai_gets_a_schema_with_every_property_required() -> None:
    schema = (await sent("openai"))["response_format"]["json_schema"]["schema"]
    assert schema["required"] == ["day", "note"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["note"] == {"title": "Note", "type": "string"}


def error_body(code: object, message: str = "no") -> bytes:
    return json.dumps({"error": {"code": code, "message": message}}).encode()


GOOGLES = json.dumps(
    [{"error": {"code": 400, "message": "bad key", "details": [{"reason": "API_KEY_INVALID"}]}}]
).encode()


@pytest.mark.parametrize(
    ("provider", "status", "body", "expected"),
    [
        (
            "deepseek",
            402,
            error_body("invalid_request_error", "Insufficient Balance"),
            errors.ModelAccountEmpty,
        ),
        ("glm", 429, error_body("1302"), errors.ModelOverloaded),
        ("glm", 429, error_body("1113"), errors.ModelAccountEmpty),
        ("glm", 400, error_body("1301"), errors.ModelRefusedContent),
        ("openai", 429, error_body("insufficient_quota"), errors.ModelAccountEmpty),
        ("openai", 429, error_body("rate_limit_exceeded"), errors.ModelOverloaded),
        ("ernie", 401, error_body("invalid_iam_token"), errors.ModelRefusedKey),
        ("ernie", 400, error_body("tokens_too_long"), errors.ContextTooLong),
        ("gemini", 400, GOOGLES, errors.ModelRefusedKey),
        ("qwen", 400, error_body("data_inspection_failed"), errors.ModelRefusedContent),
        ("qwen", 400, error_body("x", "Range of input length should be [1, 8]"), errors.ContextTooLong),
        ("spark", 500, error_body("11200"), errors.ModelRefusedKey),
        ("vllm", 400, error_body(400, "maximum context length is 4096"), errors.ContextTooLong),
        ("llama_cpp", 503, error_body(503, "Loading model"), errors.ModelOverloaded),
    ],
)
async def test_a_vendors_error_code_says_more_than_the_status(
    provider: str, status: int, body: bytes, expected: type[errors.ModelError]
) -> None:
    with pytest.raises(errors.ModelError) as caught:
        await answered(provider, Reply(body, status, "application/json"))
    assert type(caught.value) is expected


def spark_frame(code: int) -> bytes:
    return b'data:{"code":%d,"message":"said in a frame","sid":"cha1"}\n\n' % code


@pytest.mark.parametrize(
    ("provider", "body", "expected"),
    [
        ("spark", spark_frame(10013), errors.ModelRefusedContent),
        ("spark", spark_frame(11203), errors.ModelOverloaded),
        ("spark", spark_frame(11200), errors.ModelRefusedKey),
        ("spark", spark_frame(10907), errors.ContextTooLong),
        ("spark", spark_frame(19999), errors.ModelUnavailable),
        ("spark", b'{"code":11200,"message":"no stream at all","sid":"cha1"}', errors.ModelRefusedKey),
        ("qwen", error_body("Throttling"), errors.ModelOverloaded),
        ("qwen", error_body("Throttling") + b"\n", errors.ModelOverloaded),
    ],
)
async def test_an_error_behind_status_200_is_an_error(
    provider: str, body: bytes, expected: type[errors.ModelError]
) -> None:
    with pytest.raises(errors.ModelError) as caught:
        await answered(provider, Reply(body))
    assert type(caught.value) is expected


@pytest.mark.parametrize(
    ("provider", "reason", "expected"),
    [
        ("deepseek", "insufficient_system_resource", errors.ModelUnavailable),
        ("glm", "sensitive", errors.ModelRefusedContent),
        ("glm", "network_error", errors.ModelUnavailable),
        ("openai", "content_filter", errors.ModelRefusedContent),
    ],
)
async def test_an_answer_that_the_vendor_broke_off_is_no_answer(
    provider: str, reason: str, expected: type[errors.ModelError]
) -> None:
    broken_off = frames(provider).replace(b'"finish_reason":"stop"', f'"finish_reason":"{reason}"'.encode())
    with pytest.raises(errors.ModelError) as caught:
        await answered(provider, Reply(broken_off))
    assert type(caught.value) is expected


async def test_a_certificate_that_nobody_signed_is_told_as_such(tmp_path: Path) -> None:
    with (
        serving({"*": Reply(frames("vllm"))}, certificate=self_signed(tmp_path / "key.pem")) as server,
        pytest.raises(errors.ModelCertificateInvalid),
    ):
        await chat.complete(endpoint(server, "vllm"), WHOLE)


async def test_a_name_that_leads_to_a_metadata_service_is_not_followed() -> None:
    for host in ("169.254.169.254", "[::ffff:169.254.169.254]", "0.0.0.0"):
        with pytest.raises(errors.ModelUnavailable, match="nothing is sent there"):
            await chat.complete(chat.Endpoint(f"http://{host}:80", "m"), WHOLE)


@pytest.mark.parametrize("name", HOSTED)
def test_a_vendors_address_leads_to_its_chat_api(name: str) -> None:
    address = chat.api_address(providers.preset(name).url, "chat/completions")
    assert address == providers.preset(name).url + "/chat/completions"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[a]\nlabel = 7", "preset a, label"),
        ("[a]\nlabel = 'A'\nomit = []", "preset a, omit"),
        ("[a]\nlabel = 'A'\n[a.failures]\nbad = ['1']", "preset a, failures"),
        ("[a", "mine.toml"),
        ("a = 3", "preset a"),
    ],
)
def test_a_wrong_preset_is_told_with_its_name_and_field(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(providers.PresetsInvalid, match=problem):
        providers.presets(path)
