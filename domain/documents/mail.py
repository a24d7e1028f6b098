"""A mail, or a mailbox of them, as a file → who wrote what to whom, what it says, and its attachments as parts."""

import email
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from email.message import Message
from email.policy import Compat32

from domain.documents import invitations, markdown, markup, tnef
from domain.documents.blocks import Block, BlockKind
from domain.documents.content import MAIL_START
from domain.documents.errors import Unreadable
from domain.documents.mail_text import decode_text, header_words
from llm_backend.sentences import is_chinese

# Parts hold parts, so a small mail may name any number of them.
MOST_PARTS = 300
MOST_ATTACHMENTS = 50
MOST_MAILS = 5000
# Letters of a plain part that may only say that the mail is HTML.
LONGEST_HINT = 500
HEAD_BYTES = 64 * 1024
_SHOWN = ("From", "To", "Cc", "Date")
# What is said above a mail, in the language of whoever wrote it: which files came with it, and which of them were not read.
_LABELS, _LABELS_ZH = ("Attachments: ", "Not read: "), ("附件：", "未读取：")


class _AsWritten(Compat32):
    """Headers with the bytes of names that nobody encoded, which the library replaces by “�”."""

    def header_fetch_parse(self, _name: str, value: str) -> str:
        return value


ReadPart = Callable[[bytes, str], Iterable[Block] | None]
Attached = tuple[str, Iterable[Block] | None]


def blocks(content: bytes, read: ReadPart) -> Iterator[Block]:
    """`read` gives the blocks of an attachment from its bytes and name; None of what cannot be read, which the top names."""
    message = email.message_from_bytes(content, policy=_AsWritten())
    leaves = [(part, _invitation(part)) for part in leaf_parts(message)]
    invited = dict.fromkeys(invitation for _part, invitation in leaves if invitation)
    parts = [part for part, invitation in leaves if not invitation]
    attachments = [part for part in parts if _is_attachment(part)][:MOST_ATTACHMENTS]
    shown = [f"{name}: {value}" for name in _SHOWN if (value := _header(message, name))]
    body = _body([part for part in parts if not _is_attachment(part)])
    # Once, also where it came as a part and as a file.
    body += dict.fromkeys(block for text in invited for block in invitations.blocks(text))
    files = [each for part in attachments for each in _files(part)][:MOST_ATTACHMENTS]
    attached = [(name, read(content, name)) for content, name in files]
    yield from letter(_header(message, "Subject"), shown, body, attached)


def mailbox(content: bytes, read: ReadPart) -> Iterator[Block]:
    """Mail by mail, each a part by its number. Raises Unreadable."""
    mails = MAIL_START.split(content, MOST_MAILS + 1)[1:]
    if len(mails) > MOST_MAILS:
        raise Unreadable("too_much_text")
    for number, one in enumerate(mails, start=1):
        for block in blocks(one, read):
            yield replace(block, part=f"{number} › {block.part}" if block.part else str(number))


def letter(
    subject: str, shown: list[str], body: Iterable[Block], attached: Sequence[Attached]
) -> Iterator[Block]:
    """`shown`: the lines above the text, such as who wrote it. `attached`: names with what was read of each."""
    if subject:
        yield Block(BlockKind.HEADING, subject, level=1)
    body = list(body)
    labels = _LABELS_ZH if is_chinese("\n".join(block.text for block in body) or subject) else _LABELS
    names = [name for name, _blocks in attached]
    unread = [name for name, blocks in attached if blocks is None]
    shown += [label + ", ".join(some) for label, some in zip(labels, (names, unread), strict=True) if some]
    yield Block(BlockKind.PARAGRAPH, "\n".join(shown))
    yield from body
    for name, blocks in attached:
        for block in blocks or ():
            yield replace(block, part=f"{name} › {block.part}" if block.part else name)


def subject(content: bytes) -> str:
    """What a mail says it is about, in words."""
    return _header(email.message_from_bytes(content[:HEAD_BYTES], policy=_AsWritten()), "Subject")


def leaf_parts(message: Message) -> Iterator[Message]:
    """Those that hold something. A mail inside the mail is one of them, not what its sender wrote here."""
    waiting, count = [message], 0
    while waiting and count < MOST_PARTS:
        part, count = waiting.pop(0), count + 1
        payload = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(payload, list):
            waiting = [*(each for each in payload if isinstance(each, Message)), *waiting]
        else:
            yield part


def _is_attachment(part: Message) -> bool:
    is_named = part.get_content_disposition() == "attachment" or part.get_filename() is not None
    return is_named or part.get_content_maintype() != "text"


def _invitation(part: Message) -> str:
    """What the part says of an event, as calendars write it; empty where it is something else."""
    is_calendar = part.get_content_type() in invitations.MEDIA_TYPES or _name(part).lower().endswith(".ics")
    calendar = _text(part) if is_calendar else ""
    return calendar if "BEGIN:VEVENT" in calendar else ""


def _body(parts: list[Message]) -> list[Block]:
    """Plain where there is some, unless that only says to look at the HTML."""
    texts = [(part.get_content_subtype(), _text(part)) for part in parts]
    plain = [block for subtype, text in texts if subtype == "plain" for block in markdown.blocks(text)]
    letters = _letters_count(plain)
    if letters > LONGEST_HINT:
        return plain
    html = [block for subtype, text in texts if subtype == "html" for block in markup.letter_blocks(text)]
    return html if _letters_count(html) > 2 * letters else plain


def _letters_count(blocks: list[Block]) -> int:
    return sum(letter.isalnum() for block in blocks for letter in block.text)


def _text(part: Message) -> str:
    return decode_text(_bytes(part), part.get_content_charset() or "utf-8")


def _bytes(part: Message) -> bytes:
    if (inner := _inner(part)) is not None:
        if str(part.get("Content-Transfer-Encoding", "")).strip().lower() != "base64":
            return inner.as_bytes()
        # Against the rules, so that the library took its letters for the mail.
        inner["Content-Transfer-Encoding"], part = "base64", inner
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _inner(part: Message) -> Message | None:
    """The mail that is attached as such."""
    payload = part.get_payload() if part.get_content_type() == "message/rfc822" else None
    return payload[0] if isinstance(payload, list) and isinstance(payload[0], Message) else None


def _files(part: Message) -> list[tuple[bytes, str]]:
    """The bytes and name of an attachment, or of what Outlook packed into it."""
    content, name = _bytes(part), _name(part)
    is_packed = part.get_content_type() in tnef.MEDIA_TYPES or name.lower() == "winmail.dat"
    return (tnef.attachments(content) if is_packed else []) or [(content, name)]


def _name(part: Message) -> str:
    """Of a mail one that says that it is one."""
    name, inner = header_words(part.get_filename() or "")[-200:], _inner(part)
    if inner is None:
        return name or "file"
    name = name or _header(inner, "Subject")[:200] or "mail"
    return name if name.lower().endswith(".eml") else f"{name}.eml"


def _header(message: Message, name: str) -> str:
    return header_words(str(message.get(name, "")))
