"""A collection of the Tea House, files as people send them, and the scripted engine's embeddings."""

import io
import zipfile
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.actors import Actor
from apps.inference.models import Purpose
from apps.jobs import runs
from apps.jobs.models import Job
from apps.knowledge import services
from apps.knowledge.models import Collection, Document
from tests.scripted_engine_fixture import ScriptedEngine, endpoint_of

WORD_BODY = (
    '<?xml version="1.0" encoding="UTF-8"?><w:document'
    ' xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{}</w:body></w:document>'
)
PARAGRAPH = "<w:p>{}<w:r><w:t>{}</w:t></w:r></w:p>"
HEADING_STYLE = '<w:pPr><w:pStyle w:val="Heading1"/></w:pPr>'


@pytest.fixture
def collection(alice_actor: Actor) -> Collection:
    return Collection.objects.create(organisation=alice_actor.organisation, name="Handbook", language="en")


@pytest.fixture
def embeddings(scripted_engine: ScriptedEngine, alice_actor: Actor) -> ScriptedEngine:
    endpoint_of(scripted_engine, alice_actor, Purpose.EMBEDDING, name="embedding")
    return scripted_engine


Upload = Callable[..., Document]


@pytest.fixture
def upload(alice_actor: Actor, collection: Collection) -> Upload:
    def send(content: bytes | str, name: str = "handbook.md", **options: str) -> Document:
        file = SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)
        return services.upload_document(
            alice_actor, collection=collection, file=file, name=name, **options
        ).document

    return send


def ingest(document: Document) -> Job:
    """What a worker does with the document's job."""
    assert document.job
    runs.execute(document.job.pk)
    return Job.objects.get(pk=document.job.pk)


def word_file(*paragraphs: tuple[str, str], padding: int = 0) -> bytes:
    """A .docx of (style, text) paragraphs."""
    body = "".join(
        PARAGRAPH.format(HEADING_STYLE if style == "heading" else "", text) for style, text in paragraphs
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", WORD_BODY.format(body) + " " * padding)
    return packed.getvalue()


def pdf_file(*pages: str) -> bytes:
    """A PDF with one line of text per page; a page without text is like a scan."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, text in enumerate(pages):
        stream = f"BT /F1 12 Tf 50 700 Td ({text}) Tj ET" if text else ""
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842]"
            f" /Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * number} 0 R >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    return pdf_of_objects(objects)


def pdf_of_objects(objects: list[str]) -> bytes:
    written = b"%PDF-1.4\n"
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(written))
        written += f"{number} 0 obj\n{content}\nendobj\n".encode()
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    trailer = f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(written)}\n%%EOF"
    return written + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{trailer}".encode()
