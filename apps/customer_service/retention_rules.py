from functools import partial

from django.utils.translation import gettext_lazy as _

from apps.customer_service.attachments import services as attachments
from apps.customer_service.channels import services as channels
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations.models import Attachment, Conversation
from apps.customer_service.mail.models import MailMessage
from apps.customer_service.privacy import services as privacy
from apps.customer_service.staff.settings import DESK_SETTINGS
from apps.privacy import retention_rules
from apps.privacy.retention_rules import RULE_SECONDS, RetentionRule

retention_rules.register(
    RetentionRule(
        "conversations",
        _("Resolved conversations with all their content, and emails set aside"),
        _("Customer service"),
        settings=DESK_SETTINGS,
        setting="conversations_kept_days",
        rows=Conversation.objects.filter(state=Conversation.State.RESOLVED),
        since="last_activity_at",
        erase=privacy.erase_outdated,
        # Each goes through everything that holds personal data.
        at_once=privacy.AT_ONCE,
        erased_action="conversations.erased",
    ),
    RetentionRule(
        "mails_aside",
        settings=DESK_SETTINGS,
        setting="conversations_kept_days",
        rows=MailMessage.objects.filter(conversation=None),
        since="created_at",
    ),
    RetentionRule(
        "unsent_attachments",
        _("Files that visitors never sent"),
        _("Customer service"),
        # A file may be chosen long before the message to it is written.
        days=1,
        rows=Attachment.objects.filter(message=None),
        since="created_at",
        erase_row=attachments.remove,
    ),
    RetentionRule(
        "channels_to_erase",
        rows=Channel.objects.filter(erase_requested_at__isnull=False).select_related("organisation"),
        until="erase_requested_at",
        erase_row=partial(channels.erase_channel, seconds=RULE_SECONDS),
        is_requested=True,
    ),
)
