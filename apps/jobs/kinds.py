"""The kinds of work there are. Each desk registers its own; the name is also the Celery task's name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.accounts.actors import Actor
from apps.core.errors import Text

_registered: dict[str, "Kind"] = {}


@dataclass(frozen=True)
class Kind:
    """`is_repeatable`: doing it again with the same inputs makes sense, so it may be put on a schedule.

    `stages`: what people read for the stages that a run reports.
    `is_announced_by_desk`: the start page learns of failures from the desk, in its own words.
    `may_follow`: who may read its events, told from the job's inputs, where they say more than how far it is.
    """

    name: str
    queue: str
    label: Text
    max_attempts: int = 3
    is_repeatable: bool = False
    is_announced_by_desk: bool = False
    stages: Mapping[str, Text] = field(default_factory=dict)
    may_follow: Callable[[Actor, Mapping[str, Any]], bool] | None = None


def register(kind: Kind) -> Kind:
    _registered[kind.name] = kind
    return kind


def named(name: str) -> Kind:
    """Raises KeyError for a kind that no installed desk registered."""
    return _registered[name]


def label_of(name: str) -> str:
    """For people; the bare name where the desk is not installed any more."""
    kind = _registered.get(name)
    return str(kind.label) if kind else name


def stages_of(name: str) -> dict[str, str]:
    """Labels of a kind's stages; a stage without one shows its bare name."""
    kind = _registered.get(name)
    return {stage: str(label) for stage, label in kind.stages.items()} if kind else {}


def may_follow(name: str, actor: Actor, inputs: Mapping[str, Any]) -> bool:
    kind = _registered.get(name)
    return kind is None or kind.may_follow is None or kind.may_follow(actor, inputs)


def is_repeatable(name: str) -> bool:
    kind = _registered.get(name)
    return kind is not None and kind.is_repeatable


def announced_by_desks() -> list[str]:
    return [kind.name for kind in _registered.values() if kind.is_announced_by_desk]


def all_kinds() -> list[Kind]:
    return list(_registered.values())


def used_queues() -> set[str]:
    return {kind.queue for kind in _registered.values()}
