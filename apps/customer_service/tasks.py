from uuid import UUID

from celery import shared_task

from apps.customer_service.delivery import outbox
from apps.customer_service.handoff import auto_resolve
from apps.customer_service.handoff import services as handoff
from apps.customer_service.mail import mailboxes
from apps.customer_service.messengers import connections
from apps.customer_service.unanswered_questions import services as unanswered
from apps.customer_service.understanding import classification


@shared_task(ignore_result=True)
def understand_messages() -> None:
    classification.understand_messages()


@shared_task(ignore_result=True)
def tend_queues() -> None:
    handoff.tend_queues()


@shared_task(ignore_result=True)
def resolve_silent_conversations() -> None:
    auto_resolve.resolve_silent_conversations()


@shared_task(ignore_result=True)
def request_clusterings() -> None:
    unanswered.request_due_clusterings()


@shared_task(ignore_result=True)
def deliver_outgoing_messages() -> None:
    outbox.deliver_due()


@shared_task(ignore_result=True)
def open_messenger_connections() -> None:
    connections.open_due_connections()


@shared_task(ignore_result=True)
def read_due_mailboxes() -> None:
    """A task for each, so that a slow server keeps nobody else's mail waiting."""
    for account_id in mailboxes.due_accounts():
        # Not kept for long: the next round asks for it again, and old messages must not pile up behind slow servers.
        read_mailbox.apply_async((str(account_id),), queue="interactive", expires=10)


@shared_task(ignore_result=True)
def read_mailbox(account_id: str) -> None:
    mailboxes.read_mailbox(UUID(account_id))
