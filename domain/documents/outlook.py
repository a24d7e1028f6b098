"""A message that Outlook saved (.msg) → who wrote what to whom, what it says, and its attachments as parts."""

import struct
from collections.abc import Iterator
from dataclasses import replace
from typing import cast

from oxmsg import Message
from oxmsg.attachment import Attachment
from oxmsg.storage import Storage, Stream

from domain.documents import mail, markdown, markup
from domain.documents.blocks import Block
from domain.documents.errors import Unreadable
from domain.documents.mail_text import header_words
from domain.documents.reading import DEEPEST_MAIL

# Of an attachment its message and its name in eight letters; of a message its properties, behind so many bytes.
_MESSAGE, _SHORT_NAME, _HEAD, _HEAD_BYTES = "__substg1.0_3701000D", 0x3704, "__properties_version1.0", 24
# What the reader of the format raises on damaged files, beside ValueError and its like.
_DAMAGE = (OSError, struct.error, LookupError, AssertionError, RecursionError)


def blocks(content: bytes, read: mail.ReadPart) -> Iterator[Block]:
    """As of any mail, see `mail.blocks`. Raises Unreadable."""
    try:
        return iter(list(_letter(Message.load(content), read)))
    except _DAMAGE as error:
        raise Unreadable("broken_file") from error


def _letter(message: Message, read: mail.ReadPart, depth: int = 0) -> Iterator[Block]:
    shown = [f"From: {header_words(message.sender)}"] if message.sender else []
    people = [f"{each.name} <{each.email_address}>".strip() for each in message.recipients]
    shown += [f"To: {', '.join(people)}"] if people else []
    shown += [f"Date: {message.sent_date:%a, %d %b %Y %H:%M %z}"] if message.sent_date else []
    plain, html = message.body or "", message.html_body or ""
    body = markdown.blocks(plain) if plain.strip() else markup.letter_blocks(html)
    attached = [_attached(each, read, depth) for each in message.attachments[: mail.MOST_ATTACHMENTS]]
    yield from mail.letter(message.subject, shown, body, attached)


def _attached(attachment: Attachment, read: mail.ReadPart, depth: int) -> mail.Attached:
    """A message that was attached as such lies there in parts. Of what is only a link the name is told."""
    storage = cast(Storage, attachment._storage)
    inner = next((each for each in storage.storages if each.name == _MESSAGE), None)
    if inner is None:
        name = attachment.file_name or attachment.properties.str_prop_value(_SHORT_NAME) or "file"
        return name, read(attachment.file_bytes or b"", name)
    # One inside another says less of itself at its head, in which the library expects as much.
    head = inner.properties_stream_bytes
    streams = [each for each in inner.streams if each.name != _HEAD]
    whole = Stream(f"{inner.path}/{_HEAD}", head[:_HEAD_BYTES] + bytes(8) + head[_HEAD_BYTES:])
    message = Message(replace(inner, streams=(*streams, whole)))
    try:
        found = list(_letter(message, read, depth + 1)) if depth < DEEPEST_MAIL else None
    except _DAMAGE:
        return "mail", None
    return message.subject or "mail", found
