"""Bars of the capacity page."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.analytics.charts import Drawing, bar
from llm_backend.capacity.figure import format_value
from llm_backend.capacity.memory import Layout
from llm_backend.capacity.plan import Plan


@dataclass(frozen=True)
class Segment:
    kind: str
    label: str
    text: str
    share: float


@dataclass(frozen=True)
class Bar:
    label: str
    text: str
    conversations: str
    drawing: Drawing
    is_used: bool


def memory_segments(layout: Layout) -> list[Segment]:
    """One GPU's memory from left to right; weights that do not fit take the whole width."""
    reserved = layout.weights_on_gpu + layout.reserve
    whole = max(layout.memory, reserved)
    parts = (
        ("weights", _("Weights"), layout.weights_on_gpu),
        ("reserve", _("Reserve"), layout.reserve),
        ("cache", _("KV cache"), layout.cache_room),
        ("unused", _("Not used by the engine"), whole - reserved - layout.cache_room),
    )
    return [
        Segment(kind, label, format_value(size, "bytes"), size / whole)
        for kind, label, size in parts
        if size > 0
    ]


def memory_drawing(layout: Layout) -> Drawing:
    drawing, start = Drawing(css="bar bar-memory"), 0.0
    for segment in memory_segments(layout):
        over = " segment-over" if layout.missing else ""
        drawing.box((start, 0, segment.share, 1), f"segment-{segment.kind}{over}")
        start += segment.share
    return drawing


def cache_bars(plan: Plan) -> list[Bar]:
    largest = max(variant.figure.value for variant in plan.variants)
    return [
        Bar(
            _(variant.figure.label),
            variant.figure.text,
            "–" if variant.conversations is None else f"{variant.conversations:,}",
            bar(variant.figure.value / largest, "segment-cache" if variant.is_used else "segment-other"),
            variant.is_used,
        )
        for variant in plan.variants
    ]
