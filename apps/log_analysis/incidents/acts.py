"""What is done with incidents and anomalies at the press of a button."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act, page_of
from apps.log_analysis.detection import selectors as detection
from apps.log_analysis.incidents import services
from apps.log_analysis.incidents.forms import IncidentNoteForm, SuppressionForm
from apps.log_analysis.incidents.selectors import incident_list

EXPLAIN_INCIDENT = Act(
    services.explain,
    incident_list,
    at="incidents/<uuid:incident_id>/explain/",
    label=_("Find the cause with the model"),
    icon="model",
    back=page_of("log_analysis:incident"),
)
ADD_INCIDENT_NOTE = Act(
    services.add_note,
    incident_list,
    at="incidents/<uuid:incident_id>/notes/",
    form=IncidentNoteForm,
    back=page_of("log_analysis:incident"),
)
SUPPRESS_LOG_ANOMALY = Act(
    services.suppress_anomaly,
    detection.anomaly_list,
    at="anomalies/<uuid:log_anomaly_id>/suppress/",
    form=SuppressionForm,
    success=_("Similar events are no longer treated as anomalies."),
    back="log_analysis:incidents",
    then=lambda incident: (
        page_of("log_analysis:incident")(incident) if incident else "log_analysis:incidents"
    ),
)
