"""A message that Outlook saved (.msg) → who wrote what to whom, what it says, and its attachments as parts."""

import struct
from collections.abc import Iterator

from oxmsg import Message

from domain.documents import mail, markdown, markup
from domain.documents.blocks import Block
from domain.documents.errors import Unreadable

# What the reader of the format raises on damaged files, beside ValueError and its like.
_DAMAGE = (OSError, struct.error, LookupError, AssertionError, RecursionError)


def blocks(content: bytes, read: mail.ReadPart) -> Iterator[Block]:
    """As of any mail, see `mail.blocks`. Raises Unreadable."""
    try:
        message = Message.load(content)
        shown = [f"From: {message.sender}"] if message.sender else []
        people = [f"{each.name} <{each.email_address}>".strip() for each in message.recipients]
        shown += [f"To: {', '.join(people)}"] if people else []
        shown += [f"Date: {message.sent_date:%a, %d %b %Y %H:%M %z}"] if message.sent_date else []
        # One that is itself a message, or only a link, has no bytes: its name is told.
        attached = [(each.file_bytes or b"", each.file_name or "file") for each in message.attachments]
        subject, plain, html = message.subject, message.body or "", message.html_body or ""
    except _DAMAGE as error:
        raise Unreadable("broken_file") from error
    body = markdown.blocks(plain) if plain.strip() else markup.html_blocks(html)
    yield from mail.letter(subject, shown, body, attached[: mail.MOST_ATTACHMENTS], read)
