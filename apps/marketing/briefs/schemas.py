"""What a model is asked for about a brief."""

from pydantic import BaseModel, ConfigDict, Field


class ProposedFact(BaseModel):
    """`sentence`: the number of the one that says it."""

    model_config = ConfigDict(extra="forbid")

    sentence: int
    name: str = Field(max_length=80)
    value: str = Field(max_length=300)


class ProposedFacts(BaseModel):
    model_config = ConfigDict(extra="forbid")

    facts: list[ProposedFact] = Field(max_length=40)


class Voice(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sentences: list[str] = Field(min_length=1, max_length=6)
