"""Shares, lengths of time and judgements in words."""

from datetime import timedelta

from django import template

from apps.customer_service.figures import key_figures
from apps.customer_service.figures.totals import Share
from apps.customer_service.models import RegressionAnswer
from apps.customer_service.regression import judging

register = template.Library()


@register.filter
def share(value: Share) -> str:
    """“63 %”, of fewer than five “3 of 4”."""
    return key_figures.share_text(value)


@register.filter
def seconds(value: float | None) -> timedelta | None:
    """For `|duration`."""
    return key_figures.length_of(value)


@register.filter
def problems(answer: RegressionAnswer) -> list[str]:
    """Why an answer failed."""
    return judging.problem_texts(answer.problems)
