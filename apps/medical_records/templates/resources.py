from django.utils.translation import gettext_lazy as _

from apps.core.row_table import ListColumn, page_link
from apps.medical_records.templates.models import RecordTemplateVersion
from apps.resources.declaration import RowList

RECORD_TEMPLATES = RowList(
    model=RecordTemplateVersion,
    plural="templates",
    columns={
        "template.name": ListColumn(_("Template"), link=page_link("medical_records:template", "template_id")),
        "template.specialty": _("Specialty"),
        "template.language": _("Language"),
        "template.is_builtin": ListColumn(_("Origin"), words=(_("built in"), _("custom"))),
        "number": ListColumn(_("Version"), kind="number"),
    },
    acts_part="medical_records/templates/template_acts.html",
    read="records.view",
    page_rows=200,
    title=_("Templates"),
    lead=_("Sections and fields of a record. Every change is a new version; existing records keep theirs."),
    icon="file",
    new_page="medical_records:new_template",
    new_label=_("New template"),
    empty_title=_("No templates yet"),
    empty_text=_("A template defines the sections and fields of a record. Create your own to start."),
    list_template="medical_records/templates/record_templates.html",
)
