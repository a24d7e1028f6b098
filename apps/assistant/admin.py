from django.utils.translation import gettext_lazy as _

from apps.accounts.admin_tables import Table, register
from apps.assistant.models import Chat, ChatFile, ChatFolder, ChatMessage

register(
    Table(Chat, _("Chats"), "created_at changed_at", "member api_key"),
    Table(ChatFolder, _("Folders of chats"), "created_at", "member"),
    tab=_("Assistant"),
)
register(
    Table(ChatMessage, _("Messages of chats"), "author model created_at", "job"),
    Table(ChatFile, _("Files of chats"), "size error_code created_at"),
)
