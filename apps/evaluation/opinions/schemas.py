from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class JudgesOpinion(BaseModel):
    """The reason comes first: what is written before the choice is what it is made of."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(max_length=2000)
    better: Literal["first", "second", "neither"]
