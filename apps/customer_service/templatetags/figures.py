"""Lengths of time and judgements in words."""

from datetime import timedelta

from django import template

from apps.customer_service.regression import grading
from apps.customer_service.regression.models import RegressionAnswer

register = template.Library()


@register.filter
def seconds(value: float | None) -> timedelta | None:
    """For `|duration`."""
    return None if value is None else timedelta(seconds=value)


@register.filter
def problems(answer: RegressionAnswer) -> list[str]:
    """Why an answer failed."""
    return grading.problem_texts(answer.problems)
