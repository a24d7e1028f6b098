"""What the inbox keeps in lists: texts that staff send often, and words of their own on conversations."""

from django.utils.translation import gettext_lazy as _

from apps.customer_service.inbox import selectors
from apps.customer_service.inbox.forms import NAME_IS_TAKEN, CannedReplyForm, TagForm
from apps.customer_service.inbox.models import CannedReply, Tag
from apps.resources.declaration import Resource

INBOX = (_("Conversations"), "customer_service:conversations")

CANNED_REPLIES = Resource(
    model=CannedReply,
    name="canned_reply",
    plural="canned_replies",
    rows=selectors.canned_reply_list,
    form=CannedReplyForm,
    columns={"__str__": _("Shortcut"), "language": _("Language"), "text": _("Text")},
    read="conversations.view",
    write="conversations.reply",
    title=_("Canned replies"),
    lead=_("Replies you send often. Type a slash and the shortcut while writing to a visitor."),
    new_label=_("New canned reply"),
    empty_title=_("No canned replies yet"),
    empty_text=_("Save what you answer every day: opening hours, returns, a friendly goodbye."),
    icon="quote",
    parent=INBOX,
    identity=("shortcut", "language"),
    conflict=_("A reply with this shortcut already exists in this language."),
    search=("shortcut", "text"),
    filters=("language",),
    table_columns=("shortcut", "language", "text"),
    audit_fields=("shortcut",),
    delete_question=_("Delete this reply?"),
)

TAGS = Resource(
    model=Tag,
    name="tag",
    plural="tags",
    rows=selectors.tag_list,
    form=TagForm,
    columns={"name": _("Name"), "conversations_count": _("Conversations")},
    read="conversations.view",
    write="conversations.manage",
    title=_("Tags"),
    new_label=_("New tag"),
    empty_title=_("No tags yet"),
    empty_text=_(
        "Use tags to label conversations, such as “wholesale” or “complaint”. Add the first one from "
        "any conversation."
    ),
    icon="tag",
    parent=INBOX,
    identity=("name",),
    conflict=NAME_IS_TAKEN,
    search=("name",),
    audit_fields=("name",),
    delete_question=_("Delete this tag from all conversations?"),
    form_template="customer_service/inbox/tag.html",
)
