"""What came of the checks, in a form that can be stored and shown in any language."""

from enum import StrEnum
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

Figure = str | int | float


class Outcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    NOT_SUPPORTED = "not_supported"


class Finding(NamedTuple):
    """`note` is one line of why, untranslated; its `%(name)s` are filled from `figures` when it is shown."""

    outcome: Outcome
    note: str
    figures: dict[str, Figure]


class CheckResult(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: str
    outcome: Outcome
    note: str
    figures: dict[str, Figure] = {}
    seconds: float = 0
    ends_contract: bool = False

    @property
    def text(self) -> str:
        return self.note % self.figures


def success(note: str, **figures: Figure) -> Finding:
    return Finding(Outcome.PASSED, note, figures)


def failure(note: str, **figures: Figure) -> Finding:
    return Finding(Outcome.FAILED, note, figures)


def not_supported(note: str, **figures: Figure) -> Finding:
    return Finding(Outcome.NOT_SUPPORTED, note, figures)
