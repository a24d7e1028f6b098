from apps.log_analysis.alerting.models import AlertChannel, IncidentAlert
from apps.log_analysis.detection.models import AnomalySuppression, DetectionSettings, LogAnomaly, SessionLabel
from apps.log_analysis.incidents.models import ChangeMarker, Incident, IncidentNote
from apps.log_analysis.questions.models import RecordQuestion
from apps.log_analysis.sources.models import LogFile, LogSource, UnreadBatch
from apps.log_analysis.templates.models import LogTemplate, TemplateCount, TemplateName, TemplateSplit

__all__ = [
    "AlertChannel",
    "AnomalySuppression",
    "ChangeMarker",
    "DetectionSettings",
    "Incident",
    "IncidentAlert",
    "IncidentNote",
    "LogAnomaly",
    "LogFile",
    "LogSource",
    "LogTemplate",
    "RecordQuestion",
    "SessionLabel",
    "TemplateCount",
    "TemplateName",
    "TemplateSplit",
    "UnreadBatch",
]
