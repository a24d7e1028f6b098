"""What a file calls that is not in it: tools, and other apps of the organisation. Which there are, the platform says."""

from collections.abc import Callable

from domain.workflows.types import Record, Strict

# An app, one that it runs, and one that this one runs.
MAX_LEVELS = 3


class Signature(Strict):
    """`receivers`: inputs to whom it writes. Of an app, `reaches`: the names of those that it runs, and of those they run;
    `levels`: how many it is with them, one inside the other.
    """

    takes: Record
    gives: Record
    receivers: frozenset[str] = frozenset()
    reaches: frozenset[str] = frozenset()
    levels: int = 1


# A kind of step and the name that it calls → None where there is none.
Outside = Callable[[str, str], Signature | None]


def nothing_outside(_kind: str, _name: str) -> None:
    return None
