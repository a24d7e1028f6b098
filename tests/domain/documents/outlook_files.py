"""Messages as Outlook saves them, [MS-OXMSG] in a compound file [MS-CFB], as small as they can be."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

FREE, END, TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
NOBODY = FREE
TEXT, BYTES, NUMBER = 0x001F, 0x0102, 0x0003
Tree = dict[str, "bytes | Tree"]


@dataclass
class _Container:
    """Sectors of 512 bytes, and of 64 for streams below 4096, each with the number of the next one."""

    directory: list[bytes] = field(default_factory=list)
    sectors: list[bytes] = field(default_factory=list)
    small: list[bytes] = field(default_factory=list)
    next_sector: list[int] = field(default_factory=list)
    next_small: list[int] = field(default_factory=list)

    def add(self, name: str, content: "bytes | Tree", right: int = NOBODY) -> int:
        place, child, start = len(self.directory), NOBODY, END
        self.directory.append(b"")
        if isinstance(content, dict):
            # A list that leans to the right is a tree, too.
            for part in sorted(content, key=lambda each: (len(each), each.upper()), reverse=True):
                child = self.add(part, content[part], child)
        elif content:
            start = self.store(content, is_small=len(content) < 4096)
        kind = 5 if place == 0 else 1 if isinstance(content, dict) else 2
        self.directory[place] = _entry(name, kind, right, child, start, 0 if kind != 2 else len(content))
        return place

    def store(self, content: bytes, *, is_small: bool = False) -> int:
        size, sectors, following = (
            (64, self.small, self.next_small) if is_small else (512, self.sectors, self.next_sector)
        )
        start = len(sectors)
        for at in range(0, len(content), size):
            sectors.append(content[at : at + size].ljust(size, b"\0"))
            following.append(len(sectors))
        following[-1] = END
        return start


def _entry(name: str, kind: int, right: int, child: int, start: int, size: int) -> bytes:
    encoded = name.encode("utf-16-le")
    links = struct.pack("<III", NOBODY, right, child)
    return (
        struct.pack("<64sHBB", encoded, len(encoded) + 2, kind, 1)
        + links
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )


def compound_file(tree: Tree) -> bytes:
    container = _Container()
    container.add("Root Entry", tree)
    small = b"".join(container.small)
    first_child = struct.unpack_from("<I", container.directory[0], 76)[0]
    container.directory[0] = _entry("Root Entry", 5, NOBODY, first_child, container.store(small), len(small))
    small_table = container.store(struct.pack(f"<{len(container.next_small)}I", *container.next_small))
    small_sectors = -(-len(container.next_small) // 128)
    directory = container.store(b"".join(container.directory))
    table_start = len(container.sectors)
    table_sectors = 1 + (table_start + 2) // 126
    table = [*container.next_sector, *[TABLE] * table_sectors]
    table += [FREE] * (table_sectors * 128 - len(table))
    versions = struct.pack("<8s16xHHHHH6x", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6)
    places = struct.pack("<9I", 0, table_sectors, directory, 0, 4096, small_table, small_sectors, END, 0)
    tables = [table_start + place if place < table_sectors else FREE for place in range(109)]
    sectors = b"".join(container.sectors) + struct.pack(f"<{len(table)}I", *table)
    return versions + places + struct.pack("<109I", *tables) + sectors


def properties(head: int, values: dict[int, "str | bytes | int"]) -> Tree:
    """`head`: bytes before the first property, which differ by what it is of."""
    streams: Tree = {}
    rows = []
    for number, value in values.items():
        kind = TEXT if isinstance(value, str) else BYTES if isinstance(value, bytes) else NUMBER
        content = value.encode("utf-16-le") if isinstance(value, str) else value
        if isinstance(content, bytes):
            streams[f"__substg1.0_{number:04X}{kind:04X}"] = content
        last = content if isinstance(content, int) else len(content)
        rows.append(struct.pack("<HHIII", kind, number, 6, last, 0))
    return {"__properties_version1.0": bytes(head) + b"".join(rows), **streams}


def message(
    subject: str, text: str, *, html: bytes = b"", attachments: dict[str, bytes] | None = None
) -> bytes:
    return compound_file(tree(subject, text, {0x1013: html} if html else {}, attachments=attachments))


def tree(
    subject: str,
    text: str,
    more: dict[int, "str | bytes | int"] | None = None,
    *,
    attachments: dict[str, bytes] | None = None,
    messages: Sequence[Tree] = (),
    head: int = 32,
) -> Tree:
    """`messages`: attached as such; their `head` is shorter."""
    own: dict[int, str | bytes | int] = {
        0x0037: subject,
        0x0C1A: "Ann Lee",
        0x0C1F: "ann@tea.example",
        0x3FDE: 65001,
        **({0x1000: text} if text else {}),
        **(more or {}),
    }
    made = properties(head, own)
    made["__recip_version1.0_#00000000"] = properties(8, {0x3001: "Bo", 0x39FE: "bo@tea.example"})
    attached = [
        properties(8, {0x3707: name, 0x3701: content, 0x3705: 1})
        for name, content in (attachments or {}).items()
    ]
    attached += [properties(8, {0x3705: 5}) | {"__substg1.0_3701000D": each} for each in messages]
    return made | {f"__attach_version1.0_#{number:08X}": each for number, each in enumerate(attached)}
