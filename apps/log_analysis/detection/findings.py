"""What a detector found, before it is stored."""

from dataclasses import dataclass
from datetime import UTC, datetime

from apps.log_analysis.detection.models import Detector


@dataclass(frozen=True)
class Finding:
    """`template` is a key, empty for all grave records. `value`: of the parameter numbered `slot`, as it was written.

    `session` names the records that show it, `events` are their templates, `view` is what is odd about these, compared
    with `compared_sessions` others. `levels`: those of the records that are meant, where not all of the template are.
    """

    detector: Detector
    template: str
    start: datetime
    end: datetime
    surprise: float
    observed: float = 0
    expected: float = 0
    records: int = 0
    subject: str = ""
    slot: int | None = None
    value: str = ""
    session: str = ""
    events: tuple[str, ...] = ()
    view: str = ""
    compared_sessions: int | None = None
    levels: tuple[str, ...] = ()


def to_moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
