from django import template

from apps.analytics import charts

register = template.Library()


@register.filter
def bar(percent: float | str, tone: str = "fill-accent") -> charts.Drawing:
    """So many per cent of a whole, beside their number."""
    return charts.bar(float(percent) / 100, tone)
