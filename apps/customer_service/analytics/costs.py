"""What a resolved conversation costs, against people answering them all.

models + people = model cost of the desk's jobs + conversations with a person x minutes x cost of an hour / 60
all by people   = resolved conversations x minutes x cost of an hour / 60
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from django.db.models import CharField, QuerySet, Sum, Value
from django.db.models.functions import Cast, Concat

from apps.analytics.reports import Scope
from apps.customer_service.analytics.totals import Totals
from apps.customer_service.conversations.models import Conversation
from apps.customer_service.staff.models import DeskSettings
from apps.dashboards.rollups import selectors as rollups
from apps.dashboards.usage.schemas import CallCounts
from apps.inference.models import InferenceCall

DESK = "customer_service"
# Trying out and learning serve no conversation.
NOT_FOR_VISITORS = ("customer_service.run_regression", "customer_service.train_classifiers")
CENT = Decimal("0.01")
# A conversation may cost a hundredth of a cent.
SMALLEST = Decimal("0.0001")


@dataclass(frozen=True)
class Costs:
    """Zero `cost_per_hour`: the shop has not said what an hour costs, so nothing is compared."""

    currency: str
    minutes: Decimal
    cost_per_hour: Decimal
    resolved: int
    with_person: int
    models: Decimal

    @property
    def is_comparable(self) -> bool:
        return self.cost_per_hour > 0 and self.resolved > 0

    @property
    def per_person(self) -> Decimal:
        return (self.minutes * self.cost_per_hour / 60).quantize(CENT)

    @property
    def people(self) -> Decimal:
        return (self.with_person * self.minutes * self.cost_per_hour / 60).quantize(CENT)

    @property
    def total(self) -> Decimal:
        return self.models + self.people

    @property
    def per_resolved(self) -> Decimal | None:
        return (self.total / self.resolved).quantize(SMALLEST) if self.resolved else None

    @property
    def all_by_people(self) -> Decimal:
        return (self.resolved * self.minutes * self.cost_per_hour / 60).quantize(CENT)

    @property
    def saving(self) -> Decimal:
        return (self.all_by_people - self.total).quantize(CENT)


def costs_of(totals: Totals, desk: DeskSettings, *, models: Decimal) -> Costs:
    """`models`: what the desk's calls of models cost in the period, in the currency of the settings."""
    return Costs(
        currency=desk.currency,
        minutes=desk.minutes_per_conversation,
        cost_per_hour=desk.cost_per_hour,
        resolved=totals.resolved,
        with_person=totals.resolved_with_person,
        models=models,
    )


def model_cost(scope: Scope) -> Decimal:
    """What all calls cost that the desk's jobs made in the period, by the usage ledger.

    Taken from the roll-ups of days where those are on the desk's clocks: a year of a big shop has hundreds of thousands
    of calls.
    """
    if not scope.filters and scope.period.time_zone == rollups.time_zone(scope.organisation.pk):
        calls_of_desk = rollups.Slice.of_calls(replace(scope, filters={"desk": DESK}))
        costs = [
            group.totals.cost
            for group in calls_of_desk.groups(CallCounts, "kind")
            if group.key[0] not in NOT_FOR_VISITORS
        ]
        return sum(costs, Decimal(0)).quantize(SMALLEST)
    calls = InferenceCall.objects.filter(
        organisation=scope.organisation,
        created_at__gte=scope.period.since,
        created_at__lt=scope.period.until,
        job__kind__startswith=f"{DESK}.",
    ).exclude(job__kind__in=NOT_FOR_VISITORS)
    if "channel" in scope.filters:
        calls = calls.filter(job__subject__in=_subjects(scope))
    return (calls.aggregate(cost=Sum("cost"))["cost"] or Decimal(0)).quantize(SMALLEST)


def _subjects(scope: Scope) -> QuerySet[Conversation, str]:
    """How jobs name the conversations of the channel."""
    conversations = Conversation.objects.within(scope.organisation).filter(
        channel=UUID(scope.filters["channel"])
    )
    name = Concat(Value("conversation:"), Cast("id", CharField()))
    return conversations.annotate(named=name).values_list("named", flat=True)
