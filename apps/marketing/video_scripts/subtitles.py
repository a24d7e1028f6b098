"""Subtitles of a script in SubRip's format (.srt): a cue for each two lines, timed by how long its words take."""

from collections.abc import Iterator, Sequence
from itertools import accumulate

from apps.marketing.video_scripts.shots import Shot, start_times
from domain.marketing.copy_checks.counting import length
from llm_backend import patterns

LINES_OF_CUE = 2
# What a line may end behind: a word with the marks that follow it, or one Chinese letter with those.
_UNIT = patterns.compile(
    r"[“‘「『（《【(\[\"']{0,4}(?:[\u3400-\u9fff]|[^\s\u3400-\u9fff“‘「『（《【]{1,80})"
    r"[，。！？；：、…”’」』）》】,.!?;:)\]\"']{0,4}"
)


def srt(shots: Sequence[Shot], part: str, *, line_units: int) -> str:
    """`part`: voice_over or on_screen. `line_units`: half-width units of a line, of which a Chinese letter is two."""
    cues = [
        f"{number}\n{_clock(start)} --> {_clock(end)}\n{text}\n"
        for number, (start, end, text) in enumerate(_timed_texts(shots, part, line_units), start=1)
    ]
    return "\n".join(cues)


def wrapped(text: str, line_units: int) -> list[str]:
    """Lines of at most so many units; a word that is longer stands on a line of its own."""
    lines = [""]
    end = 0
    for unit in _UNIT.finditer(text):
        gap = " " if text[end : unit.start()].isspace() else ""
        joined = f"{lines[-1]}{gap}{unit[0]}"
        if lines[-1] and length(joined, "half_width") > line_units:
            lines.append(unit[0])
        else:
            lines[-1] = joined
        end = unit.end()
    return [line for line in lines if line]


def _timed_texts(shots: Sequence[Shot], part: str, line_units: int) -> Iterator[tuple[int, int, str]]:
    """Start and end in thousandths of a second; a shot without words has none."""
    for shot, start in zip(shots, start_times(shots), strict=True):
        lines = wrapped(getattr(shot, part), line_units)
        blocks = ["\n".join(lines[at : at + LINES_OF_CUE]) for at in range(0, len(lines), LINES_OF_CUE)]
        weights = [max(length(block, "spoken"), 1) for block in blocks]
        ends = [
            start * 1000 + round(1000 * shot.seconds * done / sum(weights)) for done in accumulate(weights)
        ]
        yield from zip([start * 1000, *ends], ends, blocks, strict=False)


def _clock(thousandths: int) -> str:
    seconds, rest = divmod(thousandths, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02},{rest:03}"
