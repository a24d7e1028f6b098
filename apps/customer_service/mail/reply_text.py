"""What somebody wrote in a mail, without the mail they answer and without their signature.

Line by line and with bounded patterns: mails come from strangers and may be large. mail-parser-reply was tried; it takes
a line that begins with a hyphen for a signature, so lists of articles got lost.
"""

from collections.abc import Sequence

from llm_backend import patterns

MAX_LINE_CHARACTERS = 300
_ATTRIBUTIONS = (
    patterns.compile(r"^On .{4,220}\bwrote:$", patterns.IGNORECASE),
    patterns.compile(
        r"^(Am|Le|El|Il|Em) .{4,220}\b(schrieb|écrit|escribió|scritto|escreveu)\b.{0,80}:$",
        patterns.IGNORECASE,
    ),
    patterns.compile(r"^.{0,120}\d{4}[年/-]\s?\d{1,2}[月/-]\s?\d{1,2}.{0,160}(写道|寫道|wrote)\s?[：:]$"),
    patterns.compile(r"^.{1,120}(写道|寫道)\s?[：:]$"),
    patterns.compile(
        r"^[-_—\s]{2,}(Original Message|Original|Forwarded message|Replied Message"
        r"|原始邮件|原始郵件|回复的原邮件|转发邮件信息)[-_—\s]{2,}$",
        patterns.IGNORECASE,
    ),
    patterns.compile(r"^_{20,}$"),
)
_HEADER = patterns.compile(
    r"^[*\s]*(From|Sent|To|Subject|Date|Cc|发件人|发送时间|收件人|主题|抄送|日期)[*]?\s?[：:]",
    patterns.IGNORECASE,
)
_SIGNATURE = patterns.compile(r"^--\s?$")
_SENT_FROM = patterns.compile(
    r"^(Sent from my |Get Outlook for |发自我的|來自我的|来自我的|Von meinem ).{0,80}$", patterns.IGNORECASE
)
_EMPTY_LINES = patterns.compile(r"\n{3,}")


def own_words(text: str) -> str:
    """The whole text where nothing would be left."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    start, length = _quote_at(lines)
    above, below = lines[:start], lines[start + length :]
    is_marked = any(_is_quoted(line) for line in below)
    own_text = _without_signature(_without_quotes(above))
    if is_marked:
        # Answers between or below the quoted lines.
        own_text += _without_signature(_without_quotes(below))
    own = _join_lines(own_text)
    return own or _join_lines(lines)


def _quote_at(lines: Sequence[str]) -> tuple[int, int]:
    """Where the answered mail begins, and how many lines announce it; (number of lines, 0) without one."""
    for index, line in enumerate(lines):
        if _is_attribution(line):
            return index, 1
        following = lines[index + 1] if index + 1 < len(lines) else ""
        if line.startswith(("On ", "在", "于")) and _is_attribution(f"{line} {following.strip()}"):
            return index, 2
        if _HEADER.match(line) and sum(bool(_HEADER.match(each)) for each in lines[index : index + 5]) > 2:
            return index, 1
    return len(lines), 0


def _is_attribution(line: str) -> bool:
    line = line.strip()
    return len(line) <= MAX_LINE_CHARACTERS and any(pattern.match(line) for pattern in _ATTRIBUTIONS)


def _is_quoted(line: str) -> bool:
    return line.lstrip().startswith((">", "|>"))


def _without_quotes(lines: Sequence[str]) -> list[str]:
    return [line for line in lines if not _is_quoted(line)]


def _without_signature(lines: Sequence[str]) -> list[str]:
    end = next((index for index, line in enumerate(lines) if _SIGNATURE.match(line)), len(lines))
    return [line for line in lines[:end] if not _SENT_FROM.match(line.strip())]


def _join_lines(lines: Sequence[str]) -> str:
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()
