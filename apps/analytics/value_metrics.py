"""What a desk says of its work so that somebody can count what it is worth: pieces done, and how much nobody did by hand.

Report(…, worth=ValueMetric(Work.TEXT, done=lambda totals: totals.approved, spared=…, …))
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Generic, TypeVar

from apps.accounts.models import Organisation
from apps.core.errors import Text

T = TypeVar("T")


class Work(StrEnum):
    """What is done piece by piece, and would otherwise take a person some minutes for each."""

    CONVERSATION = "conversation"
    RECORD = "record"
    TEXT = "text"


@dataclass(frozen=True)
class ValueMetric(Generic[T]):
    """`done`: pieces that were finished, by whomever. `spared`: how many of them no person did; of one that a person
    did in part, the other part. Their labels stand in formulas.

    `rate`: key of the report's metric that says how well it goes without people; empty where there is none.
    `minutes`: what a person takes for a piece, as the organisation told the desk; None where it is asked of nobody.
    """

    work: Work
    done: Callable[[T], int]
    done_label: Text
    spared: Callable[[T], float]
    spared_label: Text
    rate: str = ""
    minutes: Callable[[Organisation], Decimal] | None = None
