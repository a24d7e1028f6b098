"""Answers that follow a schema: the server is given the schema as a constraint, we check, and repair once."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from llm_backend import chat, errors

Schema = TypeVar("Schema", bound=BaseModel)
Complete = Callable[[chat.ChatRequest], chat.Completion]

REPAIR = (
    "Your answer is not valid:\n{problems}\n"
    "Write the whole JSON object again with these problems corrected. Write nothing else."
)


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
