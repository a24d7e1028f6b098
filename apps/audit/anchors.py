"""Where each trail stood at some time, kept outside of the database.

Whoever owns the database can cut lines off the end of a trail, or take all of it away. An anchor that lies elsewhere
shows it: up to its line, the trail has to be what it was.
"""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC
from pathlib import Path
from typing import Self
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from apps.audit import keys, selectors
from apps.audit.models import AuditEntry

FILE_MODE, FOLDER_MODE = 0o600, 0o700
FIELDS = ("organisation", "sequence", "hash", "at", "signature")


@dataclass(frozen=True)
class Anchor:
    """The last line of an organisation's trail; `signature` is made with the installation's FIELD_KEYS."""

    organisation: str
    sequence: int
    hash: str
    at: str
    signature: str

    @classmethod
    def of(cls, entry: AuditEntry) -> Self:
        about = (
            str(entry.organisation_id),
            entry.sequence,
            entry.hash,
            timezone.now().astimezone(UTC).isoformat(timespec="seconds"),
        )
        return cls(*about, keys.mac_of(_signed_text(*about), keys.ANCHOR))

    @property
    def is_signed(self) -> bool:
        """False also where the key that signed it was taken out of FIELD_KEYS since."""
        about = _signed_text(self.organisation, self.sequence, self.hash, self.at)
        return keys.is_authentic(self.signature, about, keys.ANCHOR)

    def meets(self, last_sequence: int, last_hash: str) -> bool:
        """Whether it may be of a trail that ended so and is not there any more."""
        return self.sequence < last_sequence or (self.sequence, self.hash) == (last_sequence, last_hash)

    @property
    def line(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))


def current_anchor(organisation_id: UUID) -> Anchor | None:
    """The anchor of the trail as it ends now; None for an organisation that has no trail."""
    last = selectors.last_entry(organisation_id)
    return Anchor.of(last) if last else None


def keep(anchor: Anchor) -> Path:
    """Writes an anchor behind the earlier ones of its organisation in AUDIT_ANCHOR_DIR, down to the disk."""
    folder = Path(settings.AUDIT_ANCHOR_DIR)
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    path = _path_of(UUID(anchor.organisation))
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, FILE_MODE)
    with os.fdopen(descriptor, "a") as file:
        file.write(f"{anchor.line}\n")
        file.flush()
        # It may have to prove something about the very crash that comes next.
        os.fsync(file.fileno())
    return path


def kept_anchors(organisation_id: UUID) -> list[Anchor]:
    """The organisation's anchors in AUDIT_ANCHOR_DIR, the oldest first."""
    path = _path_of(organisation_id)
    return list(read(path.read_text().splitlines())) if path.exists() else []


def delete(organisation_id: UUID) -> None:
    """Of an organisation that is deleted with its trail. Anchors that lie elsewhere stay there."""
    _path_of(organisation_id).unlink(missing_ok=True)


def read(lines: Iterable[str]) -> Iterator[Anchor]:
    """Anchors, one from each line that begins with a brace, as they lie in files and stand in mails. Raises ValueError."""
    for line in lines:
        if not line.lstrip().startswith("{"):
            continue
        try:
            fields = {name: json.loads(line)[name] for name in FIELDS}
            UUID(fields["organisation"])
            yield Anchor(**fields | {"sequence": int(fields["sequence"])})
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise ValueError(f"This line is no anchor of an audit trail: {line[:200]}") from error


def first_unmet(organisation_id: UUID, anchors: Sequence[Anchor]) -> Anchor | None:
    """The first of the organisation's anchors whose line the trail does not have any more, as it was.

    It need not be signed: that tells who wrote it, and a false one shows that somebody was where it was kept.
    """
    lines = AuditEntry.objects.within(organisation_id).filter(
        sequence__in={each.sequence for each in anchors}
    )
    hashes = dict(lines.values_list("sequence", "hash"))
    return next((each for each in anchors if hashes.get(each.sequence) != each.hash), None)


def _path_of(organisation_id: UUID) -> Path:
    return Path(settings.AUDIT_ANCHOR_DIR) / f"{organisation_id}.jsonl"


def _signed_text(organisation: str, sequence: int, hash: str, at: str) -> str:
    return "\n".join((organisation, str(sequence), hash, at))
