"""What is known of a period before anything is made of it: work done, what the models took, and what is supposed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db.models import F, FloatField, Q, Sum
from django.utils.translation import gettext_lazy as _

from apps.accounts.organisation_settings import OrganisationSettings
from apps.analytics.reports import PAST_CACHE_SECONDS, Group, Report, Results, Scope, installed_reports, total
from apps.analytics.value_metrics import Work
from apps.analytics.values import Value
from apps.core.errors import Text
from apps.dashboards.rollups.selectors import Slice
from apps.dashboards.rollups.settings import ANALYTICS_SETTINGS
from apps.dashboards.system.samples import kept_samples
from apps.dashboards.usage.schemas import add
from apps.dashboards.value.models import ValueAssumptions
from apps.inference.models import InferenceCall, Purpose
from llm_backend.capacity.architecture import bundled_names

ASSUMPTIONS = OrganisationSettings(
    ValueAssumptions,
    fields=(
        "minutes_per_conversation",
        "minutes_per_record",
        "minutes_per_text",
        "hourly_cost",
        "gpu_hour_price",
        "gpus",
        "parallel_requests",
        "architecture",
    ),
    action="value_assumptions.changed",
    may_view="analytics.view",
    may_change="organisation.manage",
)
# What reads and writes; the vectors of a search and the words of a recording are no answers.
ANSWERED = Q(
    purpose__in=[Purpose.CHAT, Purpose.ASSISTANT, Purpose.EXTRACTION, Purpose.REASONING],
    status=InferenceCall.Status.SUCCEEDED,
)
# A call that failed before anything was read or written has no cost, whosever server it was: it tells of no GPU.
WORKED = Q(input_tokens__gt=0) | Q(output_tokens__gt=0) | Q(audio_seconds__gt=0)
OWN = Q(cost=0) & WORKED


def _seconds(calls: Q) -> Sum:
    return Sum(F("latency_ms") / 1000.0, filter=calls, default=0.0, output_field=FloatField())


@dataclass(frozen=True)
class Calls:
    """Calls of models. Those of endpoints without a price run on the organisation's own GPUs, and are counted by time."""

    cost: float = total(Sum("cost", default=0.0, output_field=FloatField()), 0.0)
    answers: int = total(Sum("calls", filter=ANSWERED, default=0))
    own_seconds: float = total(_seconds(OWN), 0.0)
    own_answers: int = total(Sum("calls", filter=OWN & ANSWERED, default=0))
    own_answer_seconds: float = total(_seconds(OWN & ANSWERED), 0.0)


@dataclass(frozen=True)
class DeskWork:
    """One kind of work in the period. `rate`: how well it goes without people, with what the desk says of it."""

    done: int
    done_label: Text
    spared: float
    spared_label: Text
    calls: Calls
    rate: Value | None = None


@dataclass(frozen=True)
class Assumptions:
    """`minutes` by work; `minutes_source`: where those came from that are not written on the page of assumptions.
    `has_gpus`: one was seen in this machine, or somebody wrote what an hour of one costs.
    """

    currency: str = ""
    minutes: Mapping[Work, float] = field(default_factory=dict)
    minutes_source: Mapping[Work, Text] = field(default_factory=dict)
    hourly_cost: float = 0.0
    gpu_hour_price: float = 0.0
    gpus: int = 1
    has_gpus: bool = False
    parallel_requests: int = 1
    architecture: str = ""
    is_architecture_guessed: bool = False


@dataclass(frozen=True)
class Totals:
    works: Mapping[Work, DeskWork] = field(default_factory=dict)
    calls: Calls = Calls()
    assumptions: Assumptions = Assumptions()


def load(scope: Scope) -> Results[Totals]:
    """Adds up the desks' own results and the roll-ups for all their calls."""
    scope = replace(scope, filters={})
    desks = [(report, report.results(scope, max_age=PAST_CACHE_SECONDS)) for report in _worth_reports()]
    periods, calls = _periods(scope, desks), _calls_by_day(Slice.of_calls(scope))

    def totals(place: int, day: date) -> Totals:
        counted = [(report, results.days[place].totals) for report, results in desks]
        return _totals(periods.now.assumptions, calls.get(day, {}), counted)

    days = [Group(day, totals(place, day)) for place, day in enumerate(scope.period.dates)]
    return replace(periods, days=days)


def load_totals(scope: Scope) -> Results[Totals]:
    """The two periods without their days."""
    scope = replace(scope, filters={})
    return _periods(scope, [(report, report.totals(scope)) for report in _worth_reports()])


def _worth_reports() -> list[Report[Any]]:
    return [report for report in installed_reports() if report.worth is not None]


def _periods(scope: Scope, desks: Sequence[tuple[Report[Any], Results[Any]]]) -> Results[Totals]:
    assumptions, calls = _assumptions(scope), Slice.of_calls(scope)
    now = _totals(assumptions, _calls_by_desk(calls), [(report, results.now) for report, results in desks])
    before = _totals(
        assumptions, _calls_by_desk(calls.before), [(report, results.before) for report, results in desks]
    )
    return Results(now, before, days=[])


def _totals(
    assumptions: Assumptions, calls: Mapping[str, Calls], counted: Sequence[tuple[Report[Any], Any]]
) -> Totals:
    """`calls`: by desk. `counted`: of each desk what it counted of the same days."""
    works = {
        worth.work: DeskWork(
            worth.done(totals),
            worth.done_label,
            worth.spared(totals),
            worth.spared_label,
            calls.get(report.name, Calls()),
            report.metric(worth.rate).value(totals) if worth.rate else None,
        )
        for report, totals in counted
        if (worth := report.worth)
    }
    return Totals(works, add(calls.values(), Calls), assumptions)


def _calls_by_desk(calls: Slice) -> dict[str, Calls]:
    return {group.key[0]: group.totals for group in calls.groups(Calls, "desk")}


def _calls_by_day(calls: Slice) -> dict[date, dict[str, Calls]]:
    by_day: dict[date, dict[str, Calls]] = defaultdict(dict)
    for group in calls.groups(Calls, "date", "desk"):
        day, desk = group.key
        by_day[day][desk] = group.totals
    return by_day


def _assumptions(scope: Scope) -> Assumptions:
    organisation = scope.organisation
    chosen = ASSUMPTIONS.read(organisation)
    minutes, sources = {}, {}
    for worth in filter(None, (report.worth for report in installed_reports())):
        given = getattr(chosen, f"minutes_per_{worth.work}")
        if given is None and worth.minutes:
            given, sources[worth.work] = worth.minutes(organisation), _("from the desk's settings")
        if given is not None:
            minutes[worth.work] = float(given)
    return Assumptions(
        currency=ANALYTICS_SETTINGS.read(organisation).currency,
        minutes=minutes,
        minutes_source=sources,
        hourly_cost=float(chosen.hourly_cost),
        gpu_hour_price=float(chosen.gpu_hour_price),
        gpus=chosen.gpus,
        has_gpus=chosen.gpu_hour_price > 0 or any(sample.gpus for sample in kept_samples(1)),
        parallel_requests=chosen.parallel_requests,
        architecture=chosen.architecture or _architecture_in_use(scope),
        is_architecture_guessed=not chosen.architecture,
    )


def _architecture_in_use(scope: Scope) -> str:
    """The published model whose name the one that answered most has; empty where it is none of them."""
    groups = Slice.of_calls(scope).groups(Calls, "model")
    name = max(groups, key=lambda group: group.totals.answers).key[0] if groups else ""
    fitting = [each for each in bundled_names() if each.lower() in name.lower()]
    return max(fitting, key=len, default="")
