"""What a question wants counted: “how many”, “which address … most”, “按主机统计”, in English and Chinese."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.logs.questions.log_terms import QUESTION_WORDS
from domain.logs.questions.unread_words import UnreadWords
from llm_backend import patterns

_GROUPS: Mapping[str, list[str]] = QUESTION_WORDS["groups"]
_GROUP_OF = {noun: group for group, nouns in _GROUPS.items() for noun in nouns}
_FLAGS = patterns.IGNORECASE
# No more than a list shows: “top 404 pages” are not 404.
_FEW = r"(?:\d{1,2}|1\d\d|200|[一两三四五六七八九十])"
_MEASURE = r"(?:个|些|台|家|种|类|位|条|名|大|款)"
# Around the noun that is counted by.
# “user-service” is a name, and no user.
_NOUN_END = r"(?:s|es)?\b(?!-\w)"
_AROUND = (
    (rf"哪(?:一|几)?{_MEASURE}? ?(?:不同的)?", ""),
    (r"\bwhich (?:of the |different )?", _NOUN_END),
    (rf"(?<![A-Za-z0-9_])top ?(?:{_FEW} ?)?(?:most (?:frequent|common|active) )?(?:source )?", _NOUN_END),
    (rf"前 ?{_FEW} ?{_MEASURE}?(?:的)? ?", ""),
    (rf"最(?:多|常见|频繁|活跃|高|大)的 ?(?:前 ?)?{_FEW}? ?{_MEASURE}? ?", ""),
    (rf"\bmost (?:frequent|common|active|affected|noisy) (?:{_FEW} )?", _NOUN_END),
    (r"\b(?:by|per|for each|for every|in each|each|every) (?:the )?", _NOUN_END),
    (rf"(?:按照?|根据|每一?{_MEASURE}?|各{_MEASURE}?) ?", r"(?:进行)?(?:统计|分组|汇总|计数|分布|排序|排列|划分)?"),
    (r"\bhow many (?:different |distinct |unique |separate )?", _NOUN_END),
    (r"(?:多少|几) ?(?:个|台|种|类|位|名)?(?:不同的?)? ?", ""),
)  # fmt: skip
_BY_NOUN = [patterns.words(_GROUP_OF, before=before, after=after, flags=_FLAGS) for before, after in _AROUND]
_NOUN_FIRST = [
    patterns.words(_GROUP_OF, after=r" ?的?(?:排行榜?|排名|分布|top ?\d{1,3}(?!\d))", flags=_FLAGS),
    patterns.words(
        _GROUP_OF, before=r"\b", after=r"(?:s|es)? with (?:the )?(?:most|highest)\b", flags=_FLAGS
    ),
]
# “Top 5 failed users of today”: what ends its phrase is what is listed.
_LAST_NOUN = patterns.words(
    _GROUP_OF,
    before=r"(?<![A-Za-z0-9])",
    after=r"(?:s|es)?(?= ?(?:\Z|[?？。!！,，]|(?:with|by|in|on|at|from|of|for|since|during|today|yesterday|last)\b))",
    flags=_FLAGS,
)
_WHEN = patterns.compile(
    r"几点钟?|什么时[候间段]|哪个?时[间候段]|何时|\bwhen\b|\bwhat time\b", patterns.IGNORECASE
)
_PEAK = patterns.compile(r"高峰期?|峰值|\bpeak(?:s|ed|ing)?\b", patterns.IGNORECASE)
_WHAT_NOUN = patterns.words(
    _GROUP_OF, before=r"(?:\bwhat |什么 ?)", after=r"(?:(?:s|es)?\b|(?=[一-鿿]))", flags=_FLAGS
)
_OWN_NOUNS = {
    group: patterns.words(
        nouns, before=r"(?<![A-Za-z0-9_.-])", after=r"(?:s|es)?(?![A-Za-z0-9_-])", flags=_FLAGS
    )
    for group, nouns in _GROUPS.items()
}
# “How many messages” are all of them; records have no other template, level or time than their own.
_COUNTED_NOUNS = frozenset({"ip", "user", "path", "host", "service", "source"})
_HOW_MANY = patterns.compile(r"\Ahow many|\A多少|\A几", patterns.IGNORECASE)
_NOUN = patterns.words(_GROUP_OF, flags=_FLAGS)
_WHO = patterns.compile(r"谁|\bwho\b", patterns.IGNORECASE)
_MOST = patterns.compile(
    r"(?:的)?(?:次数|数量|频率)?(?:是)?最(?:多|高|频繁|常见|大)(?:的)?"
    r"|\b(?:the )?most(?: often| frequent(?:ly)?| common(?:ly)?| active)?\b"
    r"|\b(?:the )?highest(?: number| count)?\b|\bmost\b",
    patterns.IGNORECASE,
)
_COUNT = patterns.compile(
    r"(?:有|出现)?(?:过)?多少(?:次|条|个|例|起|行|回)?|[有了过](?:几)(?:次|条|起|回)|几(?:次|条|起|回)|(?:总|出现|发生)?(?:次数|总数|数量|条数)|计数"
    r"|(?<=错误|报错|告警|警告|请求|登录|失败|超时|访问|日志|记录)[数量](?![据库字值组])"
    r"|\bhow (?:many(?: times)?|often)\b|\b(?:the )?(?:total )?(?:number|count) of\b|\bcount(?: of)?\b",
    patterns.IGNORECASE,
)
_TOP_NUMBER = r"(?<![A-Za-z0-9_])top ?"
_TOP = patterns.compile(
    _TOP_NUMBER
    + r"(?P<top>\d{1,3})(?![A-Za-z0-9_])|\b(?P<most>\d{1,3}) most\b|前 ?(?P<zh>\d{1,3}|[一两三四五六七八九十])"
    r"|最[多高常]\S{0,3}的 ?(?P<few>\d{1,3}|[两三四五六七八九十]) ?[个台名种条]",
    patterns.IGNORECASE,
)
_TOP_WORD = patterns.compile(
    _TOP_NUMBER + r"(?:\d{1,3}(?!\d)|(?![A-Za-z0-9_]))|前 ?(?:\d{1,3}|[三四五六七八九十])(?:个|名|位|条)?",
    patterns.IGNORECASE,
)
_DIGITS = "一二三四五六七八九十"
MAX_ASKED_TOP = 200


@dataclass(frozen=True)
class CountWords:
    """`by`: what is counted by; empty for one count of all. `top`: how many of the most frequent."""

    words: str
    by: str
    top: int | None


def read_count(question: UnreadWords) -> CountWords | None:
    """None where the question wants records, not their number."""
    top, most = _top(question.rest), _MOST.search(question.rest)
    words, by = _take_by(question, top, is_most=most is not None)
    pieces = [words] if words else []
    # “成功登录的用户有哪些，按用户统计” names it twice.
    question.rest = _OWN_NOUNS[by].sub(" ", question.rest) if by else question.rest
    for pattern in (_MOST, _COUNT, *([_TOP_WORD] if top else [])):
        if match := question.take(pattern):
            pieces.append(match[0].strip())
    if not pieces:
        return None
    if not by and (most or top):
        by = "template"
    return CountWords(" … ".join(pieces), by, top)


def _take_by(question: UnreadWords, top: int | None, *, is_most: bool) -> tuple[str, str]:
    """The words for what is counted by, and which it is; both empty where none is named."""
    words, by = _take_group(question)
    if by:
        return words, by
    if is_most and (match := question.take(_WHAT_NOUN)):
        return match[0], _group(match[0])
    if (is_most or _PEAK.search(question.rest)) and (match := question.take(_WHEN)):
        question.take(_PEAK)
        return match[0], "hour"
    if match := question.take(_WHO):
        return match[0], "user"
    if top and (nouns := list(_LAST_NOUN.finditer(question.rest))):
        return nouns[-1][0], _group(nouns[-1][0])
    return "", ""


def _take_group(question: UnreadWords) -> tuple[str, str]:
    for pattern in (*_BY_NOUN, *_NOUN_FIRST):
        for match in pattern.finditer(question.rest):
            group = _group(match[0])
            if _HOW_MANY.search(match[0]) and group not in _COUNTED_NOUNS:
                continue
            question.blank(match.start(), match.end())
            return match[0].strip(), group
    return "", ""


def _group(words: str) -> str:
    nouns = [match[0].lower() for match in _NOUN.finditer(words)]
    return _GROUP_OF[nouns[-1]]


def _top(text: str) -> int | None:
    match = _TOP.search(text)
    number = next((group for group in match.groups() if group), "") if match else ""
    if not number:
        return None
    value = int(number) if number.isdigit() else 2 if number == "两" else _DIGITS.index(number) + 1
    return value if 1 <= value <= MAX_ASKED_TOP else None
