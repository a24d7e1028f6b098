"""What is done with a tag at the press of a button."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act
from apps.customer_service.inbox import tags
from apps.customer_service.inbox.forms import IntoForm
from apps.customer_service.inbox.models import Tag
from apps.customer_service.inbox.resources import TAGS

MERGE_TAG = Act(
    tags.merge_tags,
    Tag.objects.within,
    form=IntoForm,
    row_fields={"into": Tag.objects.within},
    at="conversations/tags/<uuid:tag_id>/merge/",
    success=lambda into: _("The conversations are now tagged “%(name)s”.") % {"name": into.name},
    back=lambda tag: TAGS.url(row=tag),
    then=lambda into: TAGS.url(),
)
