"""What is done with a person at the press of a button."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act
from apps.marketing.profiles import selectors, services

ERASE_PERSON = Act(
    services.erase_person,
    selectors.people_list,
    at="people/<uuid:person_id>/erase/",
    label=_("Erase person"),
    icon="trash",
    look="danger",
    confirm=_("Erase this person and all their data? This cannot be undone."),
    success=_("The person and all their data were erased."),
    back="marketing:people",
)
