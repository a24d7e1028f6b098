"""A mail is begun, and sent under the id of its row; an event to webhooks and its row are one commit."""

from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Membership
from apps.core import mail
from apps.core.errors import Conflict, InvalidInput
from apps.jobs import webhooks
from apps.workbench.models import StepRun
from apps.workbench.steps import Execution, Result, State, StepKind, Waits
from domain.workflows.step_kinds.send import Send

EVENT = "app.sent"
MAX_SUBJECT_CHARACTERS = 200
NOT_A_MEMBER = _(
    "An app writes to members of the organisation, or to addresses that stand in its file. This receiver is neither."
)


def _do(execution: Execution, step: Send, place: str) -> Result:
    content = {"subject": mail.single_line(execution.text(step.subject))[:MAX_SUBJECT_CHARACTERS]}
    content["text"] = execution.text(step.text)
    if step.channel == "mail":
        content["to"] = _receiver(execution, step)
    if not execution.row.acts:
        return {"sent": False, **content}
    if step.channel == "webhook":
        return _send_event(execution, step, place, content)
    return _send_mail(execution, step, place, content)


def _send_event(execution: Execution, step: Send, place: str, content: Result) -> Result:
    """Raises Conflict where no webhook wants it."""
    with transaction.atomic():
        row, is_new = execution.results.begin(step, place, content)
        if not is_new:
            return dict(row.result)
        payload = {"step_run": str(row.pk)}
        organisation_id = execution.row.organisation_id
        if not webhooks.record_event(organisation_id, EVENT, payload, subject=f"step_run:{row.pk}"):
            raise Conflict(
                _("No webhook of the organisation takes what apps send. Set one up, or change the app.")
            )
        return dict(
            execution.results.store(step, place, State.DONE, {"sent": True, **content}, row.began_at).result
        )


def _send_mail(execution: Execution, step: Send, place: str, content: Result) -> Result:
    """`sent`: the mail server took it. Raises NoMailServer, MailServerAway, and Waits where nobody knows."""
    mail.require_mail_server()
    with mail.mail_server() as connection:
        row = execution.begin_act(step, place, content)
        try:
            is_sent = _is_taken(connection, _message(execution, row))
        except mail.MailServerAway:
            row.delete()  # nothing was done: the next attempt begins it anew
            raise
        except mail.ConnectionLost as error:
            row.state = State.WAITING
            raise Waits(row) from error
    return {"sent": is_sent, **content}


def _is_taken(connection: Any, message: EmailMessage) -> bool:
    """Raises MailServerAway also where the server puts the mail off, and ConnectionLost."""
    rejection = mail.deliver(connection, message)
    if rejection and rejection.is_temporary:
        raise mail.MailServerAway
    return rejection is None


def _message(execution: Execution, row: StepRun) -> EmailMessage:
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    organisation, starter = execution.row.organisation, execution.row.member
    return EmailMessage(
        subject=row.result["subject"],
        body=row.result["text"],
        from_email=formataddr((mail.single_line(organisation.name)[:MAX_SUBJECT_CHARACTERS], sender)),
        to=[row.result["to"]],
        reply_to=[starter.user.email] if starter else None,
        headers={
            "Message-ID": f"<{row.pk}@{sender.rpartition('@')[2] or 'localhost'}>",
            "Auto-Submitted": "auto-generated",
        },
    )


def _receiver(execution: Execution, step: Send) -> str:
    """Raises InvalidInput."""
    value = execution.value(step.to or "")
    address = str(value["text"] if isinstance(value, dict) else value).strip()
    if address.lower() not in execution.app.addresses | execution.addresses:
        members = Membership.objects.filter(organisation=execution.row.organisation, is_active=True)
        if not members.filter(user__is_active=True, user__email__iexact=address).exists():
            raise InvalidInput(NOT_A_MEMBER, code="no_receiver")
    return address


KIND = StepKind(_("Send"), "mail", _do)
