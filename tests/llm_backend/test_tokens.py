import pytest

from llm_backend.tokens import count_tokens, fit

CHINESE = "诸葛亮字孔明，号卧龙，三国时期蜀汉丞相。" * 20
ENGLISH = "Zhuge Liang was a statesman and strategist of Shu Han. " * 20


@pytest.mark.parametrize("text", [CHINESE, ENGLISH, CHINESE + ENGLISH])
@pytest.mark.parametrize("tokens", [1, 5, 30, 100])
def test_what_is_cut_fits_and_is_a_beginning(text: str, tokens: int) -> None:
    cut = fit(text, tokens)
    assert count_tokens(cut) <= tokens
    assert text.startswith(cut.removesuffix("…"))


def test_short_text_stays_as_it_is() -> None:
    assert fit("孔明", 10) == "孔明"


def test_the_cut_is_after_a_sentence_where_one_is_near() -> None:
    assert fit(CHINESE, 100).endswith("。…")


def test_nothing_costs_nothing() -> None:
    assert count_tokens("") == 0
    assert fit("text", 0) == ""
