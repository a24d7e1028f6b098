"""Telling places outside of the database, every day, how far each trail goes."""

from dataclasses import asdict
from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.utils.translation import gettext as _

from apps.accounts.models import Organisation
from apps.audit import anchors
from apps.audit.anchors import Anchor
from apps.jobs import webhooks

EVENT = "audit.anchored"


def publish() -> list[Anchor]:
    """An anchor of every trail, to AUDIT_ANCHOR_DIR, to the webhooks that listen and to AUDIT_ANCHOR_MAIL."""
    found = [
        anchors.current_anchor(pk)
        for pk in Organisation.objects.order_by("slug").values_list("pk", flat=True)
    ]
    published = [anchor for anchor in found if anchor]
    for anchor in published:
        anchors.keep(anchor)
        _tell_webhooks(anchor)
    if published and settings.AUDIT_ANCHOR_MAIL:
        _send(published)
    return published


def _tell_webhooks(anchor: Anchor) -> None:
    payload = {"type": EVENT, "timestamp": anchor.at, "data": asdict(anchor)}
    webhooks.record_event(UUID(anchor.organisation), EVENT, payload, subject="audit")


def _send(published: list[Anchor]) -> None:
    text = _(
        "Keep this mail where nobody can change it. Each line says how far the audit trail of an organisation goes; "
        "`./kongming manage check_audit FILE` finds out whether the trail still holds it."
    )
    lines = "\n".join(anchor.line for anchor in published)
    subject = _("Audit trails at %(when)s") % {"when": published[0].at}
    send_mail(subject, f"{text}\n\n{lines}\n", settings.DEFAULT_FROM_EMAIL, settings.AUDIT_ANCHOR_MAIL)
