"""A long text with a fact somewhere in it, always the same for the same fact, size and depth."""

import random
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from llm_backend.sentences import is_chinese
from llm_backend.tokens import count_tokens


def hidden(fact: str, *, tokens: int, depth: int) -> str:
    """About so many tokens, in the fact's language. `depth`: how much of the text stands before the fact, in per cent."""
    words, choice = _words()["zh" if is_chinese(fact) else "en"], random.Random(fact)  # noqa: S311  nothing secret
    sentences: list[str] = []
    left = tokens - count_tokens(fact)
    while left > 0:
        names = {name: choice.choice(words[name]) for name in ("who", "what", "where", "day")}
        sentences.append(choice.choice(words["sentences"]).format(count=choice.randint(2, 99), **names))
        left -= count_tokens(sentences[-1])
    sentences.insert(len(sentences) * depth // 100, fact.strip() + " ")
    return "".join(sentences)


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads((files("domain.exams") / "haystack.toml").read_text(encoding="utf-8"))
