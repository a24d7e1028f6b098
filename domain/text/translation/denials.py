"""Denials of a text and of its translation: “sugar-free” may not become “sweet”, nor 不含咖啡因 “with caffeine”.

Languages deny in their own ways, so that one of them is read narrowly and the other widely: a denial is lost where the
source surely denies and nothing in the translation can be read so, and made up the other way round. What is excepted is
read by itself: “except those returned” is not 未退回的除外, though 除 may deny.
"""

from bisect import bisect_right
from typing import NamedTuple

from domain.text.translation.segments import Pair
from llm_backend import patterns

# No more than three, no later than May: limits, which Chinese says without a denial.
_LIMIT = "(?:later|earlier|more|less|fewer) than"
_CERTAIN = {
    "zh": patterns.compile(
        r"不(?:含(?!税价)|加|添|是|能|可(?!思议|抗力)|会(?!辜负)|要(?!紧|忘|客气)|用(?!谢|客气)|宜|掉|伤|油|腻|苦|甜|酸|涩|粘|需|带|褪|缩"
        r"|漏|烫|冰|刺|闷|卡|勒(?!斯)|适|准(?!确)|许|予|必|应|接受|支持|同意|承担|负责|保证|提供|包括|包含|属于|适用|兼容"
        r"|退|换|参加)"
        r"|(?<![恨舍巴怪了顾见容使免])不得(?!不|了|已|晚于|早于|迟于|少于|低于|高于|超过|多于|大于|小于)"
        r"|(?<!不)禁止|严禁|谢绝|概不|没(?!错|想到|事|空|问题|关系)"
        r"|无(?!论|线|比|限|数|敌|穷|不|暇|微不至|锡|花果|印良品|人[机驾店售]|疑|形|误|缝|障碍|异常|恙)"
        r"|(?<![是莫除东西南北中])非(?!常|凡|洲|裔|遗|得|要|全日制)|(?<![从莫])未(?!来|必|央|免|成年|满|婚)"
        r"|[零0](?:添加|糖|脂|卡|蔗糖|防腐)|勿|切忌|免(?:洗|熨|煮|漂)"
    ),
    "en": patterns.compile(
        rf"(?<![\w'])(?:not(?! only| just| least| exceed| until| hesitate| forget| {_LIMIT})"
        rf"|no(?! matter| wonder| doubt| one| {_LIMIT}|[\"”’]|\. ?:|\.? ?[a-z]{{0,4}}-?\d)"
        r"|never|none|nobody|no one|nothing(?! but)|neither|nor|cannot|without(?! delay| further| hesitation)|zero"
        r"|free (?:of|from)(?! charge))(?![\w'])"
        r"|\w{2}n['’]t(?!\w| hesitate| wait| forget| miss| worry)|(?<=[a-z])-free(?!\w)"
        r"|(?<!\w)non-(?!stop|breach|default|disclos|profit|compet|ferrous|infring)\w",
        patterns.IGNORECASE,
    ),
}
_POSSIBLE = {
    "zh": patterns.compile(
        r"[不没沒无無非未勿别莫免零禁忌少拒失否停废缺败误仅]|0(?:添加|糖|脂|卡|蔗糖|防腐)|谢绝|除[去外]|移除|只[有能限是]|才能|方可|跳过|去掉|难以|以外"
    ),
    "en": patterns.compile(
        r"(?<![\w'])(?:not|no|never|none|nothing|nobody|nowhere|neither|nor|cannot|without|zero|free|avoid\w{0,3}|skip\w{0,4}|instead"
        r"|rather than|hardly|barely|lack\w{0,3}|less|stop\w{0,4}|un\w{4,20}|anti\w{2,20}|non\w{2,20}|beyond|refuse\w{0,2}"
        r"|prohibit\w{0,5}|forb[iao]\w{2,6}|ban(?:s|ned)?|declin\w{1,4}|den(?:y|ies|ied)|only|unless|except\w{0,3}"
        r"|excl\w{0,6}|ceas\w{1,3}|void|fail\w{0,4}|reject\w{0,4}|down|lost|loses?|miss\w{0,4}|outstanding|pending|overdue|outside|off|out|too|optional|illegal\w{0,2}|irre\w{4,12}"
        r"|default|breach|absen\w{1,3}|defective|dis(?:agre|satisf)\w{1,5}|in(?:valid|separab|capab|eligib|visib|complet|correct|sufficien|effectiv)\w{0,6}|impossib\w{0,4})"
        r"(?![\w'])|\w{2}n['’]t(?!\w)|-free(?!\w)|\w{3}less(?!\w)|(?<!\w)non-\w",
        patterns.IGNORECASE,
    ),
}

# What is excepted, behind its word or before it. At the beginning of an English sentence it ends with the first comma.
_EXCEPTIONS = {
    "zh": patterns.compile(
        r"除非((?:(?!否则)[^。；;\n]){1,120})|除(?![此非去法湿尘夕])了?([^，。；,;\n]{1,40}?)[以之]?外"
        r"|([^。；;（(但\n]{1,80}?)除外"
    ),
    "en": patterns.compile(
        r"(?:^|(?<=[.;\n]\s))(?:Except(?:ing)?|Excluding|Unless|With the exception of)\s([^,.;\n]{1,120})"
        r"|(?<![a-z])(?:except(?:ing)?|excluding|unless|with the exception of)\s([^.;()\n]{1,300})"
        r"|(?<![a-z])(?:other than|apart from)\s([^,.;()\n]{1,80}?)"
        r"(?=[,.;()\n]|$|\s(?:can|cannot|is|are|may|must|will|shall|do|does)(?![a-z]))"
    ),
}
_CLAUSE_END = patterns.compile(r"[,，;；:：。！？!?](?!\d)|(?<=[a-z]{3})\.(?=\s)")
_COMMA = patterns.compile(r"[,，]")
# One denial of several things: “do not open, drop or crush it”.
_LIST = patterns.compile(r"(?<![a-z])n?or(?![a-z])|[或、]", patterns.IGNORECASE)
# What is shorter is no clause of its own.
MIN_CLAUSE_WORDS = 3
_WORD = patterns.compile(r"[A-Za-z0-9'’-]{1,40}|[㐀-鿿]{2}")


class _Exception(NamedTuple):
    """What is excepted, and what else is said; each narrowly and widely."""

    narrow: str
    wide: str
    narrow_rest: str
    wide_rest: str


def denies(text: str, language: str) -> bool:
    """For certain."""
    return _CERTAIN[language].search(text) is not None


def is_denial_lost(source: str, translation: str, pair: Pair) -> bool:
    """False for languages of which nothing is known here."""
    return _denies(source, pair.source, translation, pair.target)


def is_denial_made_up(source: str, translation: str, pair: Pair) -> bool:
    return _denies(translation, pair.target, source, pair.source)


def _denies(text: str, language: str, other: str, other_language: str) -> bool:
    """Whether one denies what the other does not: all in all, in what both except, beside that, or in one clause more."""
    if language not in _CERTAIN or other_language not in _POSSIBLE:
        return False
    pieces = [(text, other)]
    exception, other_exception = _exception(text, language), _exception(other, other_language)
    if exception and other_exception:
        pieces += [
            (exception.narrow, other_exception.wide),
            (exception.narrow_rest, other_exception.wide_rest),
        ]
    certain, possible = _CERTAIN[language], _POSSIBLE[other_language]
    if any(certain.search(one) and not possible.search(there) for one, there in pieces):
        return True
    clauses, denying = _clauses(text, certain)
    other_clauses, denying_there = _clauses(other, possible)
    return clauses == other_clauses and denying > denying_there and not _LIST.search(other)


def _exception(text: str, language: str) -> _Exception | None:
    """Of a text that makes one."""
    matches = list(_EXCEPTIONS[language].finditer(text))
    if len(matches) != 1:
        return None
    wide = matches[0][matches[0].lastindex or 0]
    parts = _COMMA.split(wide)
    narrow = parts[-1 if matches[0][0].endswith("除外") else 0]
    before, after = text[: matches[0].start()], text[matches[0].end() :]
    wide_rest = f"{before} {wide.replace(narrow, ' ')} {after}".replace("否则", " ")
    return _Exception(narrow, wide, f"{before} {after}", wide_rest)


def _clauses(text: str, denial: patterns.Pattern[str]) -> tuple[int, int]:
    """How many there are, and how many of them deny: both of “if you do not …, do not …”."""
    starts, begin, words = [0], 0, 0
    for end in (*(match.end() for match in _CLAUSE_END.finditer(text)), len(text)):
        words += len(_WORD.findall(text, begin, end))
        begin = end
        if words >= MIN_CLAUSE_WORDS:
            starts.append(end)
            words = 0
    denying = {bisect_right(starts, match.start()) for match in denial.finditer(text)}
    return len(starts), len(denying)
