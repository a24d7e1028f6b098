"""Lists of people, of what was sent to them, and of how they are grouped."""

from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.row_table import Columns, ListColumn
from apps.marketing.experiments.models import Exposure
from apps.marketing.profiles import selectors
from apps.marketing.profiles.models import PeopleClustering, PeopleImport, Segment
from apps.marketing.profiles.rules import read_rule
from apps.resources.declaration import RowList

PEOPLE: Columns = {
    "external_id": ListColumn(_("Customer ID"), look="break"),
    "name": _("Name"),
    "attributes": ListColumn(_("Attributes"), part="marketing/profiles/person_attributes.html", look="small"),
    "consents_count": ListColumn(_("Agreed to"), kind="count"),
    "changed_at": _("Changed"),
}


@dataclass(frozen=True)
class SegmentView:
    segment: Segment

    @property
    def pk(self) -> UUID:
        return self.segment.pk

    @property
    def words(self) -> str:
        return read_rule(self.segment.rule).words() if self.segment.rule else ""


PEOPLE_CLUSTERINGS = RowList(
    model=PeopleClustering,
    plural="people_clusterings",
    rows=selectors.clustering_list,
    columns={
        "attributes": ListColumn(_("Compared by"), look="break"),
        "job.state": ListColumn(_("State"), kind="state"),
        "clusters_count": ListColumn(_("Groups"), kind="number"),
        "created_at": _("Created"),
    },
    read="marketing.people",
    page_rows=20,
    icon="chart",
    empty_title=_("No groups yet"),
    empty_text=_("Choose the attributes to compare. It takes a minute or two."),
)
PEOPLE_IMPORTS = RowList(
    model=PeopleImport,
    plural="people_imports",
    rows=selectors.import_list,
    columns={
        "file_name": ListColumn(_("File"), look="break"),
        "state": ListColumn(_("State"), part="marketing/profiles/import_state.html"),
        "created_count": ListColumn(pgettext_lazy("people", "New"), kind="number"),
        "changed_count": ListColumn(_("Changed"), kind="number"),
        "rejected_count": ListColumn(_("Invalid rows"), kind="number"),
        "created_at": _("Uploaded"),
    },
    read="marketing.people",
    refresh_on="people-import-stored from:body, moved",
    icon="upload",
    empty_title=_("No imports yet"),
    empty_text=_("Uploads and the number of imported people appear here."),
)
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
            pgettext_lazy("count", "People"), part="marketing/profiles/members_count.html", look="cell-number"
        ),
    },
    read="marketing.people",
    list_template="marketing/profiles/segments.html",
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
EXPOSURES = RowList(
    model=Exposure,
    plural="exposures",
    rows=selectors.exposure_list,
    columns={
        "experiment.name": _("Sent"),
        "created_at": _("When"),
        "arm.channel_name": _("Channel"),
        "outcome": ListColumn(_("Outcome"), part="marketing/profiles/outcome.html"),
        "revenue": ListColumn(_("Revenue"), kind="amount"),
    },
    read="marketing.people",
    page_rows=selectors.MAX_SHOWN_EXPOSURES,
    icon="send",
    empty_title=_("Nothing sent yet"),
    empty_text=_("Messages from campaigns and experiments appear here with clicks and purchases."),
)
