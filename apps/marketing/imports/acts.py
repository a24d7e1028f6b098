"""What is done with a table of people at the press of a button."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act, delete_act
from apps.marketing.imports import selectors, services

START_PEOPLE_IMPORT = Act(services.start_import, selectors.import_list)
DELETE_PEOPLE_IMPORT = delete_act(
    services.delete_import,
    selectors.import_list,
    at="people/imports/<uuid:people_import_id>/delete/",
    confirm=_("Delete this import? Imported people are kept."),
    success=_("Deleted."),
    back="marketing:people_imports",
)
