"""From the bytes of a mail to what a conversation needs. Knows no settings: a bounded child calls it.

What a stranger writes is cut to a stated length before any pattern looks at it. What the standard library's parser
raises for mails that were broken on purpose or by age ends the child, and the mail is kept aside.
"""

import email
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.message import Message
from email.utils import getaddresses, parseaddr, parsedate_to_datetime, unquote
from itertools import chain, islice

import filetype
from bs4 import BeautifulSoup
from pydantic import ConfigDict, TypeAdapter

from apps.customer_service.channels.plain_text import clean
from apps.customer_service.mail import reply_text, sender_authentication
from apps.customer_service.mail.sender_authentication import SenderCheck, Verdict
from domain.documents import content as contents
from domain.documents.errors import Unreadable
from domain.documents.mail import leaf_parts
from domain.documents.mail_text import LONGEST_HEADER, decode_text, header_line, header_words
from domain.documents.markup import PARSER, html_to_markdown
from llm_backend import patterns

MAX_TEXT_BYTES = 2**20
# Each of them is decoded.
MAX_HEADERS = 300
MAX_REPORT_CHARACTERS = 100_000
REPORT_TYPES = ("message/delivery-status", "text/rfc822-headers", "message/rfc822")
UNKNOWN_TYPE = "application/octet-stream"
MAX_ADDRESSES = 50
MAX_REFERENCES = 20
_MESSAGE_ID = patterns.compile(r"<[^<>\s]{1,290}>")
_TITLE = patterns.compile(r"<title\b[^>]{0,200}>[^<]{0,2000}</title>", patterns.IGNORECASE)
_SERVERS = patterns.compile(r"^(mailer-daemon|postmaster)@")
# Begun by what servers call a mail that came back, whoever it says it is from.
_NAMED_REPORT = patterns.compile(
    r"^(系统退信|来自\S{1,60}的退信|undeliverable:|undelivered mail returned|returned mail:|mail delivery failed:)",
    patterns.IGNORECASE,
)
# As mail programs begin the subject of a mail that somebody sends on.
_FORWARDED = patterns.compile(r"^(fwd?|wg|tr|rv|转发|轉發|转寄|轉寄|転送|전달)\s?[:：]", patterns.IGNORECASE)

_BYTES_AS_TEXT = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")


@dataclass(frozen=True)
class File:
    """`content_type` is what the bytes are; what the mail calls them counts for nothing."""

    __pydantic_config__ = _BYTES_AS_TEXT

    name: str
    content: bytes
    content_type: str = UNKNOWN_TYPE


@dataclass(frozen=True)
class Mail:
    __pydantic_config__ = _BYTES_AS_TEXT

    message_id: str = ""
    references: tuple[str, ...] = ()
    sender: str = ""
    sender_name: str = ""
    reply_to: str = ""
    recipients: tuple[str, ...] = ()
    subject: str = ""
    sent_at: datetime | None = None
    text: str = ""
    files: tuple[File, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "text/plain"
    report: str = ""
    sender_check: SenderCheck = field(default_factory=SenderCheck)

    @property
    def digest(self) -> str:
        """The same for every copy of the mail, whatever way it came."""
        date = self.headers.get("date", "")
        parts = [date, self.sender, self.subject]
        parts = [self.message_id, *parts] if self.message_id else [*parts, self.text]
        if self.sender_check.verdict == Verdict.FAILED:
            parts.append("forged")  # it must not make the real one look like a copy
        return hashlib.sha256("\n".join(parts).encode(errors="replace")).hexdigest()

    @property
    def is_report(self) -> bool:
        """A server tells what became of a mail."""
        is_from_nobody = self.headers.get("return-path", "").strip() == "<>" and not self.sender
        return (
            self.content_type == "multipart/report"
            or _SERVERS.match(self.sender) is not None
            or _NAMED_REPORT.match(self.subject) is not None
            or is_from_nobody
        )

    @property
    def is_forwarded(self) -> bool:
        return _FORWARDED.match(self.subject) is not None


MAIL = TypeAdapter(Mail)


def read_as_json(content: bytes, authserv_id: str) -> str:
    """`read` for callers in another process, who take it up with `MAIL`."""
    return MAIL.dump_json(read(content, authserv_id=authserv_id)).decode()


def read(content: bytes, *, authserv_id: str = "") -> Mail:
    """`authserv_id` names the server whose word about the sender counts, see `sender_authentication.check_of`."""
    message = email.message_from_bytes(content)
    lines = _header_lines(message)
    headers = {name: clean(header_words(line)) for name, line in lines.items()}
    leaves = list(leaf_parts(message))
    sender_name, sender = _address(lines.get("from", ""))
    _, reply_to = _address(lines.get("reply-to", ""))
    own_ids = _MESSAGE_ID.findall(headers.get("message-id", ""))
    named_ids = [_MESSAGE_ID.findall(headers.get(name, "")) for name in ("references", "in-reply-to")]
    # All of this name, the topmost first: the receiving server's own stands above what a sender wrote.
    checks = (value for name, value in message.raw_items() if name.lower() == "authentication-results")
    to_lines = [lines.get(name, "") for name in ("to", "cc", "delivered-to", "x-original-to")]
    # What a delivery report says about the mail that came back, with that mail's own headers.
    reports = (str(part)[:20_000] for part in leaves if part.get_content_type() in REPORT_TYPES)
    mail = Mail(
        message_id=own_ids[0] if own_ids else "",
        references=tuple(dict.fromkeys(chain.from_iterable(named_ids)))[-MAX_REFERENCES:],
        sender=sender.lower()[:254],
        sender_name=sender_name[:200],
        reply_to=reply_to.lower()[:254],
        recipients=tuple(address.lower() for _, address in getaddresses(to_lines)[:MAX_ADDRESSES]),
        subject=headers.get("subject", "")[:300],
        sent_at=_date(headers.get("date", "")),
        text=_text(leaves).strip(),
        files=tuple(_files(leaves)),
        headers=headers,
        content_type=message.get_content_type(),
        report=clean("\n".join(reports))[:MAX_REPORT_CHARACTERS],
        sender_check=sender_authentication.check_of(
            [str(value)[:LONGEST_HEADER] for value in islice(checks, MAX_ADDRESSES)],
            sender=sender.lower(),
            authserv_id=authserv_id,
        ),
    )
    # A report goes on below the mail that it quotes, and who sends a mail on wants it to be read.
    is_whole = mail.is_report or mail.is_forwarded
    return mail if is_whole else replace(mail, text=reply_text.own_words(mail.text))


def _header_lines(message: Message) -> dict[str, str]:
    """By small name, as they were sent; the first of several counts."""
    lines: dict[str, str] = {}
    for name, value in islice(message.raw_items(), MAX_HEADERS):
        if (key := clean(name.lower())[:100]) not in lines:
            lines[key] = header_line(str(value))
    return lines


def _address(line: str) -> tuple[str, str]:
    """A name and an address. Told apart before the name's words are decoded: those may hold commas, brackets and
    addresses. What stands in brackets at the end is the address, though no quotes are around a name such as “Doe, Vera”;
    of several senders the first one counts.
    """
    name, _bracket, address = line.removesuffix(">").rpartition("<")
    is_one = line.endswith(">") and "@" in address and " " not in address
    if not is_one or ("@" in name and any(mark in name for mark in ",;<")):
        name, address = parseaddr(line)
    return clean(header_words(unquote(name.strip()))), clean(address)


def _date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        # Dates are written by anybody; the mail counts from when it was read.
        return None
    return moment if moment.tzinfo else None


def _is_text(part: Message) -> bool:
    is_file = part.get_content_disposition() == "attachment" or part.get_filename() is not None
    return part.get_content_maintype() == "text" and not is_file


def _text(leaves: list[Message]) -> str:
    """Plain where there is some, else what the HTML says."""
    for subtype in ("plain", "html"):
        texts = []
        for part in leaves:
            if _is_text(part) and part.get_content_subtype() == subtype:
                content = _content(part)[:MAX_TEXT_BYTES]
                text = clean(decode_text(content, part.get_content_charset())).replace("\r\n", "\n")
                texts.append(_plain(text) if subtype == "html" else text)
        whole_text = "\n\n".join(text for text in texts if text.strip())
        if whole_text:
            return whole_text[:MAX_TEXT_BYTES]
    return ""


def _plain(html: str) -> str:
    try:
        markdown = html_to_markdown(_TITLE.sub("", html))
    except RecursionError:
        # Nested deeper than anything that people write: its words will do.
        return BeautifulSoup(html, PARSER).get_text("\n")
    return markdown.replace("\\*", "*").replace("\\_", "_")


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _files(leaves: list[Message]) -> Iterator[File]:
    for part in leaves:
        is_mail = part.get_content_type() == "message/rfc822"
        if _is_text(part) or (part.get_content_maintype() == "message" and not is_mail):
            continue
        content = part.as_bytes() if is_mail else _content(part)
        if content:
            name = clean(header_words(part.get_filename() or "")) or ("mail.eml" if is_mail else "file")
            yield File(name[-200:], content, _content_type(content, name))


def _content_type(content: bytes, name: str) -> str:
    head = content[: contents.HEAD_BYTES]
    if (guess := filetype.guess(head)) is not None:
        return str(guess.mime)
    try:
        return contents.kind_of_head(head, name).value
    except Unreadable:
        return UNKNOWN_TYPE
