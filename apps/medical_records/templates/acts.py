"""What is done with a template of records at the press of a button."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act, page_of
from apps.medical_records.templates import services
from apps.medical_records.templates.selectors import template_of

COPY_TEMPLATE = Act(
    services.copy,
    find=lambda actor, template_id: template_of(actor.organisation, template_id),
    at="templates/<uuid:record_template_id>/copy/",
    label=_("Copy"),
    icon="copy",
    back="medical_records:templates",
    then=page_of("medical_records:edit_template", "template_id"),
)
ARCHIVE_TEMPLATE = Act(
    services.archive_or_restore,
    find=COPY_TEMPLATE.find,
    at="templates/<uuid:record_template_id>/archive/",
    label=_("Archive"),
    look="quiet",
    success=lambda template: (
        _("The template is archived. Existing records are not affected.")
        if template.archived_at
        else _("The template is restored.")
    ),
    back="medical_records:templates",
)
