from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.row_table import ListColumn
from apps.marketing.rules.rules import read_rule
from apps.marketing.segments import selectors
from apps.marketing.segments.models import Segment
from apps.resources.declaration import RowList


@dataclass(frozen=True)
class SegmentView:
    segment: Segment

    @property
    def pk(self) -> UUID:
        return self.segment.pk

    @property
    def words(self) -> str:
        return read_rule(self.segment.rule).words() if self.segment.rule else ""


SEGMENTS = RowList(
    model=Segment,
    plural="segments",
    rows=selectors.segment_list,
    presenter=lambda _organisation, rows: [SegmentView(row) for row in rows],
    page="marketing:segment",
    columns={
        "segment.name": ListColumn(_("Segment"), look="break"),
        "words": ListColumn(_("Rule"), look="small break"),
        "segment.members_count": ListColumn(
            pgettext_lazy("count", "People"), part="marketing/segments/members_count.html", look="cell-number"
        ),
    },
    read="marketing.people",
    list_template="marketing/segments/segments.html",
    refresh_on="moved",
    title=_("Segments"),
    lead=_("People who match a rule. Membership updates automatically."),
    icon="filter",
    page_rows=200,
    new_page="marketing:new_segment",
    new_label=_("New segment"),
    empty_title=_("No segments yet"),
    empty_text=_("Choose conditions, describe the people you mean, or find groups of similar people."),
)
