"""What people type with a Chinese keyboard or paste out of a log, as the rules read it: digits, and moments with a zone."""

from datetime import datetime, tzinfo

from llm_backend import patterns

# Digits and letters, and the signs that stand in dates.
_FULL_WIDTH = (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B), 0xFF0D, 0xFF0E, 0xFF0F)
_HALF_WIDTH = {code: code - 0xFEE0 for code in _FULL_WIDTH}
_COLON = patterns.compile(r"(?<=\d)：(?=\d)")
# An offset only behind seconds: “15:00-17:00” are two times.
_MOMENT = patterns.compile(
    r"(?<![\w.-])(?P<date>\d{4}-\d\d-\d\d)(?:T(?=\d)| )(?P<clock>\d\d:\d\d)"
    r"(?:(?P<seconds>:\d\d(?:[.,]\d{1,9})?)(?P<offset> ?[+-](?:0\d|1[0-4]):?\d\d)?)?(?P<utc>Z| ?UTC| ?GMT)?(?![\w:])"
)
_ACCESS_LOG = patterns.compile(
    r"(?<![\w/])\[?(?P<time>\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d)(?P<zone> [+-]\d{4})?\]?(?!\w)",
    patterns.ASCII,
)


def half_width(text: str) -> str:
    """“１５：００” as “15:00”; other text keeps its signs."""
    return _COLON.sub(":", text.translate(_HALF_WIDTH))


def on_clocks(text: str, zone: tzinfo | None) -> str:
    """Moments with a zone of their own become those that the clocks of `zone` show; of others only the form."""

    def moment(match: patterns.Match[str]) -> str:
        written = f"{match['date']} {match['clock']}{(match['seconds'] or ':00')[:3]}"
        offset = "+00:00" if match["utc"] else match["offset"]
        return _shifted(written, "%Y-%m-%d %H:%M:%S", offset, zone) or match[0]

    def access_time(match: patterns.Match[str]) -> str:
        return _shifted(match["time"], "%d/%b/%Y:%H:%M:%S", match["zone"], zone) or match[0]

    return _ACCESS_LOG.sub(access_time, _MOMENT.sub(moment, text))


def _shifted(written: str, form: str, offset: str | None, zone: tzinfo | None) -> str:
    """Empty where there is no such moment."""
    try:
        moment = datetime.strptime(f"{written}{(offset or '+00:00').strip()}", f"{form}%z")
        return f"{moment.astimezone(zone) if offset else moment:%Y-%m-%d %H:%M:%S}"
    except (ValueError, OverflowError):
        return ""
