"""What a model is asked for about segments: a flat list of conditions, and a portrait."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

# Of words that code could not read, which are few.
MAX_CONDITIONS = 5
Operator = Literal["=", "!=", "<", "<=", ">", ">=", "contains", "in", "set", "within_days"]


class ProposedCondition(BaseModel):
    """`words` of the sentence that it comes from; `about`: an attribute's name; `values` as texts."""

    model_config = ConfigDict(extra="forbid")

    words: str = Field(max_length=100)
    about: str
    operator: Operator
    values: list[str] = Field(max_length=20)


class ProposedRule(BaseModel):
    """No conditions where the words ask for nothing that is known."""

    model_config = ConfigDict(extra="forbid")

    conditions: list[ProposedCondition] = Field(max_length=MAX_CONDITIONS)


class Portrait(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sentences: list[str] = Field(min_length=1, max_length=4)


def rule_schema(subjects: Sequence[str]) -> type[ProposedRule]:
    """With only the subjects that there are, so that a model names no other."""
    names: Any = Literal[tuple(subjects)]
    condition = create_model("KnownCondition", __base__=ProposedCondition, about=(names, ...))
    field: Any = (list[condition], Field(max_length=MAX_CONDITIONS))
    return create_model("KnownRule", __base__=ProposedRule, conditions=field)
