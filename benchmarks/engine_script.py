"""What the scripted engine is told to do with one request, and the bytes it then sends."""

import io
import itertools
import math
import struct
import wave
from collections.abc import Callable, Iterator
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field

MARK = "[[script "
# The member of a schema that people read: it is filled with the numbered tokens.
TEXT = "text"
SOUND_RATE = 8000
# As servers count a picture, about.
PICTURE_TOKENS = 1000


class Script(BaseModel):
    """Without any field: 128 numbered tokens, `t0 ` to `t127 `, on the engine's schedule."""

    model_config = ConfigDict(extra="forbid")

    path: Literal["chat", "embeddings", "speech"] = "chat"
    asks: str = Field(default="", description="Only for a request that holds these words")
    text: str | None = Field(default=None, description="Answer this instead of numbered tokens")
    characters_per_token: int = Field(default=4, gt=0)
    tokens: int | None = Field(default=None, ge=0)
    first_token_ms: float | None = None
    gap_ms: float | None = None
    chances: dict[str, float] = Field(
        default_factory=dict,
        description="How likely each of these tokens was, where alternatives are asked for",
    )
    reasoning: str = Field(default="", description="Sent before the answer as reasoning_content")
    uses_think_tags: bool = Field(default=False, description="Send the reasoning as <think> text instead")
    repeat: str | None = Field(default=None, description="Send this as every token, for ever")
    status: int = 200
    retry_after: int | None = None
    error_message: str = "scripted error"
    is_silent: bool = Field(default=False, description="Take the request and never answer")
    stall_after: int | None = Field(default=None, description="Send nothing more after so many tokens")
    hold_after: int | None = Field(
        default=None, description="Send nothing more after so many tokens until POST /release"
    )
    cut_after: int | None = Field(default=None, description="Close the connection after so many tokens")
    garbage_after: int | None = Field(default=None, description="Send an event that is not JSON")
    error_after: int | None = Field(default=None, description="Send an error object as an event")
    finish_reason: str = "stop"
    sound_seconds: float | None = Field(default=None, description="How long what is read aloud sounds")
    sends_usage: bool = True
    cached_tokens: int = Field(default=0, description="Of the prompt, read from a cache")


SCRIPTS_BY_NAME = {
    "http-401": Script(status=401),
    "reasoning": Script(reasoning="First I think about it.", text="Then I answer."),
}


def chosen_script(body: dict[str, Any]) -> Script | None:
    """From `[[script {"tokens": 3}]]` in the last message, or from a model called `scripted-NAME`."""
    _, mark, rest = text_of((body.get("messages") or [{}])[-1]).partition(MARK)
    if mark:
        return Script.model_validate_json(rest.partition("]]")[0])
    return SCRIPTS_BY_NAME.get(str(body.get("model", "")).removeprefix("scripted-"))


def text_of(message: dict[str, Any]) -> str:
    """Without its pictures."""
    content = message.get("content") or ""
    return content if isinstance(content, str) else "\n".join(part.get("text", "") for part in content)


def frames(script: Script, body: dict[str, Any], *, tokens: int) -> Iterator[bytes]:
    """One event per token. Lazy, because a script may go on for ever."""
    if script.tokens is not None:
        tokens = script.tokens
    pieces = _answer_tokens(script, body, min(tokens, body.get("max_tokens") or tokens))
    if script.reasoning and script.uses_think_tags:
        pieces = itertools.chain(["<thi", "nk>", *_cut(script.reasoning, 4), "</th", "ink>\n"], pieces)
    thoughts = [] if script.uses_think_tags else _cut(script.reasoning, script.characters_per_token)
    events = itertools.chain(
        (_delta("reasoning_content", thought) for thought in thoughts),
        (_delta("content", piece, _logprobs(script, body, piece)) for piece in pieces),
    )
    for number, event in enumerate(events, start=1):
        yield event
        if script.garbage_after == number:
            yield b'data: {"choices": [{"delta": \n\n'
        if script.error_after == number:
            yield _event({"error": {"message": script.error_message, "code": 500}})


def last_frames(script: Script, body: dict[str, Any], *, sent: int) -> bytes:
    choices = [{"index": 0, "delta": {}, "finish_reason": script.finish_reason}]
    events = _event({"id": "scripted", "choices": choices})
    if script.sends_usage:
        cached = {"prompt_tokens_details": {"cached_tokens": script.cached_tokens}}
        usage = usage_counts(body, sent) | cached
        events += _event({"id": "scripted", "choices": [], "usage": usage})
    return events + b"data: [DONE]\n\n"


def _event(content: dict[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(content) + b"\n\n"


def usage_counts(body: dict[str, Any], output_tokens: int) -> dict[str, Any]:
    messages = body.get("messages", [])
    parts = [part for each in messages if isinstance(each.get("content"), list) for part in each["content"]]
    pictures = sum(part.get("type") == "image_url" for part in parts)
    prompt = sum(len(text_of(message)) for message in messages) // 4 + PICTURE_TOKENS * pictures
    total = prompt + output_tokens
    return {"prompt_tokens": prompt, "completion_tokens": output_tokens, "total_tokens": total}


def whole_text(script: Script, body: dict[str, Any], *, tokens: int) -> str:
    return "".join(itertools.islice(_answer_tokens(script, body, tokens), 10_000))


def _answer_tokens(script: Script, body: dict[str, Any], tokens: int) -> Iterator[str]:
    if script.repeat is not None:
        return itertools.repeat(script.repeat)
    constraint = (body.get("response_format") or {}).get("json_schema") or {}
    text, schema = script.text, constraint.get("schema")
    if text is None and schema and TEXT not in schema.get("properties", {}):
        text = orjson.dumps(instance(schema, schema)).decode()
    if text is not None:
        return iter(_cut(text, script.characters_per_token))
    tokens_in_turn = (f"t{number} " for number in range(tokens))
    return _inside(schema, tokens_in_turn, tokens) if schema else tokens_in_turn


def _inside(schema: dict[str, Any], tokens_in_turn: Iterator[str], count: int) -> Iterator[str]:
    """The numbered tokens as the object's text, as many as without a schema."""
    members = {name: part for name, part in schema["properties"].items() if name in schema["required"]}
    texts = {name: instance(part, schema) for name, part in members.items()} | {TEXT: ""}
    before, after = orjson.dumps(texts).decode().rsplit('""', 1)
    for number, token in enumerate(tokens_in_turn):
        opening, closing = number == 0, number == count - 1
        yield f'{before}"{token}' * opening + token * (not opening) + f'"{after}' * closing


def instance(schema: dict[str, Any], root: dict[str, Any]) -> Any:
    """The smallest value that a JSON Schema written by pydantic allows."""
    if "$ref" in schema:
        return instance(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    if several := next((key for key in ("anyOf", "allOf", "oneOf") if key in schema), ""):
        return instance(schema[several][0], root)
    if given := next((key for key in ("const", "default") if key in schema), ""):
        return schema[given]
    if "enum" in schema:
        return schema["enum"][0]
    of_type: dict[str, Callable[[], Any]] = {
        "object": lambda: {
            name: instance(schema["properties"][name], root) for name in schema.get("required", [])
        },
        "array": lambda: [instance(schema["items"], root)] * schema.get("minItems", 0),
        "string": lambda: "x" * max(1, schema.get("minLength", 1)),
        **dict.fromkeys(("integer", "number"), lambda: schema.get("minimum", 0)),
        "boolean": lambda: False,
    }
    return of_type.get(schema.get("type", ""), lambda: None)()


def speech_wav(script: Script, body: dict[str, Any]) -> bytes:
    """A tone as WAV: a fifth of a second for each character, unless the script says how long."""
    seconds = len(str(body.get("input", ""))) / 5 if script.sound_seconds is None else script.sound_seconds
    count = round(seconds * SOUND_RATE)
    heights = (round(8000 * math.sin(2 * math.pi * 220 * place / SOUND_RATE)) for place in range(count))
    written = io.BytesIO()
    with wave.open(written, "wb") as sound:
        sound.setparams((1, 2, SOUND_RATE, count, "NONE", ""))
        sound.writeframes(struct.pack(f"<{count}h", *heights))
    return written.getvalue()


def _cut(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


def _logprobs(script: Script, body: dict[str, Any], piece: str) -> bytes:
    """The chances belong to a token that is one of them."""
    if not (script.chances and body.get("logprobs")):
        return b""
    top = [{"token": token, "logprob": math.log(chance)} for token, chance in script.chances.items()]
    content = [{"token": piece, "logprob": 0.0, "top_logprobs": top}]
    return b',"logprobs":' + orjson.dumps({"content": content})


def _delta(field: str, text: str, more: bytes = b"") -> bytes:
    head = b'{"id":"scripted","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"%b":'
    return b"data: " + head % field.encode() + orjson.dumps(text) + b'}%b,"finish_reason":null}]}\n\n' % more
