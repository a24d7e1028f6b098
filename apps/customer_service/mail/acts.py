"""What is done with a mail at the press of a button."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act, page_of
from apps.customer_service.mail import services
from apps.customer_service.mail.models import MailMessage

TAKE_MAIL = Act(
    services.take_mail,
    MailMessage.objects.within,
    at="conversations/mails/<uuid:mail_message_id>/take/",
    label=_("Convert to message"),
    back=lambda mail: page_of("customer_service:mail_account", "channel_id")(mail.account),
    then=page_of("customer_service:conversation"),
)
