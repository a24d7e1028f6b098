"""Shots of a script and their times."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from apps.marketing.video_scripts.platforms import Pace
from domain.marketing.copy_checks.counting import length

PARTS = ("picture", "voice_over", "on_screen")
# What people hear and see; the picture tells the crew what to film.
AUDIENCE_PARTS = ("voice_over", "on_screen")


@dataclass(frozen=True)
class Shot:
    seconds: int
    picture: str = ""
    voice_over: str = ""
    on_screen: str = ""

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> "Shot":
        return cls(int(stored["seconds"]), **{part: str(stored.get(part, "")) for part in PARTS})

    def dump(self) -> dict[str, Any]:
        return asdict(self)


def shot_texts(shots: Sequence[Shot], parts: Iterable[str] = PARTS) -> dict[str, str]:
    """The texts by keys such as “2.voice_over”: the number of the shot, counted from 1, and the part."""
    wanted = tuple(parts)
    return {
        f"{number}.{part}": getattr(shot, part)
        for number, shot in enumerate(shots, start=1)
        for part in wanted
    }


def with_texts(shots: Sequence[Shot], texts: Mapping[str, str]) -> list[Shot]:
    """The same shots with other texts, as `shot_texts` names them; what is not named stays."""
    return [
        replace(shot, **{part: texts.get(f"{number}.{part}", getattr(shot, part)) for part in PARTS})
        for number, shot in enumerate(shots, start=1)
    ]


def start_times(shots: Sequence[Shot]) -> list[int]:
    """When each begins, in seconds."""
    starts, at = [], 0
    for shot in shots:
        starts.append(at)
        at += shot.seconds
    return starts


def clock(seconds: int) -> str:
    """“1:05”."""
    return f"{seconds // 60}:{seconds % 60:02}"


def needed_seconds(shot: Shot, pace: Pace) -> int:
    """What speaking and reading it takes."""
    spoken = math.ceil(length(shot.voice_over, "spoken") / pace.spoken)
    read = math.ceil(min(length(shot.on_screen, "half_width"), 2 * pace.line) / pace.read)
    return max(spoken, read, 1)


def fit_seconds(shots: Sequence[Shot], total: int, pace: Pace) -> list[Shot]:
    """The shots in whole seconds that add up to `total`: each as long as its words take, the rest as it was shared out.

    Where the words take longer than `total` they share it by what they take, and the checks say which are too long. A
    shot has a second at least, so that more shots than seconds take longer.
    """
    needed = [needed_seconds(shot, pace) for shot in shots]
    is_room = sum(needed) <= total
    seconds = needed if is_room else [1] * len(shots)
    weights = [max(shot.seconds, 1) for shot in shots] if is_room else needed
    shares = [weight * total / sum(weights) for weight in weights]
    for _second in range(total - sum(seconds)):
        short = max(range(len(shots)), key=lambda place: shares[place] - seconds[place])
        seconds[short] += 1
    return [replace(shot, seconds=each) for shot, each in zip(shots, seconds, strict=True)]


class ShotReader:
    """Reads a list of shots out of JSON while it is written. Cheap enough for every token, and no letter is read twice."""

    def __init__(self) -> None:
        self._depth = 0
        self._is_in_string = self._is_escaped = False
        self._letters: list[str] = []

    def feed(self, text: str) -> list[dict[str, Any]]:
        """The objects that end with this piece."""
        ended: list[dict[str, Any]] = []
        for letter in text:
            self._letters.append(letter)
            if self._is_text(letter):
                continue
            if letter == "{":
                self._depth += 1
                if self._depth == 2:
                    self._letters = [letter]
            elif letter == "}":
                self._depth -= 1
                if self._depth == 1:
                    ended += _object("".join(self._letters))
        return ended

    def _is_text(self, letter: str) -> bool:
        """Whether it belongs to a string, quotation marks with it."""
        if not self._is_in_string:
            self._is_in_string = letter == '"'
            return self._is_in_string
        self._is_in_string = self._is_escaped or letter != '"'
        self._is_escaped = letter == "\\" and not self._is_escaped
        return True


def _object(text: str) -> list[dict[str, Any]]:
    try:
        value = json.loads(text)
    except ValueError:
        # Whoever follows sees one row less; the answer as a whole is judged by its schema.
        return []
    return [value] if isinstance(value, dict) else []
