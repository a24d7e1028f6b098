"""Tools that programs of an organisation may call: of packages installed beside the platform, and those that desks offer.

A package names a `Tool` as an entry point of the group `kongming.tools`. A desk registers a provider, in a module that the
frame imports (`desks.REGISTERING`), so that whoever calls a tool knows no desk.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from typing import Any
from uuid import UUID

from apps.accounts.actors import Actor
from apps.core.errors import Text
from apps.jobs.runs import JobRun
from domain.workflows.types import Record, Type

GROUP = "kongming.tools"


@dataclass(frozen=True)
class ToolContext:
    """`actor`: for whom, with what they may do today."""

    run: JobRun
    actor: Actor


@dataclass(frozen=True)
class Tool:
    """`run` takes the arguments by name, and a key, and gives the fields of `result`; it may raise ApplicationError.

    `permission`: of the person for whom it is called. `acts`: it changes something; the key is the same for each attempt at
    one act. `knows_key`: however often it is called with one key, it acts once. One that does not is called again only where
    a person says so. `label`: for people. `description`: by which a model chooses it; one without is called by apps alone.
    """

    name: str
    parameters: Mapping[str, Type]
    result: Record
    run: Callable[[ToolContext, Mapping[str, Any], str], Mapping[str, Any]]
    permission: str = ""
    acts: bool = False
    knows_key: bool = False
    label: Text = ""
    description: str = ""


Provider = Callable[[UUID], Iterable[Tool]]
_providers: list[Provider] = []


def register_provider(provider: Provider) -> Provider:
    """Of an organisation's tools, by its id."""
    _providers.append(provider)
    return provider


@cache
def _installed() -> Mapping[str, Tool]:
    found: dict[str, Tool] = {}
    for entry in entry_points(group=GROUP):
        tool = entry.load()
        if not isinstance(tool, Tool) or tool.name in found:
            raise TypeError(f"{entry.value} of {GROUP} is no Tool, or its name is taken")
        found[tool.name] = tool
    return found


def tools_for(actor: Actor) -> Iterator[Tool]:
    """Those that the actor may call, each name once."""
    found: dict[str, Tool] = {}
    for tool in _tools(actor.organisation.pk):
        found.setdefault(tool.name, tool)
    return (tool for tool in found.values() if not tool.permission or actor.may(tool.permission))


def find_tool(organisation_id: UUID, name: str) -> Tool | None:
    return next((tool for tool in _tools(organisation_id) if tool.name == name), None)


def _tools(organisation_id: UUID) -> Iterator[Tool]:
    """Those that are installed come before those of a desk, which are asked for only then."""
    yield from _installed().values()
    for provider in _providers:
        yield from provider(organisation_id)
