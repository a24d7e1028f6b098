"""The words of tus 1.0 (https://tus.io/protocols/resumable-upload), read from and written to headers."""

import base64
from collections.abc import Mapping

from django.utils.http import http_date
from django.utils.translation import gettext_lazy as _

from apps.core.errors import ApplicationError, InvalidInput, Text, UnsupportedContent
from apps.core.numbers import whole_number
from apps.files.models import ResumableUpload
from apps.files.parts import Checksum

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-defer-length,checksum,expiration,termination"
PART_TYPE = "application/offset+octet-stream"
ALGORITHMS = ("sha1", "sha256")


class UnknownVersion(ApplicationError):
    status = 412
    code = "unknown_tus_version"
    message = _("Send “Tus-Resumable: 1.0.0”, the protocol version used here.")


def capabilities(*, max_bytes: int) -> dict[str, str]:
    """The answer to OPTIONS: what of the protocol is spoken here, for files of at most `max_bytes`."""
    return {
        "Tus-Resumable": VERSION,
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(max_bytes),
        "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
    }


def progress_headers(upload: ResumableUpload) -> dict[str, str]:
    """What a client needs to go on with an upload."""
    headers = {"Tus-Resumable": VERSION, "Upload-Offset": str(upload.offset), "Cache-Control": "no-store"}
    if upload.length is None:
        headers["Upload-Defer-Length"] = "1"
    else:
        headers["Upload-Length"] = str(upload.length)
    if upload.received_at is None:
        headers["Upload-Expires"] = http_date(upload.expires_at.timestamp())
    return headers


def require_version(headers: Mapping[str, str]) -> None:
    """Raises UnknownVersion, which tells the client which one is spoken here."""
    if headers.get("Tus-Resumable") != VERSION:
        raise UnknownVersion


def require_part_type(content_type: str | None) -> None:
    """Raises UnsupportedContent."""
    if content_type != PART_TYPE:
        raise UnsupportedContent(_("Send parts as “Content-Type: application/offset+octet-stream”."))


def part_offset(headers: Mapping[str, str]) -> int:
    """Raises InvalidInput, as do the others that read a header."""
    offset = _number(headers, "Upload-Offset")
    if offset is None:
        raise _wrong("Upload-Offset", _("State at which byte the part starts."))
    return offset


def announced_length(headers: Mapping[str, str]) -> int | None:
    """The length in bytes that was announced; None for an upload whose end is not known yet. Raises InvalidInput when
    neither is said.
    """
    length = upload_length(headers)
    if length is None and headers.get("Upload-Defer-Length") != "1":
        raise _wrong("Upload-Length", _("State the total length, or send “Upload-Defer-Length: 1”."))
    return length


def upload_length(headers: Mapping[str, str]) -> int | None:
    return _number(headers, "Upload-Length")


def metadata(headers: Mapping[str, str]) -> dict[str, str]:
    """The names in `Upload-Metadata`: keys with values in base64, separated by commas."""
    pairs = [pair.strip().partition(" ") for pair in headers.get("Upload-Metadata", "").split(",")]
    try:
        return {
            key: base64.b64decode(value.strip(), validate=True).decode().replace("\0", "")
            for key, _space, value in pairs
            if key
        }
    except ValueError as error:
        raise _wrong("Upload-Metadata", _("Values have to be UTF-8 in base64.")) from error


def part_checksum(headers: Mapping[str, str]) -> Checksum | None:
    algorithm, _space, digest = headers.get("Upload-Checksum", "").partition(" ")
    if not algorithm:
        return None
    if algorithm not in ALGORITHMS:
        raise _wrong("Upload-Checksum", ", ".join(ALGORITHMS))
    try:
        return Checksum(algorithm, base64.b64decode(digest, validate=True))
    except ValueError as error:
        raise _wrong("Upload-Checksum", _("Values have to be UTF-8 in base64.")) from error


def _number(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name)
    if text is None:
        return None
    number = whole_number(text)
    if number is None:
        raise _wrong(name, _("Enter a whole number."))
    return number


def _wrong(name: str, reason: Text) -> InvalidInput:
    return InvalidInput(fields={name: [reason]})
