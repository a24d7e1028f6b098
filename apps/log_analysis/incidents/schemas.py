"""What a model answers that was asked for an incident's cause."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class CitedSentence(BaseModel):
    model_config = ConfigDict(extra="forbid")

    # First which record, then what it says: a model that writes in this order looks before it claims.
    records: list[int] = Field(max_length=12)
    text: str = Field(min_length=1, max_length=400)


class CauseExplanation(BaseModel):
    model_config = ConfigDict(extra="forbid")

    # The number of the record that tells the cause; 0 where none does. It is quoted, so it cannot be told wrongly.
    cause: int
    sentences: list[CitedSentence] = Field(max_length=6)
    next_steps: list[Annotated[str, Field(max_length=300)]] = Field(max_length=4)
