from django.utils.translation import gettext_lazy as _

from apps.assistant.models import Chat
from apps.assistant.services import erase_chats
from apps.privacy import retention_rules
from apps.privacy.retention_rules import RetentionRule

retention_rules.register(
    RetentionRule(
        "assistant_chats",
        _("Chats with the assistant, from their last message on"),
        _("Assistant"),
        days=365,
        rows=Chat.objects.all(),
        since="changed_at",
        erase=lambda _organisation, chats: erase_chats(chats),
    )
)
