"""Lookups in other systems: HTTP tools that an administrator described, called by the model, cited like a passage."""

from collections.abc import Mapping
from dataclasses import dataclass

from apps.customer_service.conversations.selectors import Exchange
from apps.customer_service.models import Channel, LookupTool
from apps.jobs.runs import JobRun


@dataclass(frozen=True)
class LookedUp:
    """What a tool answered, as the text that an answer may be written from and cite.

    `missing`: the argument that the visitor has not given (yet); then nothing was sent.
    """

    tool: LookupTool
    text: str
    is_failed: bool = False
    missing: str = ""


def tools_of(channel: Channel) -> list[LookupTool]:
    """Those that the assistant may call."""
    return []


def look_up(run: JobRun, exchange: Exchange, tool: LookupTool, arguments: Mapping[str, str]) -> LookedUp:
    """Never raises for a fault of the other system: `is_failed`, and a row that says why."""
    raise NotImplementedError
