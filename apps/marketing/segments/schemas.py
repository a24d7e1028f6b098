"""What a model is asked for about segments: a flat list of conditions, and a portrait."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

Operator = Literal["=", "!=", "<", "<=", ">", ">=", "contains", "in", "set", "within_days"]


class ProposedCondition(BaseModel):
    """`words`: of the sentence, letter for letter, that it stands for. `about`: an attribute's name, or what somebody did,
    or a channel they agreed to; `values` as texts.
    """

    model_config = ConfigDict(extra="forbid")

    words: str = Field(max_length=100)
    about: str
    operator: Operator
    values: list[str] = Field(max_length=20)
    is_not: bool


class ProposedRule(BaseModel):
    """`match`: whether all conditions have to hold, or any of them. None where the words ask for nothing that is known.

    `left_out`: words of the sentence that no condition says.
    """

    model_config = ConfigDict(extra="forbid")

    match: Literal["all", "any"]
    conditions: list[ProposedCondition] = Field(max_length=10)
    left_out: list[str] = Field(max_length=5)


def rule_schema(subjects: Sequence[str]) -> type[ProposedRule]:
    """The schema of a rule with only the subjects that there are, so that a model names no other."""
    names: Any = Literal[tuple(subjects)]
    condition = create_model("KnownCondition", __base__=ProposedCondition, about=(names, ...))
    field: Any = (list[condition], Field(max_length=10))
    return create_model("KnownRule", __base__=ProposedRule, conditions=field)
