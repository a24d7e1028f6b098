import pytest

from llm_backend.chat import Enough
from llm_backend.decoding import Token
from llm_backend.yes_or_no import YesOrNo


@pytest.mark.parametrize(
    ("chances", "chance"),
    [
        ({"yes": 0.6, "no": 0.2, "Maybe": 0.2}, 0.25),
        ({" Yes": 0.3, "**No": 0.3}, 0.5),
        ({"是": 0.9, "不": 0.1}, 0.1),
    ],
)
def test_the_chance_of_no_is_its_share_of_both(chances: dict[str, float], chance: float) -> None:
    reading = YesOrNo()

    reading.see([Token("\n", {"\n": 1.0}), Token("yes", chances)])

    assert reading.chance_of_no("") == pytest.approx(chance)


@pytest.mark.parametrize(
    ("written", "chance"), [("Yes.", 0.0), ("是的", 0.0), ("No", 1.0), ("Perhaps", 1.0), ("", 1.0)]
)
def test_without_chances_the_word_counts_and_what_is_no_clear_yes_is_no(written: str, chance: float) -> None:
    assert YesOrNo().chance_of_no(written) == chance


def test_nothing_more_is_written_than_the_first_word() -> None:
    reading = YesOrNo()
    reading.take("  ", "")

    with pytest.raises(Enough):
        reading.take("yes", "")
