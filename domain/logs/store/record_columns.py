"""What a record consists of: as it comes in, as it stands in a segment, as it is read."""

from dataclasses import dataclass

import pyarrow as pa

from domain.logs.store.templates import HEAD, MAX_SLOTS, TAIL

MAX_TEXT_BYTES = 1_048_576
MAX_BATCH_ROWS = 1_000_000
MAX_BATCH_BYTES = 1_073_741_824
FIELDS = ("level", "service", "host", "trace", "session")
SLOTS = tuple(f"p{number}" for number in range(MAX_SLOTS))
TEXT_COLUMNS = (*FIELDS, HEAD, *SLOTS, TAIL)

_SHARED = [
    *(pa.field(name, pa.string()) for name in FIELDS),
    pa.field("line", pa.int64()),
    pa.field("offset", pa.int64()),
    pa.field("layout", pa.string()),
    pa.field("template", pa.string()),
    # Bit n: parameter n is a token whose meaning is kept elsewhere.
    pa.field("masked", pa.int64()),
]
INPUT_SCHEMA = pa.schema(
    [
        pa.field("time", pa.int64()),  # microseconds UTC
        *_SHARED,
        pa.field("parameters", pa.list_(pa.string())),
        # May be missing where template and parameters are known to say everything.
        pa.field("text", pa.binary()),
    ]
)
STORED_SCHEMA = pa.schema(
    [
        # The same in every row: what a table of all organisations needs, at no cost in a file of one.
        pa.field("organisation", pa.string()),
        pa.field("source", pa.string()),
        # Rises with every record of a source, in the order of commits: its number for ever, and the cursor of live readers.
        pa.field("arrival", pa.int64()),
        # Few logs write microseconds: apart, the zeros cost nothing, and the rest packs into half.
        pa.field("time_ms", pa.int64()),
        pa.field("time_us", pa.int32()),
        *_SHARED,
        # What stands before and behind the message where no layout has a column for it.
        pa.field(HEAD, pa.string()),
        *(pa.field(slot, pa.string()) for slot in SLOTS),
        pa.field(TAIL, pa.string()),
        # The whole text where no template gives it; its bytes too where they are not UTF-8.
        pa.field("raw", pa.string()),
        pa.field("raw_bytes", pa.binary()),
    ]
)


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it is read. `text` is what came in, byte for byte."""

    source: str
    arrival: int
    time: int
    text: bytes
    level: str | None = None
    service: str | None = None
    host: str | None = None
    trace: str | None = None
    session: str | None = None
    line: int | None = None
    offset: int | None = None
    template: str | None = None
    parameters: tuple[str, ...] = ()
    masked: int = 0
