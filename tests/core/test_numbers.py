import pytest

from apps.core.numbers import LARGEST, money_text, whole_number
from apps.jobs.events import parsed_id


@pytest.mark.parametrize("text", ["", "²", "١", "-1", "+1", "1 ", "1_0", "0x1", str(LARGEST + 1), "9" * 5000])
def test_what_is_no_plain_number_of_63_bits_is_none(text: str) -> None:
    assert whole_number(text) is None
    assert parsed_id(f"1-{text}") is None
    assert parsed_id(f"{text}-1") is None


def test_plain_numbers_are_read() -> None:
    assert (whole_number("0"), whole_number(str(LARGEST))) == (0, LARGEST)
    assert parsed_id("3-17") == (3, 17)


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (0.3508, "CNY", "¥0.35"),
        (13.5431, "CNY", "¥13.54"),
        (0.0012, "USD", "$0.0012"),
        (0, "EUR", "€0.00"),
        (-1234.5, "CNY", "-¥1,234.50"),
        (7, "CHF", "7.00 CHF"),
        (7, "", "7.00"),
    ],
)
def test_money_stands_as_people_write_it(amount: float, currency: str, text: str) -> None:
    assert money_text(amount, currency) == text
