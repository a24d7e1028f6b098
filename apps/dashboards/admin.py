from django.utils.translation import gettext_lazy as _

from apps.accounts.admin_tables import Table, register
from apps.accounts.admin_words import error_codes
from apps.core import desks
from apps.core.errors import Text
from apps.dashboards import models as dashboards
from apps.jobs.admin import job_type_labels
from apps.jobs.queues import LABELS


def desk_names() -> dict[str, Text]:
    return {desk.name: desk.label for desk in desks.installed()}


register(
    Table(dashboards.InstalledVersion, _("Platform versions"), "version first_seen_at"),
    Table(dashboards.AnalyticsSettings, _("Dashboard settings"), "time_zone currency", is_named=True),
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
