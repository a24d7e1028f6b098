"""Answers that follow a schema: the server is given the schema as a constraint, we check, and repair once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from llm_backend import chat, errors
from llm_backend.growing_json import GrowingText

Schema = TypeVar("Schema", bound=BaseModel)
Complete = Callable[[chat.ChatRequest], chat.Completion]

REPAIR = (
    "Your answer is not valid:\n{problems}\n"
    "Write the whole JSON object again with these problems corrected. Write nothing else."
)


@dataclass(frozen=True)
class ShownText:
    """The member of a schema that people read while it is being written.

    `is_shown`: by the texts that come before it. `plain`: the other members, where a model wrote plain words.
    """

    name: str
    is_shown: Callable[[Mapping[str, str]], bool]
    plain: Mapping[str, Any]


class Reading(Generic[Schema]):
    """Reads one answer that follows a schema while it is written. `take` is cheap enough for every token."""

    def __init__(self, schema: type[Schema], shown: ShownText, on_text: Callable[[str], None]) -> None:
        self._schema, self._shown, self._on_text = schema, shown, on_text
        self._growing = GrowingText(shown.name)

    def take(self, text: str, _reasoning: str) -> None:
        self._show(self._growing.feed(text))

    def result(self, completion: chat.Completion) -> Schema:
        """Raises OutputInvalid. What was cut off at the limit counts as far as it was written."""
        self._show(self._growing.close())
        growing = self._growing
        if growing.is_plain:
            return self._schema.model_validate({**self._shown.plain, self._shown.name: growing.text})
        try:
            return self._schema.model_validate_json(json_text(completion.text))
        except ValidationError as error:
            return self._as_far_as_written(error)

    def _as_far_as_written(self, error: ValidationError) -> Schema:
        written = {**self._growing.members, self._shown.name: self._growing.text}
        try:
            return self._schema.model_validate(written)
        except ValidationError:
            raise errors.OutputInvalid(_problems(error)) from error

    def _show(self, text: str) -> None:
        if text and (self._growing.is_plain or self._shown.is_shown(self._growing.members)):
            self._on_text(text)


def extract(complete: Complete, request: chat.ChatRequest, schema: type[Schema]) -> Schema:
    """Calls `complete` once, or twice when the first answer has to be repaired."""
    request = replace(request, json_schema=schema.model_json_schema())
    first = complete(request)
    try:
        return schema.model_validate_json(json_text(first.text))
    except ValidationError as error:
        repaired = complete(repair_request(request, first, error))
    try:
        return schema.model_validate_json(json_text(repaired.text))
    except ValidationError as error:
        raise errors.OutputInvalid(_problems(error)) from error


def json_text(answer: str) -> str:
    """Servers that do not know the constraint often put the object into a Markdown code fence."""
    answer = answer.strip()
    if answer.startswith("```"):
        answer = answer.partition("\n")[2].rpartition("```")[0]
    return answer


def repair_request(
    request: chat.ChatRequest, answer: chat.Completion, error: ValidationError
) -> chat.ChatRequest:
    repair: list[chat.Message] = [
        {"role": "assistant", "content": answer.text[:8000]},
        {"role": "user", "content": REPAIR.format(problems=_problems(error))},
    ]
    return replace(request, messages=[*request.messages, *repair])


def _problems(error: ValidationError) -> str:
    return "\n".join(
        f"- {'.'.join(map(str, problem['loc'])) or 'answer'}: {problem['msg']}"
        for problem in error.errors()[:10]
    )
