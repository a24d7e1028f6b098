"""A text layer that says of its letters that they are others is none."""

from pathlib import Path

import pytest

from domain.documents import pdf, plausible_text
from tests.knowledge.conftest import pdf_file

ENGLISH = (
    "Opening hours are nine to five, and on Saturdays from ten until the last guest has left the house. "
)
TEXTS = [
    ENGLISH * 4,
    "凡收到货物之日起七日内，买方可以无理由退货，但定制的商品除外；退款于三个工作日内到账。" * 4,
    "營業時間為每週一至週五上午九時至下午六時，國定假日休息；辦理退貨請攜帶發票與會員卡。" * 4,
    "営業時間は平日の午前九時から午後五時までです。図書館の駐車場は満車の場合がございます。" * 4,
    "영업시간은 평일 오전 아홉 시부터 오후 다섯 시까지이며 공휴일은 쉽니다. " * 8,
    "Čtvrtek a pátek zavřeno, ostatní dny otevřeno do sedmnácti hodin; zmrzlinu prodáváme celé léto. " * 8,
    "Cửa hàng mở cửa từ chín giờ sáng đến năm giờ chiều các ngày trong tuần. " * 8,
    "7,400 | 8.41 % | 27.48 % | -12 | 4,567\n" * 40,
    "Name: ________  Date: __.__.____ ............ 3\n" * 20,
]


@pytest.mark.parametrize("text", TEXTS)
def test_text_of_any_language_numbers_and_forms_make_sense(text: str) -> None:
    assert plausible_text.is_plausible([text])


def shifted(text: str, by: int) -> str:
    return "".join(chr(ord(each) + by) if each.isalpha() else each for each in text)


@pytest.mark.parametrize("text", [shifted(TEXTS[1], 7), shifted(TEXTS[1], 500), "\"#$%&'()*+,-./ " * 9])
def test_letters_that_are_others_make_none(text: str) -> None:
    assert not plausible_text.is_plausible([text])


def test_a_page_whose_letters_are_others_is_read_as_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "false.pdf"
    letters = ENGLISH.lower() * 5
    rotated = "".join(chr((ord(each) - 94) % 26 + 97) if each.isalpha() else each for each in letters)
    path.write_bytes(pdf_file(letters, rotated))
    assert [(page.number, page.blocks is None) for page in pdf.pages(path)] == [(1, False), (2, True)]
