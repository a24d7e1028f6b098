from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DashboardsConfig(AppConfig):
    name = "apps.dashboards"
    label = "dashboards"
    verbose_name = _("Dashboards")

    def ready(self) -> None:
        from apps.analytics.reports import register_report
        from apps.dashboards.mailed_reports import services  # noqa: F401  (registers its kind of job)
        from apps.dashboards.usage import jobs_report, models_report
        from apps.dashboards.value import report

        register_report(jobs_report.REPORT)
        register_report(models_report.REPORT)
        register_report(report.REPORT)
