"""What a text in other words has to keep."""

import pytest

from domain.text.rewording import changes

REPLY = "Dear Vera, your order A-1029 of 12.50 yuan arrives on March 5 within three days: https://tea.example/a?b=1."


@pytest.mark.parametrize(
    "after",
    [
        "Vera, order A-1029 (12.50 yuan) arrives March 5, within 3 days: https://tea.example/a?b=1",
        "Vera您好，订单A-1029（12.5元）将于3月5日、三天内送达：https://tea.example/a?b=1。",
    ],
)
def test_the_same_facts_in_other_words_are_no_change(after):
    assert not changes(REPLY, after, names=["Vera"], is_translated=True)


def test_what_is_gone_and_what_is_new_is_named():
    found = changes(REPLY, "您的订单A-1028将于3月5日四天内送达。", names=["Vera"], is_translated=True)

    assert {"A-1029", "https://tea.example/a?b=1", "12.5", "Vera"} <= set(found.lost)
    assert {"A-1028", "4"} <= set(found.added)


def test_names_count_within_a_language_only():
    before = "We asked Mister Brown to bring it on Monday."

    assert changes(before, "It comes on Monday.").lost == ["Mister Brown"]
    assert not changes(before, "我们请布朗先生周一送来。", is_translated=True)


def test_a_telephone_number_and_a_mail_address_stay_to_the_letter():
    found = changes("Call 13800138000 or write to help@tea.example", "Call 13800138001")

    assert found.lost == ["13800138000", "help@tea.example"]
    assert found.added == ["13800138001"]
