"""What a model answers that was asked for an incident's cause."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class CitedSentence(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=400)
    records: list[int] = Field(max_length=12)


class CauseExplanation(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sentences: list[CitedSentence] = Field(max_length=6)
    next_steps: list[Annotated[str, Field(max_length=300)]] = Field(max_length=4)
