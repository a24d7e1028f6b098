"""A channel's own way to count decides how long a text is."""

from typing import get_args

import pytest

from domain.marketing.copy_checks.channels import channels, length
from domain.marketing.copy_checks.counting import Counting


@pytest.mark.parametrize(
    ("text", "counting", "counted"),
    [
        ("桂花 tea", "characters", 6),
        ("👨‍👩‍👧‍👦", "characters", 1),
        ("👍🏽é", "characters", 2),
        ("桂花 tea", "half_width", 8),
        ("“桂花”，真香", "half_width", 14),
        ("don’t", "half_width", 5),
        ("café", "half_width", 4),
        ("桂花 tea", "weighted", 8),
        ("👨‍👩‍👧‍👦", "weighted", 2),
        ("see https://a.example/a-very-long-address-that-counts-as-any-other", "weighted", 27),
        ("a" * 160, "sms", 1),
        ("a" * 161, "sms", 2),
        ("€" * 80, "sms", 1),
        ("€" * 81, "sms", 2),
        ("桂" * 70, "sms", 1),
        ("桂" * 71, "sms", 2),
        ("桂" * 134, "sms", 2),
        ("桂" * 135, "sms", 3),
        ("a" * 69 + "’", "sms", 1),
        ("😀" * 36, "sms", 2),
        ("", "sms", 0),
        ("第二泡，有花果香。", "spoken", 7),
        ("It isn’t a well-known tea, café or 250 g.", "spoken", 11),
        ("岩茶 Rougui 100 克", "spoken", 7),
        ("", "weighted", 0),
    ],
)
def test_each_channel_counts_in_its_own_way(text: str, counting: str, counted: int) -> None:
    assert length(text, counting) == counted  # type: ignore[arg-type]


def test_every_channel_says_its_limits_in_both_languages_and_who_publishes_them() -> None:
    for key, channel in channels().items():
        assert channel.key == key
        assert all((channel.name_zh, channel.name_en, channel.advice_zh, channel.advice_en, channel.source))
        assert any(rules.is_required for rules in channel.fields)
        assert len({rules.key for rules in channel.fields}) == len(channel.fields)
        for rules in channel.fields:
            assert rules.counting in get_args(Counting)
            assert 0 <= rules.min_length < rules.max_length
        for required in channel.must_contain:
            assert required.field in {rules.key for rules in channel.fields}
        assert channel.min_hashtags <= channel.max_hashtags
