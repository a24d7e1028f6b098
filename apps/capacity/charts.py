"""Bars of the capacity page, measured in per cent of their width."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from llm_backend.capacity.figure import format_value
from llm_backend.capacity.memory import Layout
from llm_backend.capacity.plan import Plan


@dataclass(frozen=True)
class Segment:
    kind: str
    label: str
    text: str
    start: str
    width: str


@dataclass(frozen=True)
class Bar:
    label: str
    text: str
    conversations: str
    width: str
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
    segments, start = [], 0.0
    for kind, label, size in parts:
        if size > 0:
            width = 100 * size / whole
            segments.append(Segment(kind, label, format_value(size, "bytes"), f"{start:.3f}", f"{width:.3f}"))
            start += width
    return segments


def cache_bars(plan: Plan) -> list[Bar]:
    largest = max(variant.figure.value for variant in plan.variants)
    return [
        Bar(
            _(variant.figure.label),
            variant.figure.text,
            "–" if variant.conversations is None else f"{variant.conversations:,}",
            f"{100 * variant.figure.value / largest:.3f}",
            variant.is_used,
        )
        for variant in plan.variants
    ]
