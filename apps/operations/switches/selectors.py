"""What is switched on. The rows and their check lie below, in `apps.accounts.switches`, where people are let in."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organisation, Switch
from apps.core import desks
from apps.core.errors import Text
from apps.jobs import job_types


@dataclass(frozen=True)
class SwitchView:
    """A desk or a tool. `own`: the row of whoever looks; `operators`: that of the whole installation, above it."""

    name: str
    label: Text
    own: Switch | None
    operators: Switch | None

    @property
    def is_on(self) -> bool:
        return not (self.own or self.operators)


@dataclass(frozen=True)
class DeskSwitches:
    """`desk`: None above the tools that all desks use."""

    label: Text
    desk: SwitchView | None
    tools: Sequence[SwitchView]


def switch_names() -> dict[str, Text]:
    """All that can be switched, with its label: desks first."""
    names: dict[str, Text] = {desk.name: desk.label for desk in desks.all_desks()}
    return names | {kind.name: kind.label for kind in job_types.all_kinds()}


def desk_switches(organisation: Organisation | None) -> list[DeskSwitches]:
    """As an organisation sees them, or, without one, an operator."""
    rows = {(row.organisation_id, row.name): row for row in Switch.objects.visible_to(organisation)}
    whose: UUID | None = organisation.pk if organisation else None

    def view(name: str, label: Text) -> SwitchView:
        operators = rows.get((None, name)) if organisation else None
        return SwitchView(name, label, rows.get((whose, name)), operators)

    names = {desk.name for desk in desks.all_desks()}
    tools = defaultdict(list)
    for kind in sorted(job_types.all_kinds(), key=lambda kind: str(kind.label)):
        tools[kind.desk if kind.desk in names else ""].append(view(kind.name, kind.label))
    groups = [
        DeskSwitches(desk.label, view(desk.name, desk.label), tools[desk.name]) for desk in desks.all_desks()
    ]
    return [*groups, DeskSwitches(_("Tools of all desks"), None, tools[""])]
