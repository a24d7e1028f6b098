"""What a model answers that was asked which filter a question means: every part with the words that it stands for."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from domain.logs.questions.time_words import TimeWords

_WORDS = Field(min_length=1, max_length=100)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")

    words: str = _WORDS


class ServiceWords(_Part):
    service: str


class TextWords(_Part):
    text: str = Field(min_length=2, max_length=200)


class QuestionAnswer(BaseModel):
    model_config = ConfigDict(extra="forbid")

    services: list[ServiceWords] = Field(default_factory=list, max_length=5)
    texts: list[TextWords] = Field(default_factory=list, max_length=3)
    time: TimeWords | None = None


def answer_schema(services: Sequence[str]) -> type[QuestionAnswer]:
    """The schema of an answer that can name only the services that there are."""
    if not services:
        return QuestionAnswer
    names: Any = Literal[tuple(services)]
    words_model = create_model("KnownServiceWords", __base__=ServiceWords, service=(names, ...))
    field: Any = (list[words_model], Field(default_factory=list, max_length=5))
    return create_model("KnownQuestionAnswer", __base__=QuestionAnswer, services=field)
