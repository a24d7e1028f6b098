"""Small archives that unpack to a lot, or that lie about it."""

import io
import struct
import zipfile
import zlib
from functools import cache

ZEROS = 64 * 2**20
LIST_ENTRY = b"PK\x01\x02"
LIST_END = b"PK\x05\x06"


def archive(entries: dict[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", compression) as file:
        for name, content in entries.items():
            file.writestr(name, content)
    return packed.getvalue()


@cache
def of_zeros(name: str = "mimetype") -> bytes:
    return archive({name: bytes(ZEROS)})


@cache
def nested(depth: int = 4) -> bytes:
    inner = of_zeros("word/document.xml")
    for _ in range(depth):
        inner = archive({f"{number}.zip": inner for number in range(8)})
    return inner


def of_many_entries(count: int = 60_000) -> bytes:
    return archive({f"part/{number:0100}": b"" for number in range(count)})


def claiming(name: str, content: bytes, size: int) -> bytes:
    """Its list and its entry both say that `size` bytes come."""
    packed = bytearray(archive({"[Content_Types].xml": b"<Types/>", name: content}))
    entry = packed.index(b"PK\x03\x04", 4)
    struct.pack_into("<I", packed, entry + 22, size)
    struct.pack_into("<I", packed, packed.rindex(LIST_ENTRY) + 24, size)
    return bytes(packed)


def with_a_second_list(entries: dict[str, bytes]) -> bytes:
    """The end names a short list; a ZIP64 record before it names another one, which readers believe instead."""
    packed = archive(entries)
    at = packed.index(LIST_END)
    record = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 2**40, 2**40, 2**40, 0)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, at, 1)
    return packed[:at] + record + locator + packed[at:]


def pdf(size: int = 2**30) -> bytes:
    """One page whose content is `size` spaces, packed twice."""
    packer = zlib.compressobj(9)
    once = b"".join(
        [*(packer.compress(bytes(2**20).replace(b"\0", b" ")) for _ in range(size >> 20)), packer.flush()]
    )
    content = zlib.compress(once, 9)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] /Contents 4 0 R >>",
        b"<< /Length %d /Filter [/FlateDecode /FlateDecode] >>\nstream\n%b\nendstream"
        % (len(content), content),
    ]
    body = b"%PDF-1.4\n" + b"".join(b"%d 0 obj\n%b\nendobj\n" % pair for pair in enumerate(objects, start=1))
    return body + b"trailer << /Root 1 0 R /Size 5 >>\n%%EOF\n"
