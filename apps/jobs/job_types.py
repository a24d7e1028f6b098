"""The kinds of work there are. Each stands, as one statement, above the service that asks for it.

READ_PAGE = JobType(
    "invoices.read_page",
    queue="batch",
    label=_("Read a page"),
    may_see=holders_of("invoices.use"),
    subject=of_rows(Page.objects.within),
)

@READ_PAGE.service
def read_page(run: JobRun, *, page_id: UUID) -> dict[str, Any]: ...
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from apps.accounts.actors import Actor
from apps.accounts.permissions import AREAS
from apps.core import desks
from apps.core.errors import Text
from apps.core.models import snake_name
from apps.jobs.subjects import Resolver

Work = Callable[..., dict[str, Any]]
Service = TypeVar("Service", bound=Work)

# What the menu calls the parts of the frame that have jobs.
FRAME_AREAS = {"speech": "recordings", "dashboards": "analytics", "evaluation": "inference"}
_registered: dict[str, "JobType"] = {}
_services: dict[str, Work] = {}

# The jobs of a kind that the actor reaches, as a condition on the row: `Q()` means all of them, None means none.
Rule = Callable[[Actor], Q | None]


def holders_of(permission: str) -> Rule:
    """Everybody with the permission reaches all jobs of the kind."""
    return lambda actor: Q() if actor.may(permission) else None


def holders_of_rows(permission: str, rows: Callable[[Actor], QuerySet[Any]]) -> Rule:
    """Of the jobs about these rows, everybody with the permission reaches those about what `rows` shows them."""

    def rule(actor: Actor) -> Q | None:
        if not actor.may(permission):
            return None
        shown = rows(actor).order_by()
        named = Concat(
            Value(f"{snake_name(shown.model)}:"), Cast(F("pk"), CharField()), output_field=CharField()
        )
        return Q(subject__in=shown.annotate(subject=named).values("subject"))

    return rule


def nobody(actor: Actor) -> Q | None:
    return None


@dataclass(frozen=True)
class JobType:
    """A kind of job, known once it is made.

    `is_repeatable`: doing it again with the same inputs makes sense, so it may be put on a schedule.

    `stages`: what people read for the stages that a run reports.
    `is_announced_by_desk`: the start page learns of failures from the desk, in its own words.
    `may_see`: whose are its inputs, its result, its events and its deliveries; until a kind says so, nobody's.
    `may_cancel`: who of them may also stop it, run it again and put it on a schedule; all, unless it says so.
    `subject`: what it is about, for people.
    `is_free`: quotas are not asked.
    `is_sealed`: its events say what lies sealed in the database, so they pass through Redis sealed. Inputs and result
    of such a job are ids and counts.
    `open_rows`: opens the rows that its events tell of, from its inputs, so that following it is read on the trail.
    """

    name: str
    queue: str
    label: Text
    max_attempts: int = 3
    is_repeatable: bool = False
    is_announced_by_desk: bool = False
    stages: Mapping[str, Text] = field(default_factory=dict)
    may_see: Rule = nobody
    may_cancel: Rule | None = None
    subject: Resolver | None = None
    is_free: bool = False
    is_sealed: bool = False
    open_rows: Callable[[Mapping[str, Any]], object] = lambda inputs: None

    def __post_init__(self) -> None:
        if self.name in _registered:
            raise ValueError(f"There are two kinds of jobs called {self.name}.")
        _registered[self.name] = self

    @property
    def desk(self) -> str:
        """The desk, or the part of the frame, that the kind belongs to: names begin with that of the app."""
        return self.name.partition(".")[0]

    def service(self, service: Service) -> Service:
        """Registers the function that does the work. The inputs of a job are its arguments, by their names."""
        _services[self.name] = service
        return service

    def cancelled_by(self, actor: Actor) -> Q | None:
        return (self.may_cancel or self.may_see)(actor)


def service_of(name: str) -> Work:
    return _services[name]


def served_kinds() -> Collection[str]:
    """Names of the kinds whose work this process can do."""
    return _services.keys()


def by_name(name: str) -> JobType:
    """Raises KeyError for a kind that no installed desk registered."""
    return _registered[name]


def find(name: str) -> JobType | None:
    """None of a kind that no installed desk registered."""
    return _registered.get(name)


def label_of(name: str) -> str:
    """For people; the bare name where the desk is not installed any more."""
    kind = _registered.get(name)
    return str(kind.label) if kind else name


def desk_label(name: str) -> Text:
    """What people call the desk, or the part of the frame, that the names of kinds begin with."""
    label = {desk.name: desk.label for desk in desks.all_desks()}.get(name)
    return label or AREAS.get(FRAME_AREAS.get(name, name), name)


def stages_of(name: str) -> dict[str, str]:
    """Labels of a kind's stages; a stage without one shows its bare name."""
    kind = _registered.get(name)
    return {stage: str(label) for stage, label in kind.stages.items()} if kind else {}


def seen_by(actor: Actor) -> Q:
    """The jobs whose inputs, results and events the actor may read, as one condition for a query."""
    return _any_rule({kind.name: kind.may_see(actor) for kind in _registered.values()})


def cancelled_by(actor: Actor) -> Q:
    """The jobs that the actor may see, and may stop and run again."""
    return seen_by(actor) & _any_rule({kind.name: kind.cancelled_by(actor) for kind in _registered.values()})


def all_seen_by(actor: Actor) -> list[str]:
    """Kinds of which the actor may see every job."""
    return [kind.name for kind in _registered.values() if kind.may_see(actor) == Q()]


def all_cancelled_by(actor: Actor) -> list[str]:
    """Kinds of which the actor may see, stop and run again every job: those may be put on a schedule."""
    seen = all_seen_by(actor)
    return [name for name in seen if _registered[name].cancelled_by(actor) == Q()]


def is_sealed(name: str) -> bool:
    kind = _registered.get(name)
    return kind is not None and kind.is_sealed


def announced_by_desks() -> list[str]:
    return [kind.name for kind in _registered.values() if kind.is_announced_by_desk]


def all_kinds() -> list[JobType]:
    return list(_registered.values())


def used_queues() -> set[str]:
    return {kind.queue for kind in _registered.values()}


def _any_rule(rules: Mapping[str, Q | None]) -> Q:
    # `Q()` is false as a condition: kinds of which all is reached are collected first.
    whole = [name for name, rule in rules.items() if rule == Q()]
    reached = Q(kind__in=whole)
    for name, rule in rules.items():
        if rule:
            reached |= Q(kind=name) & rule
    return reached
