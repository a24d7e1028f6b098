import pytest

from apps.core.numbers import LARGEST, whole_number
from apps.jobs.events import parsed_id


@pytest.mark.parametrize("text", ["", "²", "١", "-1", "+1", "1 ", "1_0", "0x1", str(LARGEST + 1), "9" * 5000])
def test_what_is_no_plain_number_of_63_bits_is_none(text: str) -> None:
    assert whole_number(text) is None
    assert parsed_id(f"1-{text}") is None
    assert parsed_id(f"{text}-1") is None


def test_plain_numbers_are_read() -> None:
    assert (whole_number("0"), whole_number(str(LARGEST))) == (0, LARGEST)
    assert parsed_id("3-17") == (3, 17)
