from django.utils.translation import gettext_lazy as _

from apps.customer_service.conversations.models import Conversation
from apps.customer_service.staff.settings import DESK_SETTINGS
from apps.privacy import retention_rules
from apps.privacy.retention_rules import RetentionRule

retention_rules.register(
    RetentionRule(
        "conversations",
        _("Resolved conversations with all their content"),
        _("Customer service"),
        settings=DESK_SETTINGS,
        setting="conversations_kept_days",
        rows=lambda organisation: Conversation.objects.within(organisation).filter(
            state=Conversation.State.RESOLVED
        ),
        since="last_activity_at",
        erased_action="conversations.erased",
    ),
)
