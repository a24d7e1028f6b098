"""Questions that are made, not copied: sentences of `ready/` filled with words by a seed, the same ones everywhere."""

import random
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = {"en": "English", "zh": "Chinese"}
PER_LANGUAGE = 20
# Words that were drawn before make no new question.
MAX_DRAWS = 400


def ready_questions(kind: str) -> list[dict[str, Any]]:
    """By the names of the form's fields; none of a kind without such sentences."""
    return [question for language in _sentences(kind).get("words", ()) for question in _made(kind, language)]


def _made(kind: str, language: str) -> list[dict[str, Any]]:
    sentences, words = _sentences(kind)[language], _sentences(kind)["words"][language]
    choice = random.Random(f"{kind} {language}")  # noqa: S311  nothing secret
    made: dict[str, dict[str, Any]] = {}
    for draw in range(MAX_DRAWS):
        slots = {name: choice.choice(values) for name, values in words.items()}
        question = {name: _filled(value, slots) for name, value in sentences[draw % len(sentences)].items()}
        made.setdefault(question["text"], {"language": LANGUAGES[language], **question})
        if len(made) == PER_LANGUAGE:
            break
    return list(made.values())


def _filled(value: Any, slots: Mapping[str, str]) -> Any:
    return [each.format_map(slots) for each in value] if isinstance(value, list) else value.format_map(slots)


@cache
def _sentences(kind: str) -> dict[str, Any]:
    path = files("domain.exams") / "ready" / f"{kind}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
