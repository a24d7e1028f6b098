"""What visitors should read in their mailbox or messenger is sent, retried with growing pauses, or given up with a reason.

At least once, in the order of the conversation: a row is claimed by moving its next attempt into the future, and stays the
first of its conversation until it is settled. A worker that dies between sending and noting leaves the mark SENDING;
then it is sent once more, under the same Message-ID, and a second death ends it. So nobody gets a message three times.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts import switches
from apps.accounts.actors import Actor, requires_permission
from apps.core.errors import Conflict
from apps.core.models import OrganisationQuerySet
from apps.core.rounds import Round
from apps.customer_service.channels.delivery_errors import ConnectorError, PermanentError, TemporaryError
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations import activity, rendering
from apps.customer_service.conversations.models import OutgoingMessage
from apps.customer_service.mail import composition
from apps.customer_service.messengers import intake
from apps.customer_service.messengers.adapter import OutboundMessage

State = OutgoingMessage.State

# Eight attempts over some nine hours, as for webhooks.
RETRY_SECONDS = (10, 30, 120, 600, 1800, 7200, 21600)
MAX_ATTEMPTS = len(RETRY_SECONDS) + 1
# Longer than sending takes at most (`mail.smtp.SENDING_SECONDS`): nobody else sends it meanwhile.
CLAIM_SECONDS = 180
# Threads that wait for servers of others. No more is claimed at once: a claim on what waits for a thread would run out
# before it is sent, and another worker would send it, too.
SENT_AT_ONCE = 8
# One message that cannot be written must not take the others of its batch along.
UNWRITABLE = (ValueError, LookupError, TypeError, AttributeError)
SENDING, SENDING_AGAIN = "sending: ", "sending_again: "

Send = Callable[[], str]


@dataclass(frozen=True)
class Outcome:
    external_id: str = ""
    error: ConnectorError | None = None


def deliver_due() -> int:
    """Sends what is due, all at once; what another worker has taken is left alone."""
    claimed = [outgoing for outgoing in _due()[:SENT_AT_ONCE] if _claim(outgoing)]
    this_round = Round("messages to visitors")
    sends = [_prepare(outgoing, this_round) for outgoing in claimed]
    if not connection.in_atomic_block:
        connection.close()  # the other side may take its time; others need the connection meanwhile
    with ThreadPoolExecutor(SENT_AT_ONCE) as pool:
        outcomes = list(pool.map(partial(_attempt, this_round=this_round), sends))
    for outgoing, outcome in zip(claimed, outcomes, strict=True):
        # Only while it is still ours: another worker takes over a message whose sender was gone for too long.
        ours = OutgoingMessage.objects.filter(pk=outgoing.pk, next_attempt_at=outgoing.next_attempt_at)
        with this_round.item():
            if ours.update(**_changes(outgoing, outcome)):
                activity.announce(outgoing.message.conversation)
    this_round.end()
    return len(claimed)


@requires_permission("conversations.reply")
@transaction.atomic
def resend(actor: Actor, outgoing: OutgoingMessage) -> OutgoingMessage:
    """Tries a message that was given up again. Raises Conflict for one that was not."""
    failed_messages = OutgoingMessage.objects.within(actor.organisation).filter(
        pk=outgoing.pk, state=State.FAILED
    )
    if not failed_messages.update(state=State.PENDING, attempts=0, next_attempt_at=timezone.now(), error=""):
        raise Conflict(_("Only failed messages can be resent."), code="not_failed")
    outgoing.refresh_from_db()
    activity.announce(outgoing.message.conversation)
    return outgoing


def _due() -> OrganisationQuerySet[OutgoingMessage]:
    """The first that waits of each conversation."""
    earlier = OutgoingMessage.objects.filter(
        state=State.PENDING,
        message__conversation=OuterRef("message__conversation"),
        message__ordinal__lt=OuterRef("message__ordinal"),
    )
    first = OutgoingMessage.objects.filter(
        ~Exists(earlier), state=State.PENDING, next_attempt_at__lte=timezone.now()
    )
    return (
        switches.of_open(first).select_related("message__conversation__channel").order_by("next_attempt_at")
    )


def _claim(outgoing: OutgoingMessage) -> bool:
    unclaimed = OutgoingMessage.objects.filter(
        pk=outgoing.pk, state=State.PENDING, next_attempt_at=outgoing.next_attempt_at
    )
    # Twice a worker died while it sent this. It may have arrived twice, so a third time is left to a person.
    if outgoing.error == SENDING_AGAIN:
        if unclaimed.update(state=State.FAILED, error="interrupted: "):
            activity.announce(outgoing.message.conversation)
        return False
    outgoing.error = SENDING_AGAIN if outgoing.error == SENDING else SENDING
    outgoing.attempts += 1
    outgoing.next_attempt_at = timezone.now() + timedelta(seconds=CLAIM_SECONDS)
    return bool(
        unclaimed.update(
            attempts=F("attempts") + 1, next_attempt_at=outgoing.next_attempt_at, error=outgoing.error
        )
    )


def _prepare(outgoing: OutgoingMessage, this_round: Round) -> Send | ConnectorError:
    """All that needs the database is done here; threads only send. What nobody foresaw is tried again, and then shown."""
    channel = outgoing.message.conversation.channel
    with this_round.item() as failures:
        try:
            return _mail(outgoing) if channel.kind == Channel.Kind.MAIL else _messenger_message(outgoing)
        except ConnectorError as error:
            return error
        except UNWRITABLE as error:
            return PermanentError("unwritable", str(error))
    return _unforeseen(failures)


def _mail(outgoing: OutgoingMessage) -> Send:
    account = getattr(outgoing.message.conversation.channel, "mail_account", None)
    if account is None:
        raise PermanentError("no_account")
    mail = composition.compose(account, outgoing.message)
    return lambda: composition.send(account, mail)


def _messenger_message(outgoing: OutgoingMessage) -> Send:
    conversation = outgoing.message.conversation
    account = getattr(conversation.channel, "messenger_account", None)
    messenger = intake.MESSENGERS.get(conversation.channel.kind)
    if account is None or messenger is None:
        raise PermanentError("no_account")
    sent_ids = tuple(part for part in outgoing.external_id.split(",") if part)
    rendered = rendering.render_message(outgoing.message)
    outbound = OutboundMessage(intake.chat_id(conversation), rendered.text, rendered.footnotes, sent_ids)
    return lambda: messenger.send(account, outbound)


def _attempt(send: Send | ConnectorError, *, this_round: Round) -> Outcome:
    if isinstance(send, ConnectorError):
        return Outcome(error=send)
    with this_round.item() as failures:
        try:
            return Outcome(send())
        except ConnectorError as error:
            return Outcome(error=error)
        except UNWRITABLE as error:
            return Outcome(error=PermanentError("unwritable", str(error)))
    return Outcome(error=_unforeseen(failures))


def _unforeseen(failures: list[Exception]) -> TemporaryError:
    return TemporaryError("unforeseen", type(failures[0]).__name__)


def _changes(outgoing: OutgoingMessage, outcome: Outcome) -> dict[str, object]:
    error = outcome.error
    if error is None:
        return {"state": State.SENT, "external_id": outcome.external_id[:300], "error": ""}
    sent_ids = (
        ",".join(error.sent_ids)
        if isinstance(error, PermanentError | TemporaryError) and error.sent_ids
        else outgoing.external_id
    )
    fields: dict[str, object] = {"error": error.stored, "external_id": sent_ids[:300]}
    if isinstance(error, PermanentError) or outgoing.attempts >= MAX_ATTEMPTS:
        return {**fields, "state": State.FAILED}
    requested_seconds = error.retry_after if isinstance(error, TemporaryError) else 0
    # The longer of the two: some servers say when they want to be asked again.
    pause = max(RETRY_SECONDS[outgoing.attempts - 1], requested_seconds)
    return {**fields, "next_attempt_at": timezone.now() + timedelta(seconds=pause)}
