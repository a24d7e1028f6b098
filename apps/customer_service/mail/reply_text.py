"""What somebody wrote in a mail, without the mail they answer and without their signature.

Line by line and with bounded patterns: mails come from strangers and may be large. mail-parser-reply was tried; it takes
a line that begins with a hyphen for a signature, so lists of articles got lost.
"""

from collections.abc import Sequence

from llm_backend import patterns

MAX_LINE_CHARACTERS = 300
_RULES = (
    patterns.compile(
        r"^[-_—\s]{2,}(Original Message|Original|Forwarded message|Replied Message"
        r"|原始邮件|原始郵件|回复的原邮件|转发邮件信息)[-_—\s]{2,}$",
        patterns.IGNORECASE,
    ),
    patterns.compile(r"^_{20,}$"),
)
# “In the chat your staff wrote:” is said in mails, too: these announce one by an address, a time or what they quote.
_ATTRIBUTIONS = (
    patterns.compile(r"^On .{4,220}\bwrote:$", patterns.IGNORECASE),
    patterns.compile(
        r"^(Am|Le|El|Il|Em) .{4,220}\b(schrieb|écrit|escribió|scritto|escreveu)\b.{0,80}:$",
        patterns.IGNORECASE,
    ),
    patterns.compile(r"^.{0,120}\d{4}[年/-]\s?\d{1,2}[月/-]\s?\d{1,2}.{0,160}(写道|寫道|wrote)\s?[：:]$"),
    patterns.compile(r"^.{1,120}(写道|寫道)\s?[：:]$"),
)
_OF_A_MAIL = patterns.compile(r"@|\d{4}|\d:\d\d")
_HEADER = patterns.compile(
    r"^[*\s]*(From|Sent|To|Subject|Date|Cc|发件人|发送时间|发送日期|收件人|主\s?题|抄\s?送|日\s?期"
    r"|寄件者|寄件人|發件人|寄件日期|傳送時間|發送時間|收件者|主旨|主題|副本|密件副本)[*]?\s?[：:]",
    patterns.IGNORECASE,
)
# A journey and a parcel have from, to and date as well.
_HEADER_OF_MAILS = patterns.compile(
    r"^[*\s]*(Sent|Subject|发送时间|发送日期|主\s?题|寄件日期|傳送時間|發送時間|主旨|主題)\b|^[^@]{1,200}@",
    patterns.IGNORECASE,
)
_SIGNATURE = patterns.compile(r"^--\s?$")
_SENT_FROM = patterns.compile(
    r"^(Sent from (?:my |Mail for |Outlook |Yahoo Mail)|Get Outlook for |Von meinem "
    r"|获取 ?(?:适用于 ?\S{1,10} ?的 ?)?Outlook|下载 ?Outlook|取得 ?Outlook|发自我的|发自 ?Outlook|来自我的"
    r"|來自我的|傳送自我的|从(?:我的| ?Windows 版邮件).{0,20}发送$|從我的.{0,20}傳送$).{0,80}$",
    patterns.IGNORECASE,
)
# What some programs draw above the heads of the answered mail.
_RULE_ABOVE = patterns.compile(r"^[-_=—─]{3,}$")
_EMPTY_LINES = patterns.compile(r"\n{3,}")


def own_words(text: str) -> str:
    """The whole text where nothing would be left."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    start, length = _quote_at(lines)
    above, below = _without_rule(lines[:start]) if length else lines, lines[start + length :]
    is_marked = any(_is_quoted(line) for line in below)
    own_text = _without_signature(_without_quotes(above))
    if is_marked:
        # Answers between or below the quoted lines; what stands above them announces the mail still.
        first = next(index for index, line in enumerate(below) if _is_quoted(line))
        own_text += _without_signature(_without_quotes(below[first:]))
    own = _join_lines(own_text)
    return own or _join_lines(lines)


def _quote_at(lines: Sequence[str]) -> tuple[int, int]:
    """Where the answered mail begins, and how many lines announce it; (number of lines, 0) without one."""
    headers = [_HEADER.match(line) is not None for line in lines]
    of_mails = [
        is_header and bool(_HEADER_OF_MAILS.match(line))
        for is_header, line in zip(headers, lines, strict=True)
    ]
    for index, line in enumerate(lines):
        below = lines[index + 1 : index + 5]
        if _is_attribution(line, below):
            return index, 1
        following = below[0].strip() if below else ""
        if line.startswith(("On ", "在", "于")) and _is_attribution(f"{line} {following}", below[1:]):
            return index, 2
        window = slice(index, index + 5)
        if headers[index] and sum(headers[window]) > 2 and any(of_mails[window]):
            return index, 1
    return len(lines), 0


def _is_attribution(line: str, below: Sequence[str]) -> bool:
    line = line.strip()
    if len(line) > MAX_LINE_CHARACTERS:
        return False
    if not line.endswith((":", "：")):
        return any(pattern.match(line) for pattern in _RULES)
    quotes = next((_is_quoted(each) for each in below if each), False)
    is_of_a_mail = quotes or _OF_A_MAIL.search(line) is not None
    return is_of_a_mail and any(pattern.match(line) for pattern in _ATTRIBUTIONS)


def _is_quoted(line: str) -> bool:
    return line.lstrip().startswith((">", "|>"))


def _without_rule(above: list[str]) -> list[str]:
    last = next((index for index in range(len(above) - 1, -1, -1) if above[index].strip()), -1)
    return above[:last] if last >= 0 and _RULE_ABOVE.match(above[last].strip()) else above


def _without_quotes(lines: Sequence[str]) -> list[str]:
    return [line for line in lines if not _is_quoted(line)]


def _without_signature(lines: Sequence[str]) -> list[str]:
    end = next((index for index, line in enumerate(lines) if _SIGNATURE.match(line)), len(lines))
    return [line for line in lines[:end] if not _SENT_FROM.match(line.strip())]


def _join_lines(lines: Sequence[str]) -> str:
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()
