"""What jobs fetch from messengers: files that visitors sent, and messages of those that only say that some wait."""

from typing import Any
from uuid import UUID, uuid5

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from apps.accounts.actors import Actor
from apps.core.errors import ApplicationError, Conflict, ServiceUnavailable
from apps.customer_service.attachments import services as attachments
from apps.customer_service.attachments import voice
from apps.customer_service.channels.delivery_errors import ConnectorError, TemporaryError, reason_of
from apps.customer_service.conversations.models import Attachment, Conversation, OutgoingMessage
from apps.customer_service.messengers import intake
from apps.customer_service.messengers.adapter import Fetched, RemoteFile
from apps.customer_service.messengers.models import MessengerAccount
from apps.jobs.runs import JobRun


@intake.FETCH_FILES.service
def fetch_files(
    run: JobRun, *, account_id: UUID, conversation_id: UUID, key: str, files: list[dict[str, Any]]
) -> dict[str, Any]:
    """The files become one message of the visitor, a voice message is written down. What cannot be kept is said to staff."""
    account = MessengerAccount.objects.select_related("channel").one(pk=account_id)
    conversation = Conversation.objects.select_related("organisation").one(pk=conversation_id)
    actor = Actor(conversation.organisation, visitor=conversation.visitor_id)
    stored, missing = [], []
    for number, file in enumerate(RemoteFile(**each) for each in files):
        run.check()
        attachment_id = uuid5(account.pk, f"{key}:{number}")
        try:
            if kept := _kept(actor, account, conversation, file, attachment_id):
                stored.append(kept.pk)
        except TemporaryError as error:
            if run.job.attempt < run.job.max_attempts:
                raise ServiceUnavailable(reason_of(error.stored)) from error
            missing.append(file.name or error.code)
        except (ConnectorError, ApplicationError) as error:
            missing.append(file.name or error.code)
    result = {"stored": len(stored), "missing": len(missing)}
    with run.finishing(result):
        if stored:
            attachments.send_files(
                actor, conversation_id=conversation.pk, text="", attachment_ids=stored, idempotency_key=key
            )
        if missing:
            intake.say_that_files_are_not_read(conversation, tuple(missing), key=f"{key}:missing")
    return result


def _kept(
    actor: Actor, account: MessengerAccount, conversation: Conversation, file: RemoteFile, attachment_id: UUID
) -> Attachment | None:
    """None for a voice message: a job of its own makes a message of it. Raises ConnectorError and ApplicationError."""
    # An earlier attempt may have come so far.
    if earlier := Attachment.objects.filter(pk=attachment_id).first():
        return None if file.is_voice else earlier
    downloaded = intake.MESSENGERS[account.channel.kind].download(account, file)
    upload = SimpleUploadedFile(downloaded.name, downloaded.content)
    if file.is_voice:
        voice.receive_voice(
            actor, conversation_id=conversation.pk, upload=upload, attachment_id=attachment_id
        )
        return None
    return attachments.store_attachment(
        actor, conversation_id=conversation.pk, upload=upload, attachment_id=attachment_id
    )


@intake.FETCH_MESSAGES.service
def fetch_messages(run: JobRun, *, account_id: UUID, token: str) -> dict[str, Any]:
    """All that waits, each once: whoever moves the account's cursor stores what lies before it."""
    accounts = MessengerAccount.objects.select_related("channel__organisation")
    account = accounts.one(pk=account_id)
    fetcher, count, is_more = intake.FETCHERS[account.channel.kind], 0, True
    while is_more:
        run.check()
        try:
            fetched = fetcher.fetch(account, token)
        except ConnectorError as error:
            MessengerAccount.objects.filter(pk=account.pk).update(error=error.stored)
            refusal = ServiceUnavailable if isinstance(error, TemporaryError) else Conflict
            raise refusal(reason_of(error.stored)) from error
        # Another job that fetches at the same time has stored these.
        is_more = _store(account, fetched) and fetched.is_more
        count += len(fetched.messages)
        account.cursor = fetched.cursor
    return {"messages": count}


@transaction.atomic
def _store(account: MessengerAccount, fetched: Fetched) -> bool:
    ours = MessengerAccount.objects.filter(pk=account.pk, cursor=account.cursor)
    if not ours.update(cursor=fetched.cursor, error=""):
        return False
    for incoming in fetched.messages:
        intake.receive(account, incoming)
    for external_id, error in fetched.failures.items():
        _note_failure(account, external_id, error)
    return True


def _note_failure(account: MessengerAccount, external_id: str, error: ConnectorError) -> None:
    """From the part on that did not arrive: sent again, the message begins with it."""
    settled = OutgoingMessage.objects.within(account.organisation_id).exclude(
        state=OutgoingMessage.State.PENDING
    )
    own = settled.filter(external_id__contains=external_id, message__conversation__channel=account.channel)
    for outgoing in own:
        parts = outgoing.external_id.split(",")
        if external_id in parts:
            outgoing.external_id = ",".join(parts[: parts.index(external_id)])
            outgoing.state, outgoing.error = OutgoingMessage.State.FAILED, error.stored
            outgoing.save(update_fields=["state", "error", "external_id"])
