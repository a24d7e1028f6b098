"""Times of shots add up, subtitles stand where their words are said, and shots are read while they are written."""

import json

import pytest

from apps.marketing.video_scripts import subtitles
from apps.marketing.video_scripts.checks import check_hook, check_script
from apps.marketing.video_scripts.forms import rearranged
from apps.marketing.video_scripts.platforms import pace, platforms
from apps.marketing.video_scripts.shots import Shot, ShotReader, fit_seconds, start_times
from domain.marketing.copy_checks.brief import Fact
from domain.marketing.copy_checks.catalogue import CatalogueFacts

ZH = pace("zh")
SHOTS = [
    Shot(4, "水壶", "水刚开，撕开一小包。", "第一泡"),
    Shot(4, "茶汤", "中火慢焙的武夷岩茶，第二泡起有花果香，茶汤橙黄透亮，坐下来慢慢喝。", ""),
    Shot(4, "茶盒", "", "250 克"),
]


@pytest.mark.parametrize("total", [12, 15, 30, 61])
def test_times_are_whole_seconds_that_add_up(total: int) -> None:
    fitted = fit_seconds(SHOTS, total, ZH)

    assert sum(shot.seconds for shot in fitted) == total
    assert all(shot.seconds >= 1 for shot in fitted)
    assert start_times(fitted)[0] == 0


def test_a_shot_gets_the_time_that_its_words_take_from_those_with_time_to_spare() -> None:
    fitted = fit_seconds(SHOTS, 12, ZH)

    # 31 characters at 4.5 a second.
    assert [shot.seconds for shot in fitted] == [3, 7, 2]


def test_more_words_than_time_share_it_by_what_they_take() -> None:
    long = [Shot(1, voice_over="茶" * 45), Shot(9, voice_over="茶" * 90)]

    assert [shot.seconds for shot in fit_seconds(long, 9, ZH)] == [3, 6]


def test_subtitles_are_timed_by_their_words_and_wrapped() -> None:
    text = subtitles.srt(fit_seconds(SHOTS, 12, ZH), "voice_over", line_units=28)

    cues = [cue.split("\n") for cue in text.strip().split("\n\n")]
    assert [cue[0] for cue in cues] == ["1", "2", "3"]
    assert cues[0][1:] == ["00:00:00,000 --> 00:00:03,000", "水刚开，撕开一小包。"]
    assert cues[1][1].startswith("00:00:03,000 --> ")
    assert cues[2][1].endswith(" --> 00:00:10,000")
    assert cues[1][1].split(" --> ")[1] == cues[2][1].split(" --> ")[0]
    assert all(len(line) <= 14 for cue in cues for line in cue[2:])
    assert all(len(cue) <= 4 for cue in cues)
    assert "".join(cues[1][2:] + cues[2][2:]) == SHOTS[1].voice_over


def test_lines_end_between_words_and_never_before_a_mark() -> None:
    assert subtitles.wrapped("A small parcel of Wuyi tea, roasted slowly.", 16) == [
        "A small parcel",
        "of Wuyi tea,",
        "roasted slowly.",
    ]
    assert subtitles.wrapped("一二三四五，六七", 10) == ["一二三四", "五，六七"]


def test_an_hour_is_written_as_players_read_it() -> None:
    late = subtitles.srt([Shot(3725), Shot(2, voice_over="茶")], "voice_over", line_units=28)

    assert "01:02:05,000 --> 01:02:07,000" in late


def test_shots_are_read_while_they_are_written() -> None:
    shots = [{"seconds": 3, "picture": 'a "cup" {'}, {"seconds": 4, "picture": "}\\"}]
    answer = json.dumps({"music": "quiet {", "shots": shots}, ensure_ascii=False)
    reader = ShotReader()

    read = [each for letter in answer for each in reader.feed(letter)]

    assert read == shots


@pytest.mark.parametrize(
    ("action", "pictures"),
    [
        ("up-1", ["茶汤", "水壶", "茶盒"]),
        ("up-0", ["水壶", "茶汤", "茶盒"]),
        ("down-1", ["水壶", "茶盒", "茶汤"]),
        ("down-2", ["水壶", "茶汤", "茶盒"]),
        ("add-0", ["水壶", "", "茶汤", "茶盒"]),
        ("remove-1", ["水壶", "茶盒"]),
        ("remove-9", ["水壶", "茶汤", "茶盒"]),
        ("explode", ["水壶", "茶汤", "茶盒"]),
    ],
)
def test_rows_are_moved_added_and_taken_out(action: str, pictures: list[str]) -> None:
    assert [shot.picture for shot in rearranged(SHOTS, action)] == pictures


def test_every_platform_says_its_limits_and_who_publishes_them() -> None:
    for platform in platforms().values():
        assert 0 < platform.min_seconds < platform.max_seconds
        assert platform.max_caption > 0
        assert ":" in platform.aspect_ratio
        assert "https://" in platform.source


def test_the_condition_of_a_price_may_come_behind_the_hook_and_not_be_missing() -> None:
    facts = CatalogueFacts("武夷岩茶", (Fact("优惠", "首单立减 20 元"),))
    platform = platforms()["douyin"]
    hook, end = Shot(3, "茶盒上写着 20 元", "立减 20 元！"), Shot(12, "茶汤", "首单才有，别忘了。")

    def codes(*shots: Shot) -> set[str]:
        found = check_script(shots, music="", seconds=15, platform=platform, pace=ZH, facts=facts)
        return {each.code for each in found} & {"condition_left_out"}

    assert not {each.code for each in check_hook(hook, pace=ZH, facts=facts, others=[])} & {
        "condition_left_out"
    }
    assert codes(hook, end) == set()
    assert codes(hook, Shot(12, "茶汤", "别忘了。")) == {"condition_left_out"}
