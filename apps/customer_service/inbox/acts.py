"""What is done with tags and notes at the press of a button."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act
from apps.customer_service.conversations.acts import CONVERSATION, conversation_act
from apps.customer_service.inbox import notes, tags
from apps.customer_service.inbox.forms import IntoForm, NewTagForm
from apps.customer_service.inbox.models import Tag
from apps.customer_service.inbox.resources import TAGS

DELETE_NOTE = conversation_act(notes.delete_note, at=f"{CONVERSATION}notes/<uuid:note_id>/delete/")
ADD_TAG = conversation_act(tags.add_tag, at=f"{CONVERSATION}tags/", form=NewTagForm)
REMOVE_TAG = conversation_act(tags.remove_tag, at=f"{CONVERSATION}tags/<uuid:tag_id>/remove/")
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
