from django.utils.translation import gettext_lazy as _

from apps.accounts.admin_tables import Table, register
from apps.log_analysis import models as desk

register(
    Table(
        desk.Incident,
        _("Incidents"),
        "severity status owner records_count started_at ended_at",
        "services surprise impact score is_cause_from_model resolved_at job",
        dates="started_at",
    ),
    Table(desk.IncidentNote, _("Notes of incidents"), "incident member created_at"),
    tab=_("Incidents"),
)
register(
    Table(desk.LogTemplate, _("Log templates"), "source severity records_count first_seen_at last_seen_at"),
    Table(desk.RecordQuestion, _("Questions about logs"), "member job created_at"),
    tab=_("Search"),
)
register(
    Table(
        desk.LogSource,
        _("Log sources"),
        "name kind service records_count waiting_bytes is_paused last_record_at",
        "keep_days sample_percent dropped_lines heartbeat_due_at job created_at",
        search=("name", "service"),
        is_named=True,
    ),
    Table(
        desk.LogFile,
        _("Log files"),
        "source records_count length created_at received_at",
        "lines_count member job",
    ),
    Table(
        desk.ChangeMarker,
        _("Changes"),
        "name kind service happened_at",
        "source",
        search=("name",),
        is_named=True,
    ),
    tab=_("Sources"),
)
register(
    Table(
        desk.AlertChannel,
        _("Alert channels"),
        "name kind min_severity is_enabled",
        "quiet_from quiet_until time_zone escalate_minutes created_at",
        search=("name",),
        is_named=True,
    ),
    Table(desk.IncidentAlert, _("Alerts"), "incident channel state attempts due_at sent_at"),
    Table(desk.DetectionSettings, _("Detection settings"), "false_alarms_per_day max_incidents_per_day"),
    tab=_("Alerts"),
)
register(
    Table(desk.UnreadBatch, _("Log batches kept aside"), "source reason bytes is_due kept_at"),
    Table(desk.TemplateName, _("Names of log templates"), "severity created_at"),
    Table(desk.TemplateSplit, _("Splits of log templates"), "template parameter created_at"),
    Table(desk.TemplateCount, _("Counts of log templates"), "source template minute level count"),
    Table(
        desk.LogAnomaly,
        _("Anomalies"),
        "source detector service surprise started_at",
        "template incident observed expected records_count ended_at",
    ),
    Table(desk.AnomalySuppression, _("Suppressed anomalies"), "source detector member created_at"),
    Table(desk.SessionLabel, _("Judged sessions"), "source is_anomaly created_at"),
)
