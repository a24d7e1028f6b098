"""Answers that follow a schema: the server is given the schema as a constraint, we check, and repair once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from llm_backend import chat, errors, patterns
from llm_backend.decoding import Token, share_of_no
from llm_backend.partial_json import GrowingText

Schema = TypeVar("Schema", bound=BaseModel)
# Behind a backslash that is escaped itself it is plain text.
_NUL_ESCAPE = patterns.compile(r"(\\\\)|\\u0000")
_BEFORE_VALUE = patterns.compile(r'"(\w+)"\s*:\s*"?$')
Complete = Callable[[chat.ChatRequest], chat.Completion]

REPAIR = (
    "Your answer is not valid:\n{problems}\n"
    "Write the whole JSON object again with these problems corrected. Write nothing else."
)


@dataclass(frozen=True)
class BinaryMember:
    """A member that is one of two words, and the chance of `no` from which on it counts as `no`.

    A small model writes the more likely word however unlikely it is; the chances tell its answers apart.
    """

    name: str
    yes: str
    no: str
    most_doubt: float


@dataclass(frozen=True)
class StreamedText:
    """The member of a schema that people read while it is being written; it comes last.

    `is_shown`: by the texts that come before it. `plain`: the other members, where a model wrote plain words.
    """

    name: str
    is_shown: Callable[[Mapping[str, str]], bool]
    plain: Mapping[str, Any]
    doubted: BinaryMember | None = None


@dataclass(frozen=True)
class Read(Generic[Schema]):
    """`doubt`: the chance of `no`, where the server told it."""

    value: Schema
    doubt: float | None = None


class Reading(Generic[Schema]):
    """Reads one answer that follows a schema while it is written. Cheap enough for every token."""

    def __init__(
        self, schema: type[Schema], shown_text: StreamedText, on_text: Callable[[str], None]
    ) -> None:
        self._schema, self._shown, self._on_text = schema, shown_text, on_text
        self._growing = GrowingText(shown_text.name)
        self._doubt = Doubt(shown_text.doubted) if shown_text.doubted else None

    def see(self, tokens: Sequence[Token]) -> None:
        if self._doubt:
            self._doubt.see(tokens)

    def take(self, text: str, _reasoning: str) -> None:
        """Raises Enough where the text begins and is not to be shown."""
        self._show(self._growing.feed(text))
        if self._growing.has_begun and not self._is_shown():
            raise chat.Enough

    def result(self, completion: chat.Completion) -> Read[Schema]:
        """Raises OutputInvalid. What was cut off at the limit counts as far as it was written."""
        self._show(self._growing.close())
        if self._growing.is_plain:
            # Thoughts that began without a tag looked like plain words; what comes behind them may be the object.
            self._growing = GrowingText(self._shown.name)
            self._growing.feed(completion.text)
            self._growing.close()
        try:
            members = self._members(completion.text)
            return Read(self._schema.model_validate(members), self._doubt.chance if self._doubt else None)
        except ValidationError as error:
            raise errors.OutputInvalid(_problems(error)) from error
        except ValueError as error:
            raise errors.OutputInvalid(str(error)) from error

    def _members(self, answer: str) -> dict[str, Any]:
        name = self._shown.name
        if self._growing.is_plain:
            return {**self._shown.plain, name: self._growing.text}
        members = from_json(json_text(answer), allow_partial="trailing-strings")
        if not isinstance(members, dict):
            raise errors.OutputInvalid("no JSON object")
        return {**members, name: self._growing.text, **self._doubts()}

    def _show(self, text: str) -> None:
        if text and self._is_shown():
            self._on_text(text)

    def _is_shown(self) -> bool:
        members = {**self._growing.members, **self._doubts()}
        return self._growing.is_plain or self._shown.is_shown(members)

    def _doubts(self) -> dict[str, str]:
        member, doubt = self._shown.doubted, self._doubt
        is_no = member and doubt and doubt.chance is not None and doubt.chance > member.most_doubt
        return {member.name: member.no} if member and is_no else {}


class Doubt:
    """How likely `no` was in the place where the member says one of its two words."""

    def __init__(self, member: BinaryMember) -> None:
        self.chance: float | None = None
        self._name, self._yes, self._no = member.name, member.yes, member.no
        self._written = ""

    def see(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            if self.chance is not None:
                return
            # Behind the colon a space or quotation mark may come as a token of its own; it has chances too.
            before = _BEFORE_VALUE.search(self._written) if self._is_one_of_both(token.text) else None
            if before and before[1] == self._name:
                self.chance = share_of_no(
                    token.chances, partial(self._begins, self._yes), partial(self._begins, self._no)
                )
            self._written += token.text

    def _is_one_of_both(self, token: str) -> bool:
        return self._begins(self._yes, token) or self._begins(self._no, token)

    @staticmethod
    def _begins(word: str, token: str) -> bool:
        """A word may be cut into several tokens; the first one decides."""
        plain = token.strip(' "').lower()
        return bool(plain) and word.startswith(plain)


def extract(complete: Complete, request: chat.ChatRequest, schema: type[Schema]) -> Schema:
    """Calls `complete` once, or twice when the first answer has to be repaired. Raises OutputInvalid where the second
    one does not fit either.
    """
    request = replace(request, json_schema=schema.model_json_schema())
    first = complete(request)
    try:
        return schema.model_validate_json(json_text(first.text))
    except ValidationError as error:
        second = complete(repair_request(request, first, error))
    try:
        return schema.model_validate_json(json_text(second.text))
    except ValidationError as error:
        raise errors.OutputInvalid(_problems(error)) from error


def json_text(answer: str) -> str:
    """Servers that do not know the constraint often put the object into a Markdown code fence. Without the escape of the
    character that no column holds.
    """
    answer = answer.strip()
    if answer.startswith("```"):
        answer = answer.partition("\n")[2].rpartition("```")[0]
    return _NUL_ESCAPE.sub(lambda found: found[1] or "", answer)


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
