"""A script as a table, as Markdown and as subtitles."""

from collections.abc import Iterator, Sequence

from django.http import HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _

from apps.accounts.actors import Actor
from apps.audit.file_exports import FileExport
from apps.core import tables
from apps.core.errors import NotFound
from apps.marketing.video_scripts import selectors, subtitles
from apps.marketing.video_scripts.models import VideoScript
from apps.marketing.video_scripts.platforms import pace, platforms
from apps.marketing.video_scripts.shots import AUDIENCE_PARTS, Shot, clock, start_times

FILE_TYPES = ("csv", "xlsx", "md", "srt")
HEADINGS = ("number", "start", "end", "seconds", "picture", "voice_over", "on_screen")
CONTENT_TYPES = {"md": "text/markdown; charset=utf-8", "srt": "application/x-subrip; charset=utf-8"}


def export_script(
    actor: Actor, script: VideoScript, *, file_type: str, text: str = "voice_over"
) -> HttpResponseBase:
    """`text`: what subtitles show, voice_over or on_screen. Raises NotFound for what there is not."""
    if file_type not in FILE_TYPES or text not in AUDIENCE_PARTS:
        raise NotFound
    shots = selectors.shots(script)
    export = FileExport(actor, "video_script.exported", target=script, row_count=len(shots))
    name = f"script-{script.platform}"
    if file_type in tables.FILE_TYPES:
        return export.response(_rows(shots), name=name, file_type=file_type, headings=HEADINGS)
    if file_type == "srt":
        content = subtitles.srt(shots, text, line_units=pace(script.brief.language).line)
    else:
        content = _markdown(script, shots)
    answer = HttpResponse(content, content_type=CONTENT_TYPES[file_type])
    return export.download(answer, f"{name}.{file_type}")


def _rows(shots: Sequence[Shot]) -> Iterator[dict[str, object]]:
    for number, (shot, start) in enumerate(zip(shots, start_times(shots), strict=True), start=1):
        yield {
            "number": number,
            "start": clock(start),
            "end": clock(start + shot.seconds),
            "seconds": shot.seconds,
            "picture": shot.picture,
            "voice_over": shot.voice_over,
            "on_screen": shot.on_screen,
        }


def _markdown(script: VideoScript, shots: Sequence[Shot]) -> str:
    platform = platforms().get(script.platform)
    about = f"{script.seconds} s" + (f" · {platform.aspect_ratio}" if platform else "")
    headings = (_("Shot"), _("Time"), _("Picture"), _("Voice-over"), _("On-screen text"))
    lines = [f"# {script.brief.product} · {script.platform_name}", "", about, ""]
    lines += [f"**{_('Music')}**: {script.music}", ""] if script.music else []
    lines += [_table_row(headings), "|---" * len(headings) + "|"]
    lines += [
        _table_row(
            (
                str(row["number"]),
                f"{row['start']}–{row['end']}",
                str(row["picture"]),
                str(row["voice_over"]),
                str(row["on_screen"]),
            )
        )
        for row in _rows(shots)
    ]
    return "\n".join([*lines, ""])


def _table_row(cells: Sequence[str]) -> str:
    """A bar would end the cell, a line the table."""
    plain = (" ".join(cell.split()).replace("\\", "\\\\").replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(plain)} |"
