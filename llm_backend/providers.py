"""Presets of the servers and vendors that models are had from. `providers.toml` explains each field."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from llm_backend import errors

PRESETS = Path(__file__).with_name("providers.toml")
DEFAULT = "compatible"

Failure = Literal["unavailable", "overloaded", "key", "account", "content", "context"]
FAILURES: dict[str, type[errors.ModelError]] = {
    "unavailable": errors.ModelUnavailable,
    "overloaded": errors.ModelOverloaded,
    "key": errors.ModelRefusedKey,
    "account": errors.ModelAccountEmpty,
    "content": errors.ModelRefusedContent,
    "context": errors.ContextTooLong,
}
LENGTH_LIMITS = ("default", "minLength", "maxLength")
SCHEMA_IN_PROMPT = (
    "Answer with one JSON object and nothing else, no Markdown around it. It must follow this JSON Schema:\n"
)


class PresetsInvalid(ValueError):
    """The file of presets itself is wrong; the message names the preset and the field."""


class Provider(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    label: str
    url: str = ""
    models: tuple[str, ...] = ()
    key_name: str = "API key"
    structured_output: Literal["json_schema", "json_object", "none"] = "json_schema"
    is_strict_schema: bool = False
    token_limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"  # noqa: S105
    omits: tuple[Literal["temperature", "seed", "stop", "stream_options"], ...] = ()
    most_stops: int | None = None
    temperature: tuple[float, float] | None = None
    reasoning_fields: tuple[str, ...] = ("reasoning_content", "reasoning")
    reasoning_tag: str = "think"
    takes_input_type: bool = False
    has_metrics: bool = False
    tells_alternatives: bool = False
    failures: Mapping[Failure, tuple[str, ...]] = {}

    def failure(self, code: object) -> type[errors.ModelError] | None:
        """What an error code or a finish reason of this vendor means; None when it means nothing special."""
        for meaning, codes in self.failures.items():
            if str(code) in codes:
                return FAILURES[meaning]
        return None

    def adapt(self, body: dict[str, Any]) -> dict[str, Any]:
        """A request as OpenAI's API has it, with what this server wants otherwise changed."""
        body = {name: value for name, value in body.items() if name not in self.omits}
        if "max_tokens" in body:
            body[self.token_limit] = body.pop("max_tokens")
        if self.most_stops and "stop" in body:
            body["stop"] = body["stop"][: self.most_stops]
        if self.temperature and "temperature" in body:
            least, most = self.temperature
            body["temperature"] = min(max(body["temperature"], least), most)
        return self._with_constraint(body) if "response_format" in body else body

    def _with_constraint(self, body: dict[str, Any]) -> dict[str, Any]:
        constraint = body.pop("response_format")
        schema = constraint["json_schema"]["schema"]
        if self.structured_output == "json_schema":
            schema = strict(schema) if self.is_strict_schema else schema
            shape = {**constraint["json_schema"], "schema": schema}
            return {**body, "response_format": {"type": "json_schema", "json_schema": shape}}
        instruction = {"role": "system", "content": SCHEMA_IN_PROMPT + orjson.dumps(schema).decode()}
        # Some vendors take a system message in the first place only, so one that stands there is extended.
        first, *rest = body["messages"]
        if first["role"] == "system":
            instruction["content"] = f"{first['content']}\n\n{instruction['content']}"
            body["messages"] = [instruction, *rest]
        else:
            body["messages"] = [instruction, first, *rest]
        if self.structured_output == "json_object":
            body["response_format"] = {"type": "json_object"}
        return body


def strict(schema: Any) -> Any:
    """A JSON Schema for vendors that want every property required and know no defaults or lengths."""
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    strict_schema = {name: strict(part) for name, part in schema.items() if name not in LENGTH_LIMITS}
    if isinstance(schema.get("properties"), dict):
        strict_schema["properties"] = {name: strict(part) for name, part in schema["properties"].items()}
        strict_schema["required"] = list(strict_schema["properties"])
        strict_schema["additionalProperties"] = False
    return strict_schema


def preset(name: str) -> Provider:
    """Raises KeyError for a name that no preset has."""
    return presets()[name]


@cache
def presets(path: Path = PRESETS) -> dict[str, Provider]:
    """All presets by name, in the order of the file. Raises PresetsInvalid."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise PresetsInvalid(f"{path.name}: {error}") from error
    return {name: _preset(path, name, table) for name, table in tables.items()}


def _preset(path: Path, name: str, table: Any) -> Provider:
    try:
        return Provider.model_validate({**table, "name": name} if isinstance(table, dict) else table)
    except ValidationError as error:
        problem = error.errors()[0]
        field = ".".join(map(str, problem["loc"]))
        raise PresetsInvalid(f"{path.name}, preset {name}, {field}: {problem['msg']}") from error
