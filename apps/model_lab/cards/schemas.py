"""What is published of models, one file for each family in `card_files`; every cell names its source and its day."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

from llm_backend.capacity.architecture import Architecture, bundled_architecture
from llm_backend.capacity.cache import used_cache
from llm_backend.capacity.formats import CacheFormat
from llm_backend.capacity.memory import Deployment
from llm_backend.capacity.parameters import count_parameters
from llm_backend.capacity.plan import smallest_number_of_gpus

FILES = Path(__file__).with_name("card_files")
# What the smallest set of GPUs is counted in, and for: one conversation of so many tokens.
GPU_GIB, CONTEXT_TOKENS = 80, 8192

Topic = Literal[
    "architecture",
    "training_data",
    "training_cost",
    "speed",
    "licence",
    "languages",
    "reasoning",
    "long_text",
    "hardware",
]
# Exam scores are in per cent.
Measure = Literal[
    "total_parameters", "active_parameters", "context_tokens", "mmlu", "cmmlu", "ceval", "gsm8k", "humaneval"
]


class Source(BaseModel):
    """`source`: the page that says it. `on`: the day of that page, or the day when it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str = Field(pattern=r"^https://")
    on: date

    @property
    def host(self) -> str:
        return str(urlsplit(self.source).hostname)


class Words(Source):
    en: str = Field(min_length=1, max_length=400)
    zh: str = Field(min_length=1, max_length=300)


class Number(Source):
    """`note`: how it was measured, such as `5-shot`. `note_zh`: the same in Chinese, where it has words of a language."""

    value: float = Field(ge=0)
    note: str = Field("", max_length=60)
    note_zh: str = Field("", max_length=60)


class Card(BaseModel):
    """`follows`: the model of its family that it came after. `config`: its name among the planner's configurations."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    released: date
    follows: str = ""
    weights: Literal["open", "restricted", "closed"]
    config: str = ""
    words: Mapping[Topic, Words]
    numbers: Mapping[Measure, Number] = {}

    @cached_property
    def arithmetic(self) -> "Arithmetic | None":
        """None of a model whose configuration is not public."""
        return arithmetic(bundled_architecture(self.config)) if self.config else None


class Family(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    family: str
    maker_en: str
    maker_zh: str
    models: tuple[Card, ...]


@dataclass(frozen=True)
class Arithmetic:
    """What the planner counts from a configuration: parameters, bytes of KV cache a token in 16 bits, and how many GPUs of
    `GPU_GIB` hold the published weights and one conversation.
    """

    total: int
    active: int
    cache_bytes: int
    gpus: int | None


def arithmetic(model: Architecture) -> Arithmetic:
    count = count_parameters(model)
    cached = used_cache(model, mla=True).bytes(model.num_hidden_layers, CacheFormat.BF16)
    setting = Deployment(gpu_memory=GPU_GIB, context=CONTEXT_TOKENS)
    return Arithmetic(count.total, count.active, cached, smallest_number_of_gpus(model, setting))


@cache
def families() -> tuple[Family, ...]:
    """Raises pydantic's ValidationError for a file that is wrong, which a test finds first."""
    return tuple(
        Family.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        for path in sorted(FILES.glob("*.toml"))
    )
