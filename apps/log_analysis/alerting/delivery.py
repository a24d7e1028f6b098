"""Sending: requests through the guard of the server's own network, mails through the operator's mail server."""

from collections.abc import Sequence
from dataclasses import dataclass
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone, translation
from django.utils.translation import gettext

from apps.core import ssrf_guard
from apps.core.mail import is_set_up
from apps.log_analysis.alerting import payloads
from apps.log_analysis.alerting.alert_texts import AlertText
from apps.log_analysis.alerting.models import AlertChannel

# Answers between 400 and 499 that another attempt may change.
PASSING_STATUSES = (408, 425, 429)
MAX_REASON_CHARACTERS = 300


@dataclass(frozen=True)
class Failure:
    """Why something was not taken. `is_final`: trying again changes nothing."""

    reason: str
    is_final: bool = False


def send_all(messages: Sequence[tuple[AlertChannel, AlertText]]) -> list[Failure | None]:
    """Requests go out at once, mails one after the other. In the same order: None for what was accepted."""
    failures: dict[int, Failure | None] = {}
    requests = {}
    for place, (channel, text) in enumerate(messages):
        if channel.kind == AlertChannel.Receiver.MAIL:
            failures[place] = _mail(channel, text)
        else:
            requests[place] = payloads.request(channel, text, now=timezone.now())
    answers = ssrf_guard.post_all(list(requests.values()))
    for place, answer in zip(requests, answers, strict=True):
        reason = payloads.delivery_error(messages[place][0].kind, answer)
        is_final = 400 <= (answer.status or 0) < 500 and answer.status not in PASSING_STATUSES
        failures[place] = Failure(reason, is_final=is_final) if reason else None
    return [failures[place] for place in range(len(messages))]


def _mail(channel: AlertChannel, text: AlertText) -> Failure | None:
    if not is_set_up():
        with translation.override(channel.organisation.output_language):
            return Failure(
                gettext("No mail server is set up. Ask the operator to set EMAIL_URL."), is_final=True
            )
    try:
        EmailMessage(text.title, text.as_plain, settings.DEFAULT_FROM_EMAIL, [channel.address]).send()
    # `ValueError`: of an address or a subject that no mail can have.
    except (SMTPException, OSError, ValueError) as error:
        return Failure(str(error)[:MAX_REASON_CHARACTERS] or type(error).__name__)
    return None
