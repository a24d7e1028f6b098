from django.apps import AppConfig


class DashboardsConfig(AppConfig):
    name = "apps.dashboards"
    label = "dashboards"

    def ready(self) -> None:
        from apps.analytics.reports import register_report
        from apps.dashboards.value import report

        register_report(report.REPORT)
