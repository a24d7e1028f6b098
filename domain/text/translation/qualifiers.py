"""Words that make an amount or a statement another one, and that each translation says in some form: halves of a time,
working days, exceptions.

Each is read narrowly in the text that says it, and widely in the one that has to say it, too.
"""

from dataclasses import dataclass

from domain.text.translation.segments import Pair
from llm_backend import patterns


@dataclass(frozen=True)
class _Qualifier:
    """By language. `kind`: of the problem where one text lacks it."""

    kind: str
    certain: dict[str, patterns.Pattern[str]]
    possible: dict[str, patterns.Pattern[str]]


_WORKING_DAYS = _Qualifier(
    kind="unit",
    certain={
        "zh": patterns.compile(r"(?:工作|交易)[日天]"),
        "en": patterns.compile(r"\b(?:working|business|trading)[ -]days?\b"),
    },
    possible={
        "zh": patterns.compile(r"工作|交易|营业|上班|平日|周一[至到]"),
        "en": patterns.compile(r"\b(?:work\w*|business|trading|bank\w*|week\w*|monday)\b"),
    },
)
# 半个月 is fifteen days and a fortnight, too. 等了半天 is long.
_HALF = _Qualifier(
    kind="unit",
    certain={
        "zh": patterns.compile(r"半个?(?:小时|钟头|月|年(?![报度]))"),
        "en": patterns.compile(r"\b(?:half(?: an?|-an?)?[ -](?:hour|day|month|year)|and a half)\b"),
    },
    possible={
        "zh": patterns.compile(r"[半½\d两六十]"),
        "en": patterns.compile(
            r"half|halv|semi|mid|fortnight|interim|½|\d|\b(?:thirty|fifteen|ninety|six|two weeks|twice)\b"
        ),
    },
)
# 除茶以外还有咖啡 has both, and may be told as “tea and coffee”.
_EXCEPTION = _Qualifier(
    kind="opposite",
    certain={
        "zh": patterns.compile(
            r"除(?![此非去法湿尘夕])了?[^，。；,;]{1,12}外(?![^。；;]{0,30}[还也又都另更])|除外"
        ),
        "en": patterns.compile(
            r"\b(?:except(?: for| on)?|excluding|with the exception of"
            r"|(?:everything|everyone|anything|all|none|nothing) but(?! also))\b"
        ),
    },
    possible={
        "zh": patterns.compile(r"[除但不外]|例外|[只仅]"),
        "en": patterns.compile(
            r"\b(?:except\w*|exclud\w+|exclus\w+|other than|apart|aside|besides|but|only|unless|not|no|without|beyond"
            r"|outside|save|closed|in addition|through|to|rest|remaining|all other)\b"
        ),
    },
)
_CONDITION = _Qualifier(
    kind="opposite",
    certain={"zh": patterns.compile(r"除非"), "en": patterns.compile(r"\bunless\b")},
    possible={
        "zh": patterns.compile(r"除|[否不没未无非]|[才仅]|只[有要]"),
        "en": patterns.compile(
            r"\b(?:unless|except\w*|until|without|only|not?|never|absent|barring|save|subject to|cannot)\b|n['’]t\b"
        ),
    },
)
# Only members is not members, too. 只不过 and “if only” limit nothing.
_LIMIT = _Qualifier(
    kind="opposite",
    certain={
        "zh": patterns.compile(
            r"只有(?!\d|[一二三四五六七八九十两几])|仅[限供]|[仅只]适用|只[限供]|只接受|只在(?=周|星期|\d)"
        ),
        "en": patterns.compile(
            r"(?:^|[.;] )only (?!\d|if\b|when\b|after\b|then\b|one\b|two\b|a\b)"
            r"|\b(?:is|are) only (?:for|available|open|valid|allowed|permitted)\b"
            r"|\b(?:members|residents|customers|guests|orders|adults|cash|online|days?|mondays|tuesdays|wednesdays"
            r"|thursdays|fridays|saturdays|sundays|users|owners|administrators) only\b"
        ),
    },
    possible={
        "zh": patterns.compile(r"[只仅限唯独才专就不没未无非除]|方可"),
        "en": patterns.compile(
            r"\b(?:only|sole\w*|exclusiv\w+|just|alone|limit\w*|restrict\w*|reserv\w+|unless|until|except\w*|not?|never|none|nothing|nobody"
            r"|but|other than|merely|simply|single|cannot|must"
            r"|has to|have to|need\w*|requir\w+|all you can|no one)\b|n['’]t\b"
        ),
    },
)
_QUALIFIERS = (_HALF, _WORKING_DAYS, _EXCEPTION, _CONDITION, _LIMIT)


def changed(source: str, translation: str, pair: Pair) -> list[tuple[str, str]]:
    """Kind and words of what one of both says for certain and the other in no way; none for languages not known here."""
    if {pair.source, pair.target} != {"zh", "en"}:
        return []
    before, after = (source.lower(), pair.source), (translation.lower(), pair.target)
    return [
        (qualifier.kind, match[0])
        for qualifier in _QUALIFIERS
        for (text, language), (other, other_language) in ((before, after), (after, before))
        if (match := qualifier.certain[language].search(text))
        and not qualifier.possible[other_language].search(other)
    ]
