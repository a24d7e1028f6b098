"""Telling places outside of the database, every day, how far each trail goes."""

from dataclasses import asdict
from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.utils.translation import gettext as _

from apps.accounts.models import Organisation
from apps.audit import anchors
from apps.audit.anchors import Anchor
from apps.core.rounds import tend_each
from apps.jobs import webhooks

EVENT = "audit.anchored"


def publish() -> list[Anchor]:
    """Sends an anchor of every trail to AUDIT_ANCHOR_DIR, to the webhooks that listen and to AUDIT_ANCHOR_MAIL."""
    current = [
        anchors.current_anchor(pk)
        for pk in Organisation.objects.order_by("slug").values_list("pk", flat=True)
    ]
    trail_anchors = [anchor for anchor in current if anchor]
    try:
        tend_each(trail_anchors, _publish, name="anchors")
    finally:
        # Also of those that could not be kept here.
        if trail_anchors and settings.AUDIT_ANCHOR_MAIL:
            _send(trail_anchors)
    return trail_anchors


def _publish(anchor: Anchor) -> None:
    anchors.keep(anchor)
    payload = {"type": EVENT, "timestamp": anchor.at, "data": asdict(anchor)}
    webhooks.record_event(UUID(anchor.organisation), EVENT, payload, subject="audit")


def _send(trail_anchors: list[Anchor]) -> None:
    text = _(
        "Keep this e-mail where it cannot be changed. Each line records the latest entry in an "
        "organisation's audit trail. To check that the trail still contains it, run `./kongming manage "
        "check_audit FILE`."
    )
    lines = "\n".join(anchor.line for anchor in trail_anchors)
    subject = _("Audit trails at %(when)s") % {"when": trail_anchors[0].at}
    send_mail(subject, f"{text}\n\n{lines}\n", settings.DEFAULT_FROM_EMAIL, settings.AUDIT_ANCHOR_MAIL)
