"""Functions that a step `compute` may call: those of the platform, and those of packages installed beside it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules
from typing import Any

from domain.workflows.types import Record, Type

GROUP = "kongming.functions"
# Each module of this package says which functions it has, in `FUNCTIONS`.
HOME = "domain.app_functions"


@dataclass(frozen=True)
class Function:
    """`run` takes the parameters by their names and gives the fields of `result`. It stands in a module, as it runs in a
    child process that is stopped after `seconds`.

    `embeds`: parameters, lists of texts, of which it takes the embeddings too: of `texts` as `texts_vectors`, a row each.
    """

    name: str
    parameters: Mapping[str, Type]
    result: Record
    run: Callable[..., Mapping[str, Any]]
    seconds: float = 3.0
    embeds: tuple[str, ...] = ()


@cache
def all_functions() -> Mapping[str, Function]:
    """By name. Two of one name are a mistake of whoever installed them."""
    found: dict[str, Function] = {}
    # An entry point of the group names a `Function`.
    installed = ((entry.value, entry.load()) for entry in entry_points(group=GROUP))
    for place, function in (*_own_functions(), *installed):
        if not isinstance(function, Function) or function.name in found:
            raise TypeError(f"{place} names what is no Function, or its name is taken")
        found[function.name] = function
    return found


def _own_functions() -> Iterator[tuple[str, Any]]:
    for module in iter_modules(import_module(HOME).__path__, f"{HOME}."):
        for function in getattr(import_module(module.name), "FUNCTIONS", ()):
            yield module.name, function
