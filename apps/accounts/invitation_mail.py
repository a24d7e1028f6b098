"""The mail that carries an invitation's link."""

from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Invitation
from apps.core.errors import ServiceUnavailable


def invitation_url(token: str) -> str:
    return settings.PUBLIC_URL + reverse("accounts:open_invitation", args=[token])


def send_invitation(invitation: Invitation, *, token: str) -> None:
    """Raises ServiceUnavailable when the mail server does not take the mail."""
    organisation = invitation.organisation.name
    subject = gettext("Join %(organisation)s on Kongming") % {"organisation": " ".join(organisation.split())}
    body = render_to_string(
        "accounts/invitation_mail.txt", {"invitation": invitation, "url": invitation_url(token)}
    )
    try:
        send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [invitation.email])
    except (SMTPException, OSError) as error:
        raise ServiceUnavailable(
            _("The mail server rejected the invitation, so it was not created. Contact the operator.")
        ) from error
