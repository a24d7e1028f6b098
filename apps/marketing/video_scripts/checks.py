"""A script against its platform, its length, its brief and the law."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from django.utils.translation import gettext_noop

from apps.marketing.copywriting.checks import Texts, check_texts, whole_text_violation
from apps.marketing.video_scripts.platforms import Pace, Platform
from apps.marketing.video_scripts.shots import AUDIENCE_PARTS, Shot, shot_texts
from domain.marketing.copy_checks.catalogue import CODE as OTHER_PRODUCT
from domain.marketing.copy_checks.catalogue import CatalogueFacts
from domain.marketing.copy_checks.channels import Channel, FieldRules
from domain.marketing.copy_checks.check import Violation
from domain.marketing.copy_checks.counting import length

# Ours: more is a treatment, not what a crew reads on a shooting day.
MAX_PICTURE_CHARACTERS = 300
MAX_EMOJI = 6
# A viewer swipes on within three seconds; an opening that takes longer is no hook.
MAX_HOOK_SECONDS = 5
# What directions to a crew are full of; they may say for whom the video is.
DIRECTIONS = frozenset({"number_not_in_brief", "name_not_in_brief", "internal_words", "condition_left_out"})
# What a crew may have to see that a viewer may not be told.
DOUBTFUL = frozenset({OTHER_PRODUCT, "contradicts_fact"})
PART_NAMES = {
    "picture": ("第 {number} 镜画面", "Picture of shot {number}"),
    "voice_over": ("第 {number} 镜口播", "Voice-over of shot {number}"),
    "on_screen": ("第 {number} 镜屏幕文字", "On-screen text of shot {number}"),
}
TOO_LONG_TO_SAY = gettext_noop("This takes %(found)d s to say; the shot is %(limit)d s")
TOO_LONG_TO_READ = gettext_noop("%(found)d half-width units; viewers can read %(limit)d in %(seconds)d s")
WRONG_LENGTH = gettext_noop("The shots total %(found)d s; the video should be %(limit)d s")
TOO_LONG_FOR_PLATFORM = gettext_noop("The platform allows videos of at most %(limit)d s")
TOO_SHORT_FOR_PLATFORM = gettext_noop("The platform requires videos of at least %(limit)d s")
NO_PICTURE = gettext_noop("Shot %(number)d has no picture")


def check_script(
    shots: Sequence[Shot], *, music: str, seconds: int, platform: Platform, pace: Pace, facts: CatalogueFacts
) -> list[Violation]:
    """All that is wrong; the field of a violation is “2.voice_over”, or "" for the script as a whole."""
    audience = check_texts(shot_texts(shots, AUDIENCE_PARTS), script_rules(shots, pace), facts)
    crew = shot_texts(shots, ["picture"]) | {"music": music}
    return [
        *_times(shots, seconds, platform),
        *_pictures(shots),
        *(_in_seconds(each, shots, pace) for each in audience),
        *check_crew_texts(crew, facts),
    ]


def check_hook(hook: Shot, *, pace: Pace, facts: CatalogueFacts, others: Sequence[Texts]) -> list[Violation]:
    """An opening by itself; what must be said may be said later, of a price too. `others`: those that it must not repeat."""
    shots, facts = [hook], replace(facts, must_say=())
    found = check_texts(shot_texts(shots, AUDIENCE_PARTS), script_rules(shots, pace), facts, others)
    return [
        *_pictures(shots),
        *(_in_seconds(each, shots, pace) for each in found if each.code != "condition_left_out"),
        *check_crew_texts(shot_texts(shots, ["picture"]), facts),
    ]


def check_crew_texts(texts: Texts, facts: CatalogueFacts) -> list[Violation]:
    """Pictures and music speak to the crew: what the law or the brief forbids stays out of them, and a fact that the brief
    does not hold is for somebody to look at. “Two cups for 3 s” claims nothing."""
    rules = _channel([_field(key, "picture", MAX_PICTURE_CHARACTERS) for key in texts])
    found = check_texts(texts, rules, replace(facts, must_say=()))
    return [
        replace(each, severity="warning")
        if each.code.endswith("_not_in_brief") or each.code in DOUBTFUL
        else each
        for each in found
        if each.code not in DIRECTIONS
    ]


def script_rules(shots: Sequence[Shot], pace: Pace) -> Channel:
    """What people hear and see of each shot as the fields of a channel, as long as its seconds allow."""
    return _channel(
        [
            _field(
                f"{number}.{part}",
                part,
                pace.max_spoken(shot.seconds) if part == "voice_over" else pace.max_on_screen(shot.seconds),
            )
            for number, shot in enumerate(shots, start=1)
            for part in AUDIENCE_PARTS
        ]
    )


def _field(key: str, part: str, max_length: int) -> FieldRules:
    number = key.partition(".")[0]
    name_zh, name_en = (name.format(number=number) for name in PART_NAMES[part])
    counting = {"voice_over": "spoken", "on_screen": "half_width"}.get(part, "characters")
    return FieldRules(key, name_zh, name_en, max_length, counting, is_required=False)  # type: ignore[arg-type]


def _channel(fields: Sequence[FieldRules]) -> Channel:
    return Channel(
        key="video_script",
        name_zh="短视频脚本",
        name_en="short-video script",
        fields=tuple(fields),
        min_hashtags=0,
        max_hashtags=0,
        max_emoji=MAX_EMOJI,
        max_links=0,
        must_contain=(),
        advice_zh="",
        advice_en="",
        source="",
    )


def _times(shots: Sequence[Shot], seconds: int, platform: Platform) -> Iterator[Violation]:
    total = sum(shot.seconds for shot in shots)
    if total != seconds:
        yield whole_text_violation("wrong_length", WRONG_LENGTH, found=total, limit=seconds)
    for code, reason, limit, is_broken in (
        ("too_long_for_platform", TOO_LONG_FOR_PLATFORM, platform.max_seconds, total > platform.max_seconds),
        (
            "too_short_for_platform",
            TOO_SHORT_FOR_PLATFORM,
            platform.min_seconds,
            total < platform.min_seconds,
        ),
    ):
        if is_broken:
            yield replace(whole_text_violation(code, reason, limit=limit), source=platform.source)


def _pictures(shots: Sequence[Shot]) -> Iterator[Violation]:
    for number, shot in enumerate(shots, start=1):
        if not shot.picture.strip():
            found = whole_text_violation("missing_picture", NO_PICTURE, number=number)
            yield replace(found, field=f"{number}.picture")


def _in_seconds(violation: Violation, shots: Sequence[Shot], pace: Pace) -> Violation:
    """What is too long said in seconds: that is what a person can change, too."""
    if violation.code != "too_long":
        return violation
    number, _dot, part = violation.field.partition(".")
    shot = shots[int(number) - 1]
    if part == "voice_over":
        found = math.ceil(length(shot.voice_over, "spoken") / pace.spoken)
        said = whole_text_violation("too_long", TOO_LONG_TO_SAY, found=found, limit=shot.seconds)
    else:
        said = whole_text_violation(
            "too_long",
            TOO_LONG_TO_READ,
            found=length(shot.on_screen, "half_width"),
            limit=pace.max_on_screen(shot.seconds),
            seconds=shot.seconds,
        )
    return replace(violation, reason_zh=said.reason_zh, reason_en=said.reason_en)
