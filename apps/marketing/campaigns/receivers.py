"""What the desk says to the webhooks of the frame: whom a request is about is read when it leaves."""

from apps.jobs import webhooks
from apps.marketing.campaigns import delivery

webhooks.register_late_content(
    delivery.EVENT, webhooks.LateContent(delivery.complete_request, delivery.settle_request)
)
