"""Contracts as people read them, in their language."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.core.errors import Text
from apps.core.row_table import RowTable
from apps.inference import capability_checks, selectors
from apps.inference.models import ContractResult, Endpoint, Purpose
from apps.inference.resources import CHECKS
from llm_backend.contract.results import CheckResult, Outcome

LABELS = {
    Outcome.PASSED: _("passed"),
    Outcome.FAILED: _("failed"),
    Outcome.NOT_SUPPORTED: _("not supported"),
}
TONES = {Outcome.PASSED: "good", Outcome.FAILED: "bad", Outcome.NOT_SUPPORTED: "warn"}


@dataclass(frozen=True)
class CheckRow:
    label: Text
    outcome: Outcome
    why: str
    seconds: float

    @property
    def tone(self) -> str:
        return TONES[self.outcome]

    def get_outcome_display(self) -> Text:
        return LABELS[self.outcome]


@dataclass(frozen=True)
class ContractView:
    model: str
    created_at: datetime
    checks: list[CheckRow]

    @property
    def table(self) -> RowTable:
        return RowTable(CHECKS, self.checks)

    @property
    def passed_count(self) -> int:
        return sum(check.outcome == Outcome.PASSED for check in self.checks)


def contract_context(actor: Actor, endpoint: Endpoint) -> dict[str, Any]:
    results = [contract_view(result) for result in selectors.contract_results(actor.organisation, endpoint)]
    return {
        "contract": results[0] if results else None,
        "older_contracts": results[1:],
        "check_job": capability_checks.running_check(actor, endpoint),
        "is_checkable": endpoint.purpose in capability_checks.CHECKABLE,
        "is_chat": endpoint.purpose == Purpose.CHAT,
        "is_vision": endpoint.purpose == Purpose.VISION,
        "sees_reliably": selectors.sees_reliably(endpoint),
        "reads_reliably": selectors.reads_reliably(endpoint),
    }


def contract_view(result: ContractResult) -> ContractView:
    checks = [CheckResult.model_validate(each) for each in result.checks]
    rows = [
        CheckRow(
            capability_checks.CHECK_NAMES.get(check.name, check.name),
            check.outcome,
            gettext(check.note) % check.figures,
            check.seconds,
        )
        for check in checks
    ]
    return ContractView(result.model, result.created_at, rows)
