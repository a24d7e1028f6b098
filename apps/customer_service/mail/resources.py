from django.utils.translation import gettext_lazy as _

from apps.core.row_table import ListColumn, page_link
from apps.customer_service.mail import selectors
from apps.customer_service.mail.models import MailMessage
from apps.resources.declaration import RowList

KEPT_ASIDE = RowList(
    model=MailMessage,
    plural="mail_messages",
    rows=selectors.kept_aside,
    columns={
        "subject": ListColumn(
            _("Subject"), link=page_link("customer_service:conversation", "conversation_id")
        ),
        "sender_text": _("From"),
        "outcome": ListColumn(_("Why"), part="customer_service/mail/outcome.html", look="soft"),
        "created_at": _("Read"),
    },
    acts_part="customer_service/mail/take_mail.html",
    read="conversations.manage",
    icon="inbox",
    empty_title=_("Nothing set aside"),
)
