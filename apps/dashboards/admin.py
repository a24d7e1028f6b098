from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.accounts.admin_tables import Table, register
from apps.accounts.admin_words import error_codes
from apps.core import desks
from apps.core.errors import Text
from apps.dashboards import models as dashboards
from apps.jobs.admin import job_type_labels
from apps.jobs.queues import LABELS


def desk_names() -> dict[str, Text]:
    return {desk.name: desk.label for desk in desks.all_desks()}


register(
    Table(
        dashboards.MailedReport,
        _("E-mail reports"),
        "name days is_enabled created_at",
        "time_zone has_xlsx has_csv schedule",
        is_named=True,
    ),
    Table(
        dashboards.ReportDelivery,
        _("Sent e-mail reports"),
        "mailed_report state member created_at",
        "job",
    ),
    tab=_("E-mail reports"),
)
register(
    Table(
        dashboards.ValueAssumptions,
        _("Value assumptions"),
        "hourly_cost gpu_hour_price",
        "minutes_per_conversation minutes_per_record minutes_per_text gpus parallel_requests architecture",
    ),
    Table(dashboards.AnalyticsSettings, _("Dashboard settings"), "time_zone currency", is_named=True),
    tab=pgettext_lazy("business", "Value"),
)
register(
    Table(dashboards.InstalledVersion, _("Platform versions"), "version first_seen_at"),
    tab=pgettext_lazy("dashboard", "System"),
)
register(
    Table(dashboards.ChangedHour, _("Hours to count"), "hour"),
    Table(dashboards.ChangedDay, _("Days to count"), "day"),
    Table(dashboards.DayClock, _("Time zones of days"), "time_zone"),
    Table(
        dashboards.JobDay,
        _("Jobs by day"),
        "day desk kind state jobs",
        "error_code member api_key waits wait_ms runs run_ms",
        codes={"desk": desk_names, "kind": job_type_labels, "error_code": error_codes},
    ),
    Table(
        dashboards.CallDay,
        _("Calls by day"),
        "day desk purpose model status calls",
        "kind error_code member api_key endpoint input_tokens output_tokens cost audio_seconds",
        codes={"desk": desk_names, "kind": job_type_labels, "error_code": error_codes},
    ),
    Table(
        dashboards.JobHour,
        _("Jobs by hour"),
        "hour desk kind queue state jobs",
        "error_code waits wait_ms runs run_ms",
        codes={
            "desk": desk_names,
            "kind": job_type_labels,
            "queue": lambda: LABELS,
            "error_code": error_codes,
        },
    ),
    Table(
        dashboards.CallHour,
        _("Calls by hour"),
        "hour desk purpose model status calls",
        "kind error_code input_tokens output_tokens reasoning_tokens cost audio_seconds",
        codes={"desk": desk_names, "kind": job_type_labels, "error_code": error_codes},
    ),
)
