"""The ready schemas of `schemas.toml`, and schemas that people type."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from domain.documents.key_fields.lines import squeezed
from llm_backend.unicode_forms import nfkc

PATH = Path(__file__).with_name("schemas.toml")


@dataclass(frozen=True)
class Field:
    """See the head of `schemas.toml`. `title`: by language."""

    name: str
    form: str = "text"
    labels: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    nth: int = 1
    title: Mapping[str, str] | None = None


@cache
def ready_schemas() -> Mapping[str, tuple[Field, ...]]:
    written = tomllib.loads(PATH.read_text(encoding="utf-8"))
    return {schema: tuple(_field(*each) for each in fields.items()) for schema, fields in written.items()}


def typed_schema(lines: Iterable[str]) -> tuple[Field, ...]:
    """Of lines “name: other words for it, another”: each is a label."""
    fields = {}
    for line in lines:
        name, _mark, rest = line.replace("：", ":", 1).partition(":")
        words = [name, *rest.replace("，", ",").replace("、", ",").split(",")]
        labels = tuple(dict.fromkeys(filter(None, (squeezed(nfkc(word))[0] for word in words))))
        if name.strip():
            fields[name.strip()] = Field(name.strip(), labels=labels)
    return tuple(fields.values())


def _field(name: str, written: Mapping[str, object]) -> Field:
    lists = {key: tuple(value) if isinstance(value, list) else value for key, value in written.items()}
    return Field(name, **lists)  # type: ignore[arg-type]
