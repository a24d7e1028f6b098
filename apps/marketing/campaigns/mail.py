"""A message of a campaign as a mail, and what the mail server makes of it."""

from collections.abc import Collection
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from apps.core.mail import deliver, single_line
from apps.marketing.campaigns.reasons import Failure
from apps.marketing.experiments import tracking
from apps.marketing.experiments.models import Exposure

MAX_SUBJECT_CHARACTERS = 200
LANGUAGES = {"zh": "zh-hans", "en": "en"}
TEMPLATE = "marketing/campaigns/mail.html"


def compose(exposure: Exposure, address: str) -> EmailMultiAlternatives | None:
    """The mail of an exposure with its links; None for an address that no mail can go to.

    The way out is also a header, which mail programs show as a button (RFC 2369, RFC 8058).
    """
    try:
        validate_email(address)
    except ValidationError:
        return None
    experiment, texts = exposure.experiment, tracking.texts_with_links(exposure.arm, exposure)
    brief = experiment.brief
    leave = tracking.unsubscribe_address(exposure)
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    with translation.override(LANGUAGES[brief.language] if brief else None):
        body, subject = texts.get("body", ""), subject_line(texts.get("subject", ""))
        context = {
            "subject": subject,
            "preheader": texts.get("preheader", ""),
            "paragraphs": _paragraphs(body, exposure),
            "house": exposure.organisation.name,
            "leave": leave,
            "pixel": tracking.pixel_address(exposure),
        }
        plain = (
            f"{body}\n\n-- \n{exposure.organisation.name}\n{_('Unsubscribe from these e-mails:')} {leave}\n"
        )
        message = EmailMultiAlternatives(
            subject=subject,
            body=plain,
            from_email=formataddr((subject_line(exposure.organisation.name), sender)),
            to=[address],
            headers={
                "Message-ID": f"<{exposure.pk}@{sender.rpartition('@')[2] or 'localhost'}>",
                "List-Unsubscribe": f"<{leave}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
        )
        message.attach_alternative(render_to_string(TEMPLATE, context), "text/html")
    return message


def send(connection: Any, message: EmailMultiAlternatives) -> str:
    """Empty, or the failure. Raises MailServerAway where it certainly did not go, ConnectionLost where nobody knows."""
    refusal = deliver(connection, message)
    if refusal is None:
        return ""
    if refusal.is_temporary:
        return Failure.DEFERRED
    return Failure.REFUSED_ADDRESS if refusal.is_of_address else Failure.REFUSED_MESSAGE


def subject_line(text: str) -> str:
    return single_line(text)[:MAX_SUBJECT_CHARACTERS]


def _paragraphs(body: str, exposure: Exposure) -> list[list[tuple[str, bool]]]:
    """Lines of text and links by turns; only our own short links can be clicked on."""
    numbers = range(len(exposure.experiment.links))
    addresses = {tracking.short_link(exposure.pk, number) for number in numbers}
    return [_parts(line, addresses) for line in body.splitlines() if line.strip()]


def _parts(line: str, addresses: Collection[str]) -> list[tuple[str, bool]]:
    parts = [(line, False)]
    # The longest first: one address may begin as another does.
    for address in sorted(addresses, key=len, reverse=True):
        cut: list[tuple[str, bool]] = []
        for text, is_link in parts:
            if is_link:
                cut.append((text, True))
                continue
            first, *others = text.split(address)
            cut.append((first, False))
            for other in others:
                cut += [(address, True), (other, False)]
        parts = cut
    return parts
