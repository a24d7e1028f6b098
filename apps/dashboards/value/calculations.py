"""The claims of the field as figures: each with its formula in words, the numbers put in, and what is missing.

A number is measured or assumed, and a figure says which is which. Whatever a figure lacks is named instead of guessed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from django.utils.translation import gettext as _

from apps.analytics.value_metrics import Work
from apps.analytics.values import MIN_SAMPLE, Value
from apps.core.errors import Text
from apps.core.numbers import money_text
from apps.dashboards.value.totals import DeskWork, Totals
from llm_backend.capacity.architecture import bundled_architecture
from llm_backend.capacity.figure import Figure as PlannedFigure
from llm_backend.capacity.memory import Deployment
from llm_backend.capacity.plan import make_plan


@dataclass(frozen=True)
class Part:
    """A number that a figure is made of. `source`: of an assumption that was not written on its page."""

    label: Text
    text: str
    is_assumed: bool = False
    source: Text = ""


@dataclass(frozen=True)
class Figure(Value):
    """A value that says how it was made. `note`: the formula and what is missing, in one line."""

    formula: str = ""
    parts: list[Part] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    @property
    def is_small_sample(self) -> bool:
        return self.sample is not None and 0 < self.sample < MIN_SAMPLE


def _figure(value: Value, formula: str, parts: list[Part], missing: Sequence[str] = ()) -> Figure:
    note = " ".join([formula, *missing])
    return Figure(
        value.unit,
        value.number,
        value.words,
        value.sample,
        note,
        formula=formula,
        parts=parts,
        missing=[*missing],
    )


def _not_known(*missing: str, parts: Sequence[Part] = ()) -> Figure:
    return Figure("number", None, "–", 0, " ".join(missing), parts=[*parts], missing=[*missing])


def resolution_rate(totals: Totals) -> Figure:
    rated = [work for work in totals.works.values() if work.rate is not None]
    if not rated:
        return _not_known(_("No installed desk resolves conversations."))
    value = rated[0].rate
    if value is None or not value.sample:
        return _not_known(_("No conversations started in this period."))
    counts = value.note or value.text
    formula = _("resolved without staff ÷ settled conversations = %(counts)s = %(result)s")
    parts = [Part(_("settled conversations"), f"{value.sample:,}")]
    return _figure(value, formula % {"counts": counts, "result": value.text}, parts)


def staff_hours(totals: Totals) -> Figure:
    """Pieces of work that nobody did by hand, times what a person takes for one."""
    minutes, parts, terms, missing, hours, sample = totals.assumptions.minutes, [], [], [], 0.0, 0
    for work, done in totals.works.items():
        if not done.done:
            continue
        parts.append(Part(done.spared_label, _amount(done.spared)))
        if work not in minutes:
            missing.append(_MINUTES_MISSING[work]())
            continue
        parts.append(_minutes_part(totals, work))
        terms.append(f"{_amount(done.spared)} × {_minutes(totals, work)}")
        hours += hours_of_work(totals, work)
        sample += done.done
    if not terms:
        return _not_known(*(missing or [_("No work was completed in this period.")]), parts=parts)
    text = _("%(hours)s h") % {"hours": f"{hours:,.1f}"}
    formula = _("automated work × staff minutes ÷ 60 = %(terms)s ÷ 60 = %(result)s")
    formula %= {"terms": _sum(terms), "result": text}
    return _figure(Value("number", hours, text, sample), formula, parts, missing)


def hours_of_work(totals: Totals, work: Work) -> float:
    """Staff hours that the work spared: pieces × minutes ÷ 60. 0 where nobody said how long a person takes."""
    done = totals.works.get(work)
    return done.spared * totals.assumptions.minutes.get(work, 0.0) / 60 if done else 0.0


def cost_per_piece(totals: Totals, work: Work, pieces: int = 1) -> Figure:
    """What models and people cost for so many finished pieces: what a person did not spare takes a person's time."""
    done, assumed = totals.works.get(work), totals.assumptions
    if done is None or not done.done:
        return _not_known(_NOTHING_DONE[work]())
    models, parts, missing = _model_cost(totals, done)
    by_hand = max(0.0, done.done - done.spared)
    people, terms = 0.0, [f"{models:,.4g}"]
    if assumed.hourly_cost and work in assumed.minutes:
        people = by_hand * assumed.minutes[work] * assumed.hourly_cost / 60
        terms.append(f"{_amount(by_hand)} × {_minutes(totals, work)} × {assumed.hourly_cost:g} ÷ 60")
        cost = Part(_("staff cost per hour"), _money(totals, assumed.hourly_cost), is_assumed=True)
        parts += [Part(_("done by staff"), _amount(by_hand)), _minutes_part(totals, work), cost]
    else:
        missing.append(_("Staff time is not included. Enter the staff cost per hour."))
    parts.append(Part(done.done_label, f"{done.done:,}"))
    amount = pieces * (models + people) / done.done
    text = _money(totals, amount)
    times = f" × {pieces:,}" if pieces > 1 else ""
    formula = _("(models + staff time) ÷ completed%(times)s = %(terms)s ÷ %(done)s%(times)s = %(result)s")
    formula %= {"times": times, "terms": _sum(terms), "done": f"{done.done:,}", "result": text}
    return _figure(Value("number", amount, text, done.done), formula, parts, missing)


def gpu_hours(totals: Totals) -> Figure:
    """For a thousand answers of the organisation's own models; a vendor's GPUs are in its price."""
    calls, assumed = totals.calls, totals.assumptions
    if not calls.own_answers:
        return _not_known(
            _("No self-hosted model answered in this period. Models with a price run elsewhere.")
        )
    if not assumed.has_gpus:
        return _not_known(
            _("No GPU was found here. If your models run on GPUs elsewhere, enter the price of a GPU hour.")
        )
    hours = _hours_of(totals, calls.own_answer_seconds) * 1000 / calls.own_answers
    text = _("%(hours)s h") % {"hours": f"{hours:,.2f}"}
    formula = _(
        "answering seconds × GPUs ÷ parallel requests ÷ 3,600 ÷ answers × 1,000"
        " = %(seconds)s × %(gpus)d ÷ %(parallel)d ÷ 3,600 ÷ %(answers)s × 1,000 = %(result)s"
    ) % {
        "seconds": f"{calls.own_answer_seconds:,.0f}",
        "gpus": assumed.gpus,
        "parallel": assumed.parallel_requests,
        "answers": f"{calls.own_answers:,}",
        "result": text,
    }
    parts = [
        Part(_("answering seconds"), f"{calls.own_answer_seconds:,.0f}"),
        Part(_("answers from self-hosted models"), f"{calls.own_answers:,}"),
        *_gpu_parts(totals),
    ]
    return _figure(Value("number", hours, text, calls.own_answers), formula, parts)


def dense_against_sparse(totals: Totals) -> Figure:
    """How much more a dense model of equal size would have to work, by the planner, whatever was measured."""
    name, assumed = totals.assumptions.architecture, totals.assumptions
    if not name:
        return _not_known(_("The architecture of the current model is unknown. Choose a model."))
    figures = _planned(name)
    ratio, dense, sparse = figures["flop_ratio"], figures["flop_dense"], figures["flop_per_token"]
    formula = _(
        "operations per token, dense model of the same size ÷ %(model)s = %(dense)s ÷ %(sparse)s = %(ratio)s"
    ) % {"model": name, "dense": dense.text, "sparse": sparse.text, "ratio": ratio.text}
    source = _("the most used model") if assumed.is_architecture_guessed else ""
    parts = [
        Part(_("model"), name, is_assumed=True, source=source),
        Part(_("context, tokens"), f"{Deployment().context:,}", is_assumed=True),
        Part(_("total parameters"), figures["total_parameters"].text),
        Part(_("active parameters per token"), figures["active_parameters"].text),
    ]
    text = _("%(ratio).1f ×") % {"ratio": ratio.value}
    return _figure(Value("number", ratio.value, text, sample=None), formula, parts)


@cache
def _planned(name: str) -> Mapping[str, PlannedFigure]:
    return make_plan(name, bundled_architecture(name), Deployment()).figures


def _model_cost(totals: Totals, work: DeskWork) -> tuple[float, list[Part], list[str]]:
    """By prices of endpoints, and by GPU hours where an endpoint has none."""
    calls, price = work.calls, totals.assumptions.gpu_hour_price
    parts, missing = [Part(_("models, at endpoint prices"), _money(totals, calls.cost))], []
    hours = _hours_of(totals, calls.own_seconds)
    if hours and price:
        hours_text = _("%(hours)s h") % {"hours": f"{hours:,.2f}"}
        # Rests on how many GPUs and parallel requests are assumed.
        parts += [
            Part(_("GPU hours of self-hosted models"), hours_text, is_assumed=True),
            *_gpu_parts(totals),
        ]
        parts.append(Part(_("price per GPU hour"), _money(totals, price), is_assumed=True))
    elif hours:
        missing.append(_("Your own GPUs are not included. Enter the price per GPU hour."))
    return calls.cost + hours * price, parts, missing


def _hours_of(totals: Totals, seconds: float) -> float:
    """GPU hours of so many seconds of answering, as the GPUs serve several requests at a time."""
    return seconds / 3600 * totals.assumptions.gpus / totals.assumptions.parallel_requests


def _gpu_parts(totals: Totals) -> list[Part]:
    return [
        Part(_("GPUs per self-hosted model"), f"{totals.assumptions.gpus}", is_assumed=True),
        Part(
            _("parallel requests per model"),
            f"{totals.assumptions.parallel_requests}",
            is_assumed=True,
        ),
    ]


def _minutes_part(totals: Totals, work: Work) -> Part:
    source = totals.assumptions.minutes_source.get(work, "")
    return Part(_MINUTES_LABELS[work](), _minutes(totals, work), is_assumed=True, source=source)


def _minutes(totals: Totals, work: Work) -> str:
    return _("%(minutes)s min") % {"minutes": f"{totals.assumptions.minutes[work]:g}"}


def _sum(terms: list[str]) -> str:
    return f"({' + '.join(terms)})" if len(terms) > 1 else terms[0]


def _amount(number: float) -> str:
    """Work that was rewritten in part counts in part; of most work there is a whole number."""
    return f"{number:,.1f}".removesuffix(".0")


def _money(totals: Totals, amount: float) -> str:
    return money_text(amount, totals.assumptions.currency)


_MINUTES_LABELS: Mapping[Work, Callable[[], str]] = {
    Work.CONVERSATION: lambda: _("staff minutes per conversation"),
    Work.RECORD: lambda: _("staff minutes per medical record"),
    Work.TEXT: lambda: _("staff minutes per marketing text"),
}
_MINUTES_MISSING: Mapping[Work, Callable[[], str]] = {
    Work.CONVERSATION: lambda: _("Conversations are not included. Enter the staff minutes per conversation."),
    Work.RECORD: lambda: _("Records are not included. Enter the staff minutes per medical record."),
    Work.TEXT: lambda: _("Texts are not included. Enter the staff minutes per marketing text."),
}
_NOTHING_DONE: Mapping[Work, Callable[[], str]] = {
    Work.CONVERSATION: lambda: _("No conversations were resolved in this period."),
    Work.RECORD: lambda: _("No records were signed in this period."),
    Work.TEXT: lambda: _("No texts were approved in this period."),
}
