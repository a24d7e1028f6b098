"""What a search of logs cannot answer. It is said at once, with what can be done instead, and no model is asked."""

from enum import StrEnum

from domain.logs.questions.unread_words import UnreadWords
from llm_backend import patterns


class Unsupported(StrEnum):
    WHY = "why"
    FORECAST = "forecast"
    COMPARISON = "comparison"
    REMEDY = "remedy"
    STATISTIC = "statistic"
    EXCLUSION = "exclusion"


_PATTERNS = {
    Unsupported.REMEDY: patterns.compile(
        r"(?:怎么|怎样|如何)(?:才能)?(?:解决|修复|处理|避免|防止|修)|(?:怎么办)"
        r"|\bhow (?:do|can|could|should|to)(?: (?:I|we|you))? ?(?:fix|solve|prevent|resolve|stop|avoid)\b",
        patterns.IGNORECASE,
    ),
    Unsupported.WHY: patterns.compile(
        r"为什么|为何|为啥|(?:的)?(?:根本)?原因(?:是什么|是啥|何在)?|怎么回事|怎么会|什么导致了?|\bwhy\b"
        r"|\bwhat(?:'s| is| was| were)? (?:the )?(?:root )?(?:cause|reason)s?\b(?: of| for)?"
        r"|\bwhat (?:caused|causes)\b|\broot causes?\b",
        patterns.IGNORECASE,
    ),
    Unsupported.FORECAST: patterns.compile(
        r"预测|预计|预估|将会|会不会|未来|明天|明日|后天|下周|下个?月|明年"
        r"|\bforecast(?:s|ed)?\b|\bpredict(?:s|ed|ion)?\b|\bwill\b|\bgoing to\b|\btomorrow\b"
        r"|\bnext (?:hour|day|week|month|year)\b",
        patterns.IGNORECASE,
    ),
    Unsupported.COMPARISON: patterns.compile(
        r"比较|对比|相比|同比|环比|比(?=昨|前|上|去年|平时)|多了还是少了"
        r"|[和跟与同](?:昨[天日]?|前[天日]|上周|上个?月|去年|[之以]前|平时|往常)(?:的?(?=[^，。,；？?]{0,8}?比))|同期|同一(?:时间|时段|时刻)"
        r"|\bthe same (?:time|hour|day|period)\b"
        r"|\bcompar(?:e|ed|ing|ison)\b(?: to| with)?|\bversus\b|\bvs\b\.?"
        r"|\b(?:more|less|fewer) than\b|\bdifference between\b",
        patterns.IGNORECASE,
    ),
    Unsupported.STATISTIC: patterns.compile(
        r"平均(?:值|数|耗时|响应时间)?|中位数|百分位|最慢|最快|最长|最短|最大值|最小值|占比|(?:错误|失败|成功|超时|命中)率"
        r"|\b(?:error|failure|success|hit) rates?\b"
        r"|\baverage\b|\bmean\b|\bmedian\b|\bpercentiles?\b|\bp(?:50|90|95|99)\b|\bslowest\b|\bfastest\b|\blongest\b|\bshortest\b",
        patterns.IGNORECASE,
    ),
}


_LEFT_OUT = r"(?:\"[^\"]{1,100}\"|“[^”]{1,100}”|'[^']{1,100}'|[^\s,;?!，。；？！]{1,60})"
# Behind a comma only what looks like a name: “excluding probes, errors of yesterday”.
_MORE_LEFT_OUT = rf"(?:(?:,? (?:and|or)(?: (?:from|of|in))? |, ?(?=[^\s,]{{0,60}}[\d.])){_LEFT_OUT}){{0,5}}"
_ZH_LEFT_OUT = r"[^\s，。,；？?、的还和与及外]{1,40}"
# Of “不看 /healthz，最近1小时的 5xx” the time belongs to what is looked for.
_MORE_ZH_LEFT_OUT = rf"(?: ?(?:[和与及、]|[,，](?= ?[A-Za-z/])) ?{_ZH_LEFT_OUT}){{0,5}}"
_EXCLUSION = patterns.compile(
    r"(?<![删移清解开])除[了开去]?[^，。,；？?]{1,40}?(?:以外|之外|外)"
    rf"|(?:(?<![删移清解开])除了|排除|不包括|不包含|不含|去掉|去除|刨[去除]|过滤掉|剔除|不看|不显示|不统计|不算"
    r"|(?<!要)不要(?![求紧])|(?<!被)忽略|(?<!是)不是)(?:掉|了)?"
    rf" ?{_ZH_LEFT_OUT}{_MORE_ZH_LEFT_OUT}"
    r"|(?<![是除并])非 ?[A-Za-z\d]{1,40}"
    r"|\b(?:except(?: for)?|excluding|exclude|ignoring|ignore|other than|apart from|aside from|besides|without"
    r"|not including|leaving out|leave out|hiding|hide|(?:all|everything|anything) but|but not|not (?:from|of))"
    rf"(?: (?:the|from|of|in|on|at|for|by)){{0,2}} {_LEFT_OUT}{_MORE_LEFT_OUT}",
    patterns.IGNORECASE,
)


def read_excluded(question: UnreadWords) -> list[tuple[str, Unsupported]]:
    """What is to be left out, with its own words: read as a filter, they would leave just that."""
    words: list[str] = []
    while match := question.take(_EXCLUSION):
        words.append(match[0].strip())
    return [(" … ".join(words), Unsupported.EXCLUSION)] if words else []


def read_unsupported(question: UnreadWords) -> list[tuple[str, Unsupported]]:
    """The words, and what they ask for, each kind once."""
    found: list[tuple[str, Unsupported]] = []
    for kind, pattern in _PATTERNS.items():
        words: list[str] = []
        while match := question.take(pattern):
            words.append(match[0].strip())
        if words:
            found.append((" … ".join(words), kind))
    return found
