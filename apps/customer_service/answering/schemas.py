"""What the model may do with a question, as the schema that its answer follows.

First whether the passages hold what is asked, then the action: both decide whether anybody sees the text.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from apps.answering import messages
from apps.customer_service.tools.models import LookupTool
from apps.inference import services as inference

ANSWER, CLARIFY, NOT_FOUND, HANDOFF, LOOKUP = "answer", "clarify", "not_found", "handoff", "lookup"
# Not yes and no: where the passages say “no”, a small model wrote that they say nothing.
FOUND, MISSING = "found", "missing"
# Above this chance that the passages do not state it, the answer is “not found”: `docs/decisions/answering.md`.
# A fact stands there or not; whether something may be done is concluded from what stands there, with more doubt.
MAX_DOUBT_OF_FACTS = {messages.CHINESE: 0.25, messages.ENGLISH: 0.22}
MAX_DOUBT = 0.35
# Where the model is shown no examples it is less sure of everything.
MAX_DOUBT_WITHOUT_EXAMPLES = 0.43
# A pydantic class is slow to make. There is one for each set of tools that organisations have.
KEPT_SCHEMAS = 200

# Of a tool: its name and the names of its parameters.
ToolShape = tuple[str, tuple[str, ...]]


class Reply(BaseModel):
    model_config = ConfigDict(extra="forbid")

    answer: Literal["found", "missing"]
    action: str
    text: str


class Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ToolReply(BaseModel):
    """Where the model may also look something up."""

    model_config = ConfigDict(extra="forbid")

    answer: Literal["found", "missing"]
    action: str
    tool: str | None = None
    arguments: Arguments | None = None
    text: str = ""

    @property
    def given(self) -> dict[str, str]:
        """The arguments that have a value, by the names that the tool knows."""
        arguments = self.arguments.model_dump(by_alias=True) if self.arguments else {}
        return {name: value.strip() for name, value in arguments.items() if value.strip()}


def is_shown(before: Mapping[str, str]) -> bool:
    """Whether the visitor sees the text. `before`: the fields that the model wrote before it."""
    return before.get("action") == CLARIFY or (
        before.get("action") == ANSWER and before.get("answer") != MISSING
    )


def streamed_text(question: str, *, has_examples: bool) -> inference.StreamedText:
    doubted = inference.BinaryMember(
        "answer", FOUND, MISSING, _most_doubt(question, has_examples=has_examples)
    )
    return inference.StreamedText("text", is_shown, {"answer": FOUND, "action": ANSWER}, doubted)


def _most_doubt(question: str, *, has_examples: bool) -> float:
    if not has_examples:
        return MAX_DOUBT_WITHOUT_EXAMPLES
    if not messages.asks_for_a_fact(question):
        return MAX_DOUBT
    return MAX_DOUBT_OF_FACTS[messages.language_of(question, otherwise=messages.ENGLISH)]


def reply_schema(*, may_clarify: bool, tools: Sequence[LookupTool]) -> type[Reply] | type[ToolReply]:
    """What the model must answer with. It may ask back only where `may_clarify`, and look something up only where there
    are tools.
    """
    shapes = tuple((tool.name, tuple(each["name"] for each in tool.parameters)) for tool in tools)
    return _schema(may_clarify, shapes)


@lru_cache(maxsize=KEPT_SCHEMAS)
def _schema(may_clarify: bool, tools: tuple[ToolShape, ...]) -> type[Reply] | type[ToolReply]:
    if not tools:
        return create_model("Reply", __base__=Reply, action=(_actions(may_clarify), ...))
    names: Any = Literal[tuple(name for name, _ in tools)]
    arguments: Any = _arguments(tools) | None
    return create_model(
        "Reply",
        __base__=ToolReply,
        action=(_actions(may_clarify, LOOKUP), ...),
        tool=(names | None, None),
        arguments=(arguments, None),
    )


def _actions(may_clarify: bool, *more: str) -> Any:
    return Literal[(ANSWER, NOT_FOUND, HANDOFF, *((CLARIFY,) * may_clarify), *more)]


def _arguments(tools: Sequence[ToolShape]) -> type[Arguments]:
    """All texts, none required: the model shall write only what the visitor said."""
    parameters = dict.fromkeys(name for _, names in tools for name in names)
    fields: dict[str, Any] = {
        f"argument_{number}": (str, Field(default="", alias=name)) for number, name in enumerate(parameters)
    }
    return create_model("Arguments", __base__=Arguments, **fields)
