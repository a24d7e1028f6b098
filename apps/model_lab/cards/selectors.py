"""Cards of models as people read them: the list with its filters and orders, and some of them side by side."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import get_args

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from apps.analytics.charts import Drawing, bar
from apps.core.errors import NotFound
from apps.model_lab.cards.schemas import (
    CONTEXT_TOKENS,
    GPU_GIB,
    Card,
    Family,
    Measure,
    Number,
    Source,
    Topic,
    families,
)
from llm_backend.capacity.figure import Unit, format_value

COMPARED = 5
WEIGHTS: dict[str, Promise] = {
    "open": pgettext_lazy("weights of a model", "open"),
    "restricted": _("open with conditions"),
    "closed": _("not published"),
}
TOPICS: dict[Topic, Promise] = {
    "architecture": _("Architecture"),
    "training_data": _("Training data"),
    "training_cost": _("Training cost"),
    "speed": _("Speed"),
    "licence": _("Licence"),
    "languages": pgettext_lazy("of a model", "Languages"),
    "reasoning": pgettext_lazy("of a model", "Reasoning"),
    "long_text": _("Long text"),
    "hardware": _("Hardware"),
}
# With how each is written; what has no unit is an exam's score.
MEASURES: dict[Measure, tuple[Promise | str, Unit | None]] = {
    "total_parameters": (_("Parameters"), "parameters"),
    "active_parameters": (_("Active per token"), "parameters"),
    "context_tokens": (_("Context, tokens"), "tokens"),
    "cmmlu": ("CMMLU", None),
    "ceval": ("C-Eval", None),
    "mmlu": ("MMLU", None),
    "gsm8k": ("GSM8K", None),
    "humaneval": ("HumanEval", None),
}


@dataclass(frozen=True)
class ModelRow:
    card: Card
    family: Family

    @property
    def name(self) -> str:
        return self.card.name

    @property
    def maker(self) -> str:
        return self.family.maker_zh if _is_chinese() else self.family.maker_en

    @property
    def released(self) -> date:
        return self.card.released

    @property
    def weights(self) -> str:
        return str(WEIGHTS[self.card.weights])

    @property
    def parameters(self) -> str:
        return self.text_of("total_parameters")

    @property
    def active(self) -> str:
        active = self.text_of("active_parameters")
        return gettext("%(count)s active") % {"count": active} if active else ""

    @property
    def context(self) -> str:
        return self.text_of("context_tokens")

    @property
    def cache(self) -> str:
        counted = self.counted("cache_bytes")
        return "" if counted is None else _written(counted, "bytes")

    @property
    def gpus(self) -> float | None:
        return self.counted("gpus")

    @property
    def cmmlu(self) -> str:
        return self.text_of("cmmlu")

    @property
    def mmlu(self) -> str:
        return self.text_of("mmlu")

    def counted(self, name: str) -> float | None:
        """What the planner counts under a name of `Arithmetic`."""
        return getattr(self.card.arithmetic, name, None)

    def value_of(self, measure: Measure) -> float | None:
        number = self.card.numbers.get(measure)
        return number.value if number else None

    def text_of(self, measure: Measure) -> str:
        value, unit = self.value_of(measure), MEASURES[measure][1]
        if value is None:
            return ""
        return _written(value, unit) if unit else f"{value:g}"


@dataclass(frozen=True)
class Fact:
    """What one model has under a heading. `drawing`: its share of the largest among those compared."""

    text: str = ""
    note: str = ""
    source: Source | None = None
    link: str = ""
    drawing: Drawing | None = None


@dataclass(frozen=True)
class FactLine:
    label: Promise | str
    facts: list[Fact]

    @property
    def is_told(self) -> bool:
        return any(fact.text for fact in self.facts)


Order = Callable[[ModelRow], tuple[bool, float, str]]


def _by(value: Callable[[ModelRow], float | None], *, smallest: bool = False) -> Order:
    """What is not known stands last."""

    def key(row: ModelRow) -> tuple[bool, float, str]:
        known = value(row)
        return known is None, (known or 0) * (1 if smallest else -1), row.name

    return key


ORDERS: dict[str, tuple[Promise | str, Order]] = {
    "released": (_("Newest first"), _by(lambda row: row.released.toordinal())),
    "parameters": (_("Most parameters"), _by(lambda row: row.value_of("total_parameters"))),
    "context": (_("Longest context"), _by(lambda row: row.value_of("context_tokens"))),
    "cache": (
        _("Smallest KV cache"),
        _by(lambda row: row.counted("cache_bytes"), smallest=True),
    ),
    "gpus": (_("Fewest GPUs"), _by(lambda row: row.gpus, smallest=True)),
    "cmmlu": (_("Best in CMMLU"), _by(lambda row: row.value_of("cmmlu"))),
    "mmlu": (_("Best in MMLU"), _by(lambda row: row.value_of("mmlu"))),
}


def model_rows(*, family: str = "", weights: str = "", order: str = "") -> list[ModelRow]:
    """Those of a family and with such weights; in the order of families and their days unless another is asked for."""
    rows = [ModelRow(card, each) for each in families() for card in each.models]
    rows = [row for row in rows if family in ("", row.family.family) and weights in ("", row.card.weights)]
    return sorted(rows, key=ORDERS[order][1]) if order else rows


def compared(names: Sequence[str]) -> list[ModelRow]:
    """In the order of their names given, each once. Raises NotFound."""
    by_name = {row.name: row for row in model_rows()}
    try:
        return [by_name[name] for name in dict.fromkeys(names)][:COMPARED]
    except KeyError as error:
        raise NotFound from error


def published(rows: Sequence[ModelRow]) -> list[FactLine]:
    lines = [
        FactLine(_("Released"), [Fact(str(row.released)) for row in rows]),
        FactLine(_("Successor of"), [Fact(row.card.follows) for row in rows]),
        FactLine(_("Weights"), [Fact(row.weights) for row in rows]),
        *(_numbers(rows, measure) for measure in MEASURES),
        *(FactLine(TOPICS[topic], [_words(row, topic) for row in rows]) for topic in get_args(Topic)),
    ]
    return [line for line in lines if line.is_told]


def counted(rows: Sequence[ModelRow]) -> list[FactLine]:
    """By the capacity planner, of models whose configuration is public."""
    plans = [_plan(row) for row in rows]

    def line(label: Promise, name: str, unit: Unit) -> FactLine:
        values = [row.counted(name) for row in rows]
        texts = ["" if value is None else _written(value, unit) for value in values]
        facts = [Fact(text, drawing=share) for text, share in zip(texts, _shares(values), strict=True)]
        return FactLine(label, facts)

    lines = [
        line(_("Parameters"), "total", "parameters"),
        line(_("Active per token"), "active", "parameters"),
        line(_("KV cache per token, 16 bits"), "cache_bytes", "bytes"),
        line(_("GPUs of 80 GiB for one conversation of 8,192 tokens"), "gpus", "gpus"),
        FactLine(_("Arithmetic"), [Fact(gettext("Capacity") if each else "", link=each) for each in plans]),
    ]
    return [line for line in lines if line.is_told]


def _numbers(rows: Sequence[ModelRow], measure: Measure) -> FactLine:
    numbers = [row.card.numbers.get(measure) for row in rows]
    shares = _shares([number.value if number else None for number in numbers])
    facts = [
        Fact(row.text_of(measure), _note(number) if number else "", number, drawing=share)
        for row, number, share in zip(rows, numbers, shares, strict=True)
    ]
    return FactLine(MEASURES[measure][0], facts)


def _note(number: Number) -> str:
    return number.note_zh or number.note if _is_chinese() else number.note


def _words(row: ModelRow, topic: Topic) -> Fact:
    words = row.card.words.get(topic)
    return Fact((words.zh if _is_chinese() else words.en) if words else "", source=words)


def _shares(values: Sequence[float | None]) -> list[Drawing | None]:
    largest = max((value or 0 for value in values), default=0)
    if len(values) < 2 or not largest:
        return [None] * len(values)
    return [None if value is None else bar(value / largest) for value in values]


def _plan(row: ModelRow) -> str:
    if not row.card.config:
        return ""
    query = {
        "model": row.card.config,
        "gpus": str(int(row.gpus or 1)),
        "gpu_memory": str(GPU_GIB),
        "context": str(CONTEXT_TOKENS),
    }
    return f"{reverse('capacity:plan')}?{urlencode(query)}"


def _written(value: float, unit: Unit) -> str:
    """`671 B`, `68.62 KiB`: as many digits as its maker gives."""
    number, _space, name = format_value(value, unit).partition(" ")
    return f"{float(number.replace(',', '')):,.4g} {name}".strip() if name else number


def _is_chinese() -> bool:
    return (get_language() or "").startswith("zh")
