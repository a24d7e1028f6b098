from pydantic import BaseModel, ConfigDict, Field


class Portrait(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sentences: list[str] = Field(min_length=1, max_length=4)
