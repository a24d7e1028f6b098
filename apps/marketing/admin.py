from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.accounts.admin_tables import Table, register
from apps.marketing import models as desk
from apps.marketing.channels.names import channel_choices


def channels() -> dict[str, str]:
    return {"": str(_("no message")), **dict(channel_choices())}


register(
    Table(desk.Brief, _("Briefs"), "product language member created_at", search=("product",), is_named=True),
    Table(desk.CopyRequest, _("Copy requests"), "brief count created_at", "member job"),
    Table(
        desk.CopyVariant,
        _("Copy variants"),
        "brief channel status model created_at",
        "version cost edit_share member approved_at won_at",
        codes={"channel": channels},
    ),
    Table(
        desk.VideoScript,
        _("Video scripts"),
        "brief seconds status model created_at",
        "version cost member job",
    ),
    tab=pgettext_lazy("tab", "Content"),
)
register(
    Table(desk.Person, _("People"), "created_at changed_at due_at"),
    Table(
        desk.PeopleImport,
        _("Imports of people"),
        "rows_count created_count changed_count rejected_count created_at",
        "member job length received_at",
    ),
    Table(
        desk.Segment, _("Segments"), "name origin members_count evaluated_at", search=("name",), is_named=True
    ),
    Table(desk.PeopleClustering, _("Clusterings"), "people_count total_count member created_at", "job"),
    tab=_("Customers"),
)
register(
    Table(
        desk.Campaign,
        _("Campaigns"),
        "name status segment starts_at finished_at",
        "brief experiment pause_reason people_per_hour version member job",
        search=("name",),
        dates="created_at",
        is_named=True,
    ),
    Table(desk.CampaignReview, _("Reviews of campaigns"), "campaign is_approval version member created_at"),
    tab=_("Campaigns"),
)
register(
    Table(
        desk.Experiment,
        _("Experiments"),
        "name metric allocation status started_at stopped_at",
        "brief min_exposures is_simulated member",
        search=("name",),
        is_named=True,
    ),
    Table(desk.OrderSettings, _("Order settings"), "max_orders_per_exposure max_order_value"),
    tab=pgettext_lazy("tab", "Results"),
)
register(
    Table(
        desk.ChannelOverride,
        _("Changed channels"),
        "channel send_cost max_sends send_days",
        codes={"channel": channels},
    ),
    tab=_("Text formats"),
)
register(
    Table(desk.BriefSource, _("Sources of briefs"), "brief kind size created_at", "job member"),
    Table(desk.BriefFact, _("Facts of briefs"), "brief is_confirmed"),
    Table(desk.CopyReview, _("Reviews of copy"), "variant is_approval version member created_at"),
    Table(desk.SpanRewrite, _("Rewrites"), "variant is_taken member created_at", "job"),
    Table(desk.ShotSound, _("Voice-over audio"), "script seconds size created_at"),
    Table(desk.ImportRejection, _("Rejected rows of imports"), "people_import"),
    Table(desk.SegmentMembership, _("People in segments"), "segment person since"),
    Table(desk.SegmentQuestion, _("Segments in plain words"), "member job created_at"),
    Table(desk.LeftOutRevenue, _("Revenue left out"), "experiment reason orders"),
    Table(
        desk.ExperimentArm,
        _("Arms of experiments"),
        "experiment channel planned_share position",
        codes={"channel": channels},
    ),
    Table(
        desk.Exposure,
        _("Exposures"),
        "experiment segment created_at delivered_at clicked_at converted_at",
        "arm propensity opened_at unsubscribed_at revenue",
    ),
    Table(
        desk.ArmCount,
        _("Daily counts of arms"),
        "day exposures opens clicks conversions unsubscribes",
        "arm segment",
    ),
    Table(desk.MarketingEvent, _("Marketing events"), "type revenue happened_at received_at", "exposure"),
    Table(desk.EventBatch, _("Batches of events"), "source rejected received_at"),
    Table(desk.EventIntake, _("Intake of events"), "counted doubled unknown malformed", "job"),
    Table(
        desk.PolicyEstimate,
        _("Estimates of policies"),
        "experiment rows_count applied_at created_at",
        "member job",
    ),
)
