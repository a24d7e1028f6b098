from apps.analytics import pages
from apps.dashboards.value.report import REPORT

value = pages.page(REPORT)
export_value = pages.export(REPORT)
