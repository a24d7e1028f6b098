"""How bad a line is: the words for it, and where programs write them that do not put them right behind the time."""

import pyarrow as pa
import pyarrow.compute as pc

LEVELS = {
    "trace": ("TRACE", "VERBOSE", "V", "VRB", "TRCE"),
    "debug": ("DEBUG", "DBG", "DBUG", "FINE", "FINER", "FINEST", "D", "调试"),
    "info": ("INFO", "INFORMATION", "I", "INF", "信息"),
    "notice": ("NOTICE", "*", "通知"),
    "warning": ("WARN", "WARNING", "W", "WRN", "#", "警告"),
    "error": ("ERROR", "ERR", "SEVERE", "FAILURE", "FAIL", "E", "错误", "严重"),
    "critical": ("CRIT", "CRITICAL", "FATAL", "ALERT", "EMERG", "PANIC", "F", "FTL", "致命", "致命错误"),
}
LEVEL_BY_WORD = {word: level for level, words in LEVELS.items() for word in words}
_WORDS = "|".join(sorted((word for word in LEVEL_BY_WORD if len(word) > 1), key=len, reverse=True))
# What stands farther behind the time is part of the message.
_LOOKED_AT = 200
# ERROR 2026-02-03 …, [ERROR] 2026-02-03 …, WARN [2026-02-03 …, and the columns of Windows.
_BEFORE_TIME = rf"^[\s\[(<|【\"]*(?i:(?P<level_first>{_WORDS}))[\s\])>|:,;】\[(\"]+"
# Of klog and glog, at the date; of Redis a sign behind the time.
_SIGN = (
    r"^(?P<level_letter>[IWEF])\d{4} \d\d:"
    r"|^\d{1,10}:[XCSM] \d{1,2} [A-Z][a-z]{2} \d{4} [\d:.]{8,12} (?P<level_sign>[#*]) "
)
_BEHIND_TIME = "|".join(
    (
        # PostgreSQL, whatever its prefix says of the session.
        rf"[^\n]{{0,120}}?\s(?P<level_a>{_WORDS}):\s\s",
        # In brackets of its own, behind others: Elasticsearch, Apache, MySQL, .NET.
        rf"[\s\]|,:\-]*(?:\d+\s+|\[[^\[\]\n]{{1,80}}\]\s*){{0,3}}[\[【](?:[\w.\-]+:)?(?i:(?P<level_b>{_WORDS}))\s*[\]】]",
        # Celery, Ruby, Monolog, Serilog.
        rf":?\s?(?P<level_c>{_WORDS})/[\w.\-]+\]",
        rf"\s?#\d+\]\s+(?P<level_d>{_WORDS})\s--\s",
        rf"\]?\s?[\w\-]{{1,40}}\.(?P<level_e>{_WORDS}):\s",
        rf"\s(?P<level_f>{_WORDS})\]",
        # Between strokes or tabs.
        rf"\s?\|(?:[^|\n]{{0,80}}\|){{0,3}}?\s*(?P<level_g>{_WORDS})\s*\|",
        rf"\t(?i:(?P<level_h>{_WORDS}))\t",
        # In tables whose columns stand between commas or semicolons.
        rf"\"?[,;]\s?(?:[^,;\n]{{0,80}}[,;]\s?){{0,3}}?\"?(?i:(?P<level_p>{_WORDS}))\"?[,;]",
        # Keys with values as programs in Go write them.
        rf"(?:[^\n]{{0,80}}?[\s\",])?(?:level|lvl|severity)=\"?(?i:(?P<level_i>{_WORDS}))[\s\"]",
        # What a program wrote, behind what its container's line begins with.
        r"\s(?:stdout|stderr)\s[FP]\s(?P<level_l>[IWEF])\d{4}\s",
        rf"\s(?:stdout|stderr)\s[FP]\s[\d:.,+\-/\sTZ]{{0,40}}[\[(]?(?P<level_j>{_WORDS})[\s\])>|:,]",
        r"\s?(?P<level_k>调试|信息|通知|警告|错误|严重|致命(?:错误)?)[\s:：]",
        # PHP, whose zone has a name; Airflow.
        r"(?:\s[\w/+\-]{1,40})?\]\sPHP\s(?:Parse\s|Core\s|Recoverable\s)?(?i:(?P<level_n>fatal|error|warning|notice))(?:\serror)?:\s",
        rf"\]\s\{{[^\n{{}}]{{1,80}}\}}\s(?P<level_o>{_WORDS})\s-\s",
        # WebLogic.
        rf"[ A-Z]{{0,6}}>\s<(?i:(?P<level_m>{_WORDS}))>",
    )
)


# As Apache, nginx and those that write like them say a request and how it was answered.
_REQUEST = r"\"[A-Z]{3,10} [^\"\n]+ HTTP/\d(?:\.\d)?\" (?P<status>[1-5])\d\d(?:\s|$)"
# “error: no tea”, in small letters too, but no “error: 7 of 9”.
_NAMED_FIRST = (
    r"^[\s\]|,:\-]*(?i:(?P<level_first>fatal|critical|crit|error|warning|warn|info|debug|trace|verbose))"
    r":\s+[^\d\s]"
)


def named_first(texts: pa.Array) -> pa.Array:
    """Of texts that begin with a level and a colon; null for others."""
    return _found(texts, _NAMED_FIRST)


def signs(texts: pa.Array) -> pa.Array:
    """Of texts that begin with a letter and a date, as klog's do, or have Redis' sign behind it; null for others."""
    return _found(texts, _SIGN)


def request_levels(texts: pa.Array) -> pa.Array:
    """Of lines of access logs: that a server fails (5xx) is an error, what callers do wrong is none; null for others."""
    status = pc.struct_field(pc.extract_regex(texts, pattern=_REQUEST), "status")
    return pc.if_else(pc.equal(status, "5"), "error", "info")


def levels_elsewhere(lines: pa.Array, rests: pa.Array, time: str) -> pa.Array:
    """Of lines, and of what stands behind their times, which look like `time`; null where none is said."""
    levels = signs(lines)
    rests = pc.utf8_slice_codeunits(rests, 0, _LOOKED_AT)
    for texts, place in ((lines, _BEFORE_TIME + time), (rests, f"^(?:{_BEHIND_TIME})")):
        # Most lines hold no such word, which is told in a fraction of the time.
        is_open = pc.and_(pc.is_null(levels), pc.match_substring_regex(texts, pattern=f"(?i){_WORDS}"))
        if pc.any(is_open).as_py():
            levels = pc.replace_with_mask(levels, is_open, _found(texts.filter(is_open), place))
    return levels


def _found(texts: pa.Array, place: str) -> pa.Array:
    groups = pc.extract_regex(texts, pattern=place)
    names = [each.name for each in groups.type if each.name.startswith("level_")]
    words = pc.binary_join_element_wise(*(pc.struct_field(groups, name) for name in names), "")
    return pa.array([LEVEL_BY_WORD.get((word or "").upper()) for word in words.to_pylist()], pa.string())
