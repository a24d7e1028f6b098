"""A group as its page shows it: its rule in words, how exact that is, and bars of here against everybody."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.analytics.charts import Drawing, bar
from apps.marketing.groups.portraits import GroupFigure
from apps.marketing.rules.rules import read_rule


@dataclass(frozen=True)
class GroupView:
    """`is_kept`: its segment is there; one that was deleted can be made again."""

    cluster: dict[str, Any]
    is_kept: bool = False

    @property
    def number(self) -> int:
        return int(self.cluster["number"])

    @property
    def share_percent(self) -> int:
        return _percent(self.cluster["share"])

    @property
    def segment_id(self) -> str:
        return str(self.cluster["segment"]) if self.is_kept else ""

    @property
    def rule_words(self) -> str:
        """Empty where no rule tells it from the others."""
        return read_rule(self.cluster["rule"]).words() if self.cluster["rule"] else ""

    @property
    def precision_percent(self) -> int:
        return _percent(self.cluster["precision"])

    @property
    def recall_percent(self) -> int:
        return _percent(self.cluster["recall"])

    @property
    def proposed_name(self) -> str:
        figures = self._group_figures
        name = _("Group %(number)d") % {"number": self.number}
        return f"{name}: {figures[0].attribute} {figures[0].value}".strip()[:120] if figures else name

    @property
    def bars(self) -> list[tuple[str, Drawing, str, Drawing, str]]:
        """Label, bar and words here, bar and words of everybody; the wider of the two is full."""
        return [self._bar(each) for each in self._group_figures]

    @property
    def _group_figures(self) -> list[GroupFigure]:
        return [GroupFigure(**each) for each in self.cluster["figures"]]

    def _bar(self, figure: GroupFigure) -> tuple[str, Drawing, str, Drawing, str]:
        is_share = figure.kind in ("text", "truth")
        label = f"{figure.attribute} = {figure.value}" if is_share else figure.attribute
        most = 100.0 if is_share else max(abs(figure.here), abs(figure.everybody)) or 1.0
        unit = "%" if is_share else _(" days ago") if figure.kind == "day" else ""
        here, everybody = (
            (bar(abs(value) / most, tone), f"{value:g}{unit}")
            for value, tone in ((figure.here, "fill-accent"), (figure.everybody, "fill-neutral"))
        )
        return label, *here, *everybody


def _percent(share: float) -> int:
    return round(share * 100)
