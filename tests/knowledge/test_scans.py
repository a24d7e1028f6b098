"""Scans and photos through the child process that the workers use."""

from pathlib import Path

import psutil
import pylopdf_fonts_zh_cn as chinese
import pytest
import typst
from PIL import Image
from pypdfium2 import PdfDocument

from apps.core.bounded import Limits
from apps.core.errors import UnsupportedContent
from apps.jobs.models import Job
from apps.knowledge import reader, services
from apps.knowledge.models import Document
from apps.knowledge.reader import Reading
from apps.knowledge.recognised_pages import RecognisedPages
from domain.documents.blocks import BlockKind, markdown_of
from tests.domain.documents import files
from tests.knowledge.conftest import Upload, ingest, pdf_file
from tests.scripted_engine_fixture import ScriptedEngine

PAGE = """
#set page(width: 16cm, height: 12cm, margin: 1cm)
#set text(size: 11pt, font: "Noto Serif SC")
= 茶铺退货须知
未开封的茶叶可以在三十天之内退货，运费由本店承担。超过三十天的订单请与客服联系，我们会尽快为您处理。

Unopened tea can be returned within thirty days, and we pay for the postage.

#table(columns: 3, [商品], [数量], [价格], [龙井], [12], [180.00], [普洱], [7], [95.50])
"""


@pytest.fixture(scope="module")
def sheet() -> Image.Image:
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[chinese.serif_path().parent])
    pdf = typst.compile(PAGE.encode(), font_paths=fonts)
    return PdfDocument(pdf)[0].render(scale=200 / 72).to_pil().convert("RGB")


def read(path: Path, name: str = "scan") -> Reading:
    return reader.read(path, name, check=lambda: None)


def mixed_pdf(path: Path, sheet: Image.Image) -> Path:
    """A page of text, and one that is a picture."""
    sheet.save(path.with_suffix(".scan.pdf"), resolution=200)
    document = PdfDocument(pdf_file("Opening hours are nine to five."))
    document.import_pages(PdfDocument(path.with_suffix(".scan.pdf")))
    document.save(path)
    return path


@pytest.mark.model
@pytest.mark.parametrize("degrees", [0, 90, 180, 270, -4])
def test_a_photo_is_read_whichever_way_it_was_laid(tmp_path: Path, sheet: Image.Image, degrees: int) -> None:
    turned = sheet.rotate(degrees, expand=True, fillcolor="white")
    turned.save(tmp_path / "photo.png")
    reading = read(tmp_path / "photo.png")
    heading, chinese_text, english, table = reading.blocks
    assert (heading.kind, heading.text) == (BlockKind.HEADING, "茶铺退货须知")
    assert chinese_text.text.startswith("未开封的茶叶可以在三十天之内退货，运费由本店承担。")
    assert english.text == "Unopened tea can be returned within thirty days, and we pay for the postage."
    assert [cell.text for cell in table.cells] == [
        "商品",
        "数量",
        "价格",
        "龙井",
        "12",
        "180.00",
        "普洱",
        "7",
        "95.50",
    ]
    assert (reading.media_type, reading.recognised, reading.unread) == ("image/png", [1], [])
    assert heading.box
    # Where it stands on the photo as it is shown: beside the edge that the page was laid to.
    nearest = {
        0: heading.box.top,
        90: heading.box.left,
        180: 1 - heading.box.bottom,
        270: 1 - heading.box.right,
    }
    assert nearest.get(degrees, 0) < 0.15


@pytest.mark.model
def test_a_document_says_which_pages_were_recognised(
    tmp_path: Path, sheet: Image.Image, upload: Upload, embeddings: ScriptedEngine
) -> None:
    path = mixed_pdf(tmp_path / "mixed.pdf", sheet)
    job = ingest(upload(path.read_bytes(), "mixed.pdf"))
    document = Document.objects.get()
    assert job.state == Job.State.SUCCEEDED
    assert (document.recognised_pages, document.unread_pages) == ([2], [])
    assert any("三十天之内退货" in passage.text for passage in document.passages.all())
    assert not list(Path(document.file.path).parent.glob("*.pages"))


@pytest.mark.model
def test_a_scan_in_a_mail_is_read_under_its_name(tmp_path: Path, sheet: Image.Image) -> None:
    scan = mixed_pdf(tmp_path / "mixed.pdf", sheet).read_bytes()
    (tmp_path / "order.eml").write_bytes(files.mail("See below.", {"terms.pdf": scan, "again.pdf": scan}))
    reading = read(tmp_path / "order.eml", "order.eml")
    headings = [(block.part, block.page) for block in reading.blocks if block.text == "茶铺退货须知"]
    assert headings == [("terms.pdf", 2), ("again.pdf", 2)]
    assert (reading.recognised, reading.unread) == ([1, 2], [])


def test_a_mail_with_more_scans_than_are_recognised_is_read_and_these_are_named(
    tmp_path: Path, sheet: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "MOST_RECOGNISED_PAGES", 2)
    monkeypatch.setattr(reader, "PAGE_LIMITS", Limits(seconds=0))
    scan = mixed_pdf(tmp_path / "mixed.pdf", sheet).read_bytes()
    (tmp_path / "order.eml").write_bytes(
        files.mail("See below.", dict.fromkeys(("a.pdf", "b.pdf", "c.pdf", "d.pdf"), scan))
    )
    tried: list[int] = []
    reading = reader.read(
        tmp_path / "order.eml",
        "order.eml",
        check=lambda: None,
        on_page=lambda number, _total: tried.append(number),
    )
    assert "See below." in markdown_of(reading.blocks)
    assert (len(tried), reading.unread) == (2, [1, 2, 3, 4])


def test_a_page_that_takes_too_long_is_named_and_the_rest_is_read(
    tmp_path: Path, sheet: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "PAGE_LIMITS", Limits(seconds=0))
    reading = read(mixed_pdf(tmp_path / "mixed.pdf", sheet))
    assert (markdown_of(reading.blocks), reading.unread) == ("Opening hours are nine to five.", [2])


@pytest.mark.slow
def test_a_picture_that_cannot_be_read_says_why(
    tmp_path: Path, sheet: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "PAGE_LIMITS", Limits(seconds=0))
    sheet.save(tmp_path / "photo.png")
    with pytest.raises(UnsupportedContent) as caught:
        read(tmp_path / "photo.png")
    assert caught.value.code == "too_complex"


@pytest.mark.slow
def test_a_cancel_is_heard_within_a_page(tmp_path: Path, sheet: Image.Image) -> None:
    class Cancelled(Exception):
        pass

    pages: list[tuple[int, int]] = []

    def check() -> None:
        if pages:
            raise Cancelled

    sheet.save(tmp_path / "photo.png")
    with pytest.raises(Cancelled):
        reader.read(
            tmp_path / "photo.png",
            "photo.png",
            check=check,
            on_page=lambda number, total: pages.append((number, total)),
        )
    assert pages == [(1, 1)]
    assert not [each for each in psutil.Process().children() if "apps.core.bounded_child" in each.cmdline()]


@pytest.mark.model
def test_a_worker_that_was_stopped_goes_on_behind_the_last_page(tmp_path: Path, sheet: Image.Image) -> None:
    class Killed(Exception):
        pass

    path = tmp_path / "scan.tif"
    sheet.save(path, save_all=True, append_images=[sheet])
    kept = RecognisedPages(path)
    seen: list[int] = []

    def die_on_the_second(number: int, _total: int) -> None:
        seen.append(number)
        if number == 2:
            raise Killed

    with pytest.raises(Killed):
        reader.read(path, "scan.tif", check=lambda: None, on_page=die_on_the_second, kept=kept)
    # In the middle of a line.
    with (tmp_path / "scan.tif.pages").open("a") as file:
        file.write("[2, {")
    reading = reader.read(
        path, "scan.tif", check=lambda: None, on_page=lambda number, total: seen.append(number), kept=kept
    )
    assert (seen, reading.recognised) == ([1, 2, 2], [1, 2])
    assert sorted(kept.read()) == [1, 2]
    kept.forget()
    assert not list(tmp_path.glob("*.pages"))


def test_the_page_under_way_is_told_of_the_job() -> None:
    job = Job(kind=services.INGEST_DOCUMENT.name, stage="recognising:3/12")
    assert job.stage_label == "Recognising page 3 of 12"
