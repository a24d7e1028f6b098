"""What is done with a template of log lines at the press of a button."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act, page_of
from apps.log_analysis.templates import selectors, services
from apps.log_analysis.templates.forms import MergeForm, SplitForm

MERGE_LOG_TEMPLATE = Act(
    services.merge_templates,
    selectors.all_templates,
    form=MergeForm,
    row_fields={"into": selectors.all_templates},
    at="templates/<uuid:log_template_id>/merge/",
    success=_("Merged."),
    back=page_of("log_analysis:log_template"),
    then=page_of("log_analysis:log_template"),
)
SPLIT_LOG_TEMPLATE = Act(
    services.split_template,
    selectors.all_templates,
    form=SplitForm,
    at="templates/<uuid:log_template_id>/split/",
    success=_("Saved."),
    back=page_of("log_analysis:log_template"),
)
PART_LOG_TEMPLATE = Act(
    services.part_template,
    selectors.all_templates,
    at="templates/<uuid:log_template_id>/part/",
    label=_("Undo merge"),
    success=_("Merge undone."),
    back=page_of("log_analysis:log_template"),
)
