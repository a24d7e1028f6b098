"""What is done with a template of log lines at the press of a button."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act, page_of
from apps.log_analysis.templates import selectors, services

PART_LOG_TEMPLATE = Act(
    services.part_template,
    selectors.all_templates,
    at="templates/<uuid:log_template_id>/part/",
    label=_("Undo merge"),
    success=_("Merge undone."),
    back=page_of("log_analysis:log_template"),
)
