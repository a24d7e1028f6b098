"""Answers that follow a schema: the server is given the schema as a constraint, we check, and repair once. One text of them
is read while a model still writes the object.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from llm_backend import chat, errors, patterns
from llm_backend.decoding import Token, share_of_no

Schema = TypeVar("Schema", bound=BaseModel)
# Behind a backslash that is escaped itself it is plain text.
_NUL_ESCAPE = patterns.compile(r"(\\\\)|\\u0000")
_BEFORE_VALUE = patterns.compile(r'"(\w+)"\s*:\s*"?$')
_FENCE = patterns.compile(r"```\w*[ \t]*\n")
_WHOLE = patterns.compile(r'(?:[^"\\]|\\(?:u[0-9a-fA-F]{4}|[^u]))*')
_HALF_PAIR = patterns.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}$")
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


class GrowingText:
    """Feed it what arrives, in any cut; each time it answers what is new of the member called `name`, and reads no piece
    twice. A model that ignores the schema and writes plain words is understood too: all of it is the text then.

    `members`: the other texts of the object that are complete so far. `is_plain`: it is no object at all.
    """

    def __init__(self, name: str) -> None:
        self.members: dict[str, str] = {}
        self.is_plain = False
        self._pieces: list[str] = []
        self._name = name
        self._lead: str | None = ""
        self._scan = _Scan()
        self._held: str | None = None
        self._is_over = False

    def feed(self, piece: str) -> str:
        if self._lead is not None:
            piece = self._after_lead(piece)
        if self.is_plain:
            new = piece
        elif self._held is None:
            new = self._search(piece)
        else:
            new = self._decode(piece)
        if new:
            self._pieces.append(new)
        return new

    def close(self) -> str:
        """What was held back for a beginning that never came."""
        rest, self._lead = self._lead, None
        if not rest:
            return ""
        self.is_plain = True
        self._pieces.append(rest)
        return rest

    @property
    def has_begun(self) -> bool:
        """The text is reached, and so all that comes before it is known."""
        return self.is_plain or self._held is not None

    @property
    def text(self) -> str:
        return "".join(self._pieces)

    def _after_lead(self, piece: str) -> str:
        """Objects may stand in a Markdown code fence. Until it is clear what comes, everything is held back."""
        lead = f"{self._lead}{piece}".lstrip()
        if fence := _FENCE.match(lead):
            lead = lead[fence.end() :].lstrip()
        elif lead.startswith("`") and "\n" not in lead:
            self._lead = lead
            return ""
        if not lead:
            self._lead = lead
            return ""
        self._lead = None
        self.is_plain = not lead.startswith("{")
        return lead

    def _search(self, piece: str) -> str:
        start = self._scan.begin_of(self._name, piece, self.members)
        if start is None:
            return ""
        self._held = ""
        return self._decode(piece[start:])

    def _decode(self, piece: str) -> str:
        """Up to the closing quotation mark; an escape that is not complete yet waits for the rest."""
        if self._is_over or self._held is None:
            return ""
        piece = self._held + piece
        whole = _WHOLE.match(piece)
        end = whole.end() if whole else 0
        self._is_over = piece[end : end + 1] == '"'
        if not self._is_over and (half := _HALF_PAIR.search(piece, 0, end)):
            end = half.start()
        self._held = piece[end:]
        # No column holds a NUL, and no reader sees it.
        return str(json.loads(f'"{piece[:end]}"', strict=False)).replace("\0", "")


class _Scan:
    """Where in an object we are, by brackets and quotation marks. Reads what comes before the text sought."""

    def __init__(self) -> None:
        self._depth = 0
        self._key, self._string = "", ""
        self._is_inside, self._is_escaped = False, False

    def begin_of(self, name: str, piece: str, members: dict[str, str]) -> int | None:
        """The place where the member's text begins in this piece; complete texts before it go into `members`."""
        for place, character in enumerate(piece):
            if self._is_inside:
                self._read_string(character, members)
            elif character == '"':
                if self._depth == 1 and self._key == name:
                    return place + 1
                self._is_inside, self._string = True, ""
            else:
                self._read_mark(character)
        return None

    def _read_string(self, character: str, members: dict[str, str]) -> None:
        if self._is_escaped or character == "\\":
            self._is_escaped = not self._is_escaped
        elif character == '"':
            self._is_inside = False
            if self._key and self._depth == 1:
                members[self._key] = self._string
            return
        self._string += character

    def _read_mark(self, character: str) -> None:
        if character in "{[":
            self._depth += 1
        elif character in "}]":
            self._depth -= 1
        elif self._depth == 1 and character == ":":
            self._key = self._string
        elif self._depth == 1 and character == ",":
            self._key = ""
