"""Files of pictures, before anything is recognised on them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from domain.documents.blocks import Box
from domain.documents.content import Kind, kind_of
from domain.documents.errors import Unreadable
from domain.documents.ocr import illustrations, pictures
from domain.documents.ocr.pictures import LONGEST_SIDE, is_blank, page, page_count


def saved(path: Path, picture: Image.Image, **options: object) -> Path:
    picture.save(path, **options)  # type: ignore[arg-type]
    return path


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif", "bmp", "gif"])
def test_pictures_are_known_by_their_content(tmp_path: Path, suffix: str) -> None:
    path = saved(tmp_path / f"scan.{suffix}", Image.new("RGB", (40, 30), "white"))
    kind = kind_of(path, "handbook.md")
    assert page(path, 1, kind).shape == (30, 40, 3)


def test_a_tiff_has_pages(tmp_path: Path) -> None:
    sheets = [Image.new("RGB", (20, 20), colour) for colour in ("white", "black")]
    path = saved(tmp_path / "fax.tif", sheets[0], save_all=True, append_images=sheets[1:])
    assert page_count(path) == 2
    assert [int(page(path, number, Kind.TIFF).max()) for number in (1, 2)] == [255, 0]


def test_a_photo_is_turned_as_its_camera_was(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    path = saved(tmp_path / "photo.jpg", Image.new("RGB", (40, 20), "white"), exif=exif)
    assert page(path, 1, Kind.JPEG).shape == (40, 20, 3)


def test_a_transparent_ground_is_white(tmp_path: Path) -> None:
    path = saved(tmp_path / "logo.png", Image.new("RGBA", (10, 10), (0, 0, 0, 0)))
    assert int(page(path, 1, Kind.PNG).min()) == 255


def test_large_pictures_are_made_smaller(tmp_path: Path) -> None:
    path = saved(tmp_path / "plan.jpg", Image.new("L", (LONGEST_SIDE * 2, 100), "white"))
    assert max(page(path, 1, Kind.JPEG).shape) <= LONGEST_SIDE


def test_what_unpacks_to_too_many_pixels_is_refused_unopened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(tmp_path / "bomb.png", Image.new("1", (200, 200)))
    monkeypatch.setattr(pictures, "MOST_PIXELS", 10_000)
    # Reading sets Pillow's own limit, which holds for the process.
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)
    with pytest.raises(Unreadable) as caught:
        page(path, 1, Kind.PNG)
    assert caught.value.code == "picture_too_large"


def test_an_empty_sheet_is_blank() -> None:
    sheet = np.full((50, 50, 3), 250, dtype=np.uint8)
    assert is_blank(sheet)
    sheet[20:30, 20] = 0
    assert not is_blank(sheet)


def test_a_photo_on_a_page_is_told_from_paper_text_and_rules() -> None:
    page_picture = Image.new("RGB", (800, 1000), "white")
    draw = ImageDraw.Draw(page_picture)
    draw.rectangle((400, 500, 700, 800), "steelblue")
    draw.rectangle((50, 50, 750, 120), "black")
    draw.line((50, 300, 750, 300), "black", 4)
    text = Box(0.06, 0.05, 0.94, 0.12)
    (found,) = illustrations.find(np.asarray(page_picture), [text])
    assert (round(found.left, 1), round(found.top, 1)) == (0.5, 0.5)
    assert (round(found.right, 2), round(found.bottom, 2)) == (0.88, 0.8)
