"""What desks offer to the chats of staff: programs that answer in a chat, and ways to take a whole chat over.

Each stands in the desk's `chat_tools.py`, which the frame finds by its name:

    register_tool(ChatTool("invoices", "invoices.use", offers, start, result))
    register_receiver(ChatReceiver("invoices", "reminder", _("Write a reminder"), "mail", "invoices.use", take))
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from apps.accounts import switches
from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.core.errors import NotFound, Text
from apps.jobs.models import Job
from apps.jobs.runs import JobRun
from domain.workflows import types, value_texts
from domain.workflows.types import Choice, Record


@dataclass(frozen=True)
class ToolResult:
    """`url`: the desk's own page of it. `text` is empty while there is none. `documents`: ids of those that it rests on."""

    text: str
    url: str
    documents: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ToolOffer:
    """What may answer in a chat. `name` is the desk's own. `parameters`: what a model fills in that chooses it; a desk's
    without any is left to people. `call` does it within a run, for whoever asked for that. `acts`: it changes something.
    `is_once`: however often it is called under one key.
    """

    name: str
    label: str
    description: str
    parameters: Record
    call: Callable[[JobRun, Mapping[str, Any], UUID], ToolResult]
    acts: bool = False
    is_once: bool = True

    @property
    def arguments(self) -> dict[str, str]:
        """For the model: the type or the choices, and what belongs there."""
        return {
            name: f"{', '.join(port.options) if isinstance(port, Choice) else types.name_of(port)}: "
            f"{port.help.in_language('en') or port.title.in_language('en')}".removesuffix(": ")
            for name, port in self.parameters.fields.items()
        }

    def told(self, given: Mapping[str, Any], language: str) -> list[list[str]]:
        """Each value as people read it, under its title."""
        return [
            [types.label_of(name, port, language), value_texts.text_of(port, given[name], language)]
            for name, port in self.parameters.fields.items()
            if given[name] not in (None, "", [])
        ]


@dataclass(frozen=True)
class StartedTool:
    """The job's events are what the chat follows; `row_id` finds the result."""

    row_id: UUID
    label: str
    job: Job


@dataclass(frozen=True)
class ChatTool:
    """What a desk offers that a text alone starts. `start` checks by itself what the actor may; `result` is None of what is
    gone.
    """

    desk: str
    permission: str
    offers: Callable[[Actor], Sequence[ToolOffer]]
    start: Callable[[Actor, str, str], StartedTool]
    result: Callable[[Organisation, UUID], ToolResult | None]


@dataclass(frozen=True)
class HandedChat:
    """What is taken over: (who wrote it, the text) in order, of the branch that was open."""

    title: str
    messages: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class ChatReceiver:
    """Makes something of a desk from a chat: `take` answers the address of what was made, or raises as services do."""

    desk: str
    name: str
    label: Text
    icon: str
    permission: str
    take: Callable[[Actor, HandedChat], str]


_tools: dict[str, ChatTool] = {}
_receivers: dict[str, ChatReceiver] = {}


def register_tool(tool: ChatTool) -> None:
    _tools[tool.desk] = tool


def register_receiver(receiver: ChatReceiver) -> None:
    _receivers[f"{receiver.desk}.{receiver.name}"] = receiver


def offers_for(actor: Actor) -> Iterator[ToolOffer]:
    """What the actor may start, each under the name that `start` takes."""
    for tool in _tools.values():
        if _may(actor, tool):
            for offer in tool.offers(actor):
                yield replace(offer, name=f"{tool.desk}.{offer.name}")


def start(actor: Actor, name: str, text: str) -> tuple[str, StartedTool]:
    """Starts an offered program; answers its desk beside it. Raises NotFound, and what the desk's service raises."""
    desk, _, own_name = name.partition(".")
    tool = _tools.get(desk)
    if tool is None or not _may(actor, tool):
        raise NotFound
    return desk, tool.start(actor, own_name, text)


def result_of(organisation: Organisation, desk: str, row_id: UUID) -> ToolResult | None:
    """What became of a program that was started; None where it, or its desk, is gone."""
    tool = _tools.get(desk)
    return tool.result(organisation, row_id) if tool else None


def receivers_for(member: Actor) -> list[tuple[str, ChatReceiver]]:
    """What a member may take a chat over as, by the names that `receiver` takes."""
    return [(name, each) for name, each in _receivers.items() if _may(member, each)]


def receiver(actor: Actor, name: str) -> ChatReceiver:
    """Raises NotFound, also for one that the actor may not use."""
    found = dict(receivers_for(actor)).get(name)
    if found is None:
        raise NotFound
    return found


def _may(actor: Actor, each: ChatTool | ChatReceiver) -> bool:
    return actor.may(each.permission) and switches.is_on(actor.organisation.pk, each.desk)
