"""Which model for these desks, this load and this machine: every figure with the arithmetic that it comes from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from functools import cached_property

from django.db.models import Avg, Count, Min
from django.db.models.functions import TruncHour
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import Organisation
from apps.core.errors import Text
from apps.evaluation import adapters, measures, results
from apps.evaluation.budgets import chat_endpoints
from apps.evaluation.measures import BESIDE, Measures
from apps.evaluation.results import Change, Verdicts
from apps.inference.models import Endpoint, InferenceCall
from apps.model_lab.cards.measured import is_called
from apps.model_lab.cards.schemas import Card
from apps.model_lab.cards.selectors import MEASURES, model_rows
from llm_backend import shares
from llm_backend.capacity.architecture import bundled_architecture
from llm_backend.capacity.errors import CapacityError
from llm_backend.capacity.memory import Deployment
from llm_backend.capacity.plan import Plan, widest_plan

HOUR = 3600
USUAL_DAYS = 30


@dataclass(frozen=True)
class Load:
    """`requests` a day and in the busiest hour; tokens read and written for each."""

    requests: int
    busiest_hour: int
    input_tokens: int
    output_tokens: int
    gpus: int
    gpu_memory: float

    @property
    def tokens_per_second(self) -> float:
        return self.busiest_hour * self.output_tokens / HOUR

    @property
    def arithmetic(self) -> str:
        return ngettext(
            "%(requests)s request × %(tokens)s tokens / 3,600 s = %(rate)s tokens per second",
            "%(requests)s requests × %(tokens)s tokens / 3,600 s = %(rate)s tokens per second",
            self.busiest_hour,
        ) % {
            "requests": f"{self.busiest_hour:,}",
            "tokens": f"{self.output_tokens:,}",
            "rate": f"{self.tokens_per_second:,.1f}",
        }


@dataclass(frozen=True)
class Candidate:
    """A model with what is known of it. `change`: from the best model to this one, over the questions that both were
    asked. None: not known, which is never taken for yes or no.
    """

    name: str
    load: Load
    card: Card | None = None
    endpoint: Endpoint | None = None
    measures: Measures = field(default_factory=Measures)
    verdicts: Verdicts | None = None
    change: Change | None = None
    is_best: bool = False

    @cached_property
    def plan(self) -> Plan | CapacityError | None:
        """On the machine, or on as many of its GPUs as can share the model, for conversations of one request's length; a
        configuration that cannot be laid out says why.
        """
        if not self.card or not self.card.config:
            return None
        context = self.load.input_tokens + self.load.output_tokens
        setting = Deployment(gpus=self.load.gpus, gpu_memory=self.load.gpu_memory, context=context)
        try:
            return widest_plan(self.name, bundled_architecture(self.card.config), setting)
        except CapacityError as refusal:
            return refusal

    @property
    def fits(self) -> bool | None:
        return self.plan.is_enough if isinstance(self.plan, Plan) else None if self.plan is None else False

    @property
    def concurrency(self) -> int | None:
        """Answers beside each other: what the endpoint takes, and what the machine's memory holds."""
        limits = [self.endpoint.max_concurrency] if self.endpoint else []
        limits += [self.plan.layout.conversations] if isinstance(self.plan, Plan) else []
        return min(limits, default=None)

    @property
    def answer_seconds(self) -> float | None:
        speed = self.measures.tokens_per_second
        return self.load.output_tokens / speed if speed else None

    @property
    def needed_concurrency(self) -> float | None:
        """Little's law: answers begun in a second times the seconds that each takes."""
        seconds = self.answer_seconds
        return None if seconds is None else self.load.busiest_hour / HOUR * seconds

    @property
    def serves(self) -> bool | None:
        if self.needed_concurrency is None or self.concurrency is None:
            return None
        return self.needed_concurrency <= self.concurrency

    @property
    def share(self) -> float | None:
        """Of the questions of the chosen desks that passed here."""
        return sum(self.verdicts.values()) / len(self.verdicts) if self.verdicts else None

    @property
    def sure_share(self) -> float:
        """The least that it may be, as of a few questions little is known."""
        return shares.interval(sum(self.verdicts.values()), len(self.verdicts))[0] if self.verdicts else 0.0

    @property
    def quality(self) -> str:
        return "" if self.share is None else f"{100 * self.share:.0f} %"

    @property
    def quality_note(self) -> str:
        if not self.verdicts:
            return ""
        low, high = shares.interval(sum(self.verdicts.values()), len(self.verdicts))
        words = {"low": f"{100 * low:.0f}", "high": f"{100 * high:.0f}", "count": len(self.verdicts)}
        return _("%(low)s–%(high)s%%, %(count)s questions") % words

    @property
    def published(self) -> str:
        """Its maker's scores, which no exam here is mixed with."""
        if not self.card:
            return ""
        scores = (
            (name, self.card.numbers.get(name)) for name, (_label, unit) in MEASURES.items() if not unit
        )
        return ", ".join(f"{MEASURES[name][0]} {score.value:g}" for name, score in scores if score)

    @property
    def daily_cost(self) -> Decimal | None:
        """None where the endpoint has no price."""
        if self.endpoint is None:
            return None
        tokens = {
            "input_tokens": self.load.requests * self.load.input_tokens,
            "output_tokens": self.load.requests * self.load.output_tokens,
        }
        return self.endpoint.cost(**tokens) or None

    @property
    def is_excluded(self) -> bool:
        return self.fits is False or self.serves is False

    @property
    def is_recommended(self) -> bool:
        """It passed something here, and is not surely worse than the best of those that fit and serve."""
        if self.is_excluded or not self.share:
            return False
        return self.is_best or bool(self.change and self.change.total and self.change.interval[1] >= 0)

    @property
    def sentence(self) -> str:
        if isinstance(self.plan, CapacityError):
            return self.plan.worded(_)
        if self.plan and self.fits is False:
            return " ".join(note.worded(_) for note in self.plan.notes[:1])
        if self.serves is False:
            return _("Too slow for the busiest hour.")
        if not self.verdicts:
            return _("Not tested here. Run the questions of these desks with it first.")
        return self._beside_the_best

    @property
    def _beside_the_best(self) -> str:
        if not self.share:
            return _("Passed none of the questions here.")
        if self.is_best:
            return _("Best result here among those that fit and serve the load.")
        if self.change is None or not self.change.total:
            return _("Tested on other questions than the best, so they cannot be compared.")
        words = {"difference": self.change.text}
        if self.is_recommended:
            return _("Not clearly worse than the best: %(difference)s points.") % words
        return _("Clearly worse than the best: %(difference)s points.") % words

    @property
    def arithmetic(self) -> list[str]:
        """How speed and cost came out, as calculations."""
        lines, seconds = [], self.answer_seconds
        if isinstance(self.plan, Plan) and (used := self.plan.layout.deployment.gpus) < self.load.gpus:
            gpus = {"used": used, "gpus": self.load.gpus}
            lines.append(_("%(used)s of %(gpus)s GPUs: the model cannot be split evenly across more") % gpus)
        if seconds is not None and self.needed_concurrency is not None:
            words = {
                "tokens": f"{self.load.output_tokens:,}",
                "speed": f"{self.measures.tokens_per_second:.1f}",
                "seconds": f"{seconds:.1f}",
                "requests": f"{self.load.busiest_hour:,}",
                "needed": f"{self.needed_concurrency:.1f}",
                "limit": "–" if self.concurrency is None else f"{self.concurrency:,}",
            }
            lines.append(_("%(tokens)s tokens / %(speed)s per second = %(seconds)s s per answer") % words)
            lines.append(
                _("%(requests)s / 3,600 s × %(seconds)s s = %(needed)s concurrent, room for %(limit)s")
                % words
            )
        if self.endpoint and self.daily_cost is not None:
            words = {
                "requests": f"{self.load.requests:,}",
                "read": f"{self.load.input_tokens:,} × {self.endpoint.input_price:f}",
                "wrote": f"{self.load.output_tokens:,} × {self.endpoint.output_price:f}",
                "cost": f"{self.daily_cost:,.2f}",
            }
            lines.append(_("%(requests)s × (%(read)s + %(wrote)s) / 1,000,000 = %(cost)s per day") % words)
        return lines


def candidates(organisation: Organisation, desks: Iterable[str], load: Load) -> list[Candidate]:
    """Endpoints for conversation and models whose configuration is public. Those to recommend first, the cheapest of them
    at the top; then what was measured, what was not, and what is no choice.
    """
    rows = _known(organisation, list(desks), load)
    able = [row for row in rows if row.share and not row.is_excluded]
    best = max(able, key=lambda row: (row.sure_share, row.name), default=None)
    if best and best.verdicts:
        rows = [
            replace(row, is_best=row is best, change=Change.between(best.verdicts, row.verdicts or {}))
            for row in rows
        ]
    return sorted(rows, key=_order)


def _known(organisation: Organisation, desks: list[str], load: Load) -> list[Candidate]:
    runs = results.latest_runs(organisation, desks=desks)
    taken, known = measures.of_runs(runs), results.verdicts_of_models(runs)
    cards, rows = [row.card for row in model_rows()], []
    for endpoint in chat_endpoints(organisation):
        own = [run for run in runs if run.model == endpoint.model]
        card = next((card for card in cards if is_called(card, endpoint.model)), None)
        speeds = [taken[run.pk] for run in own]
        measured = Measures(
            output_tokens=sum(each.output_tokens for each in speeds),
            writing_seconds=sum(each.writing_seconds for each in speeds),
        )
        verdicts = known.get(endpoint.model)
        rows.append(Candidate(str(endpoint), load, card, endpoint, measured, verdicts))
    served = {row.card.name for row in rows if row.card}
    return rows + [
        Candidate(card.name, load, card) for card in cards if card.config and card.name not in served
    ]


def _order(row: Candidate) -> tuple[bool, bool, bool, bool, Decimal, float, str]:
    cost = row.daily_cost
    return (
        not row.is_recommended,
        row.is_excluded,
        row.share is None,
        cost is None,
        cost or Decimal(0),
        -(row.share or 0),
        row.name,
    )


def usual_load(organisation: Organisation) -> dict[str, int]:
    """What a form begins with: the requests of the last thirty days, or of those since the first, where there were any."""
    since = timezone.now() - timedelta(days=USUAL_DAYS)
    calls = InferenceCall.objects.filter(
        organisation=organisation, created_at__gte=since, status=InferenceCall.Status.SUCCEEDED
    ).exclude(purpose__in=BESIDE)
    # What runs asked themselves is no load.
    calls = calls.exclude(job__kind__in=[each.job_type.name for each in adapters.all_adapters()])
    hours = calls.annotate(hour=TruncHour("created_at")).values("hour").order_by()
    counts = list(hours.annotate(count=Count("pk")).values_list("count", flat=True))
    if not counts:
        return {}
    means = calls.aggregate(read=Avg("input_tokens"), wrote=Avg("output_tokens"), first=Min("created_at"))
    # A week of use is not spread over a month.
    days = (timezone.now() - means["first"]).days + 1
    return {
        "requests": max(*counts, sum(counts) // min(days, USUAL_DAYS)),
        "busiest_hour": max(counts),
        "input_tokens": max(1, round(means["read"])),
        "output_tokens": max(1, round(means["wrote"])),
    }


def first_step(rows: Sequence[Candidate]) -> Text:
    """What to do before anything can be recommended; empty where something can."""
    if any(row.is_recommended for row in rows):
        return ""
    if any(row.verdicts for row in rows):
        return _(
            "None of the tested models fits this machine and serves this load. Change the machine or the load."
        )
    return _(
        "No model has been tested on the questions of these desks yet. Add questions, then run them with several models."
    )
