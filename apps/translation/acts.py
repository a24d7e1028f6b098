"""What is done with a translation at the press of a button."""

from operator import attrgetter

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act
from apps.translation import services
from apps.translation.selectors import translation_list

DELETE = Act(
    services.delete_translation,
    translation_list,
    at="<uuid:translation_id>/delete/",
    label=_("Delete"),
    look="danger",
    name_of=attrgetter("name"),
    confirm=_("Delete this translation?"),
    success=_("The translation was deleted."),
    back="translation:documents",
)
