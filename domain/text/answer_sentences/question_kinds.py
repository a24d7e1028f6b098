"""What a question asks for, by its own words, and the words and signs that a sentence which answers it has."""

from enum import StrEnum

from llm_backend import patterns


class Kind(StrEnum):
    MONEY = "money"
    TIME = "time"
    NUMBER = "number"
    PERSON = "person"
    PLACE = "place"
    REASON = "reason"
    PERMISSION = "permission"
    OTHER = "other"


# The first that fits decides: “how much is it when …” asks for money.
_QUESTIONS = {
    Kind.MONEY: patterns.compile(
        r"how much|\b(?:price|cost|fee|charge|deposit)s?\b|"
        r"多少钱|什么价|价格|费用|收费|押金|几块|几元|多少费",
        patterns.IGNORECASE,
    ),
    Kind.TIME: patterns.compile(
        r"\bwhen\b|(?:what|which) (?:time|day|date|year|month)|\buntil\b|how (?:soon|early|late|long)\b|"
        r"几点|什么时候|啥时候|何时|哪年|哪一年|几月|哪天|几天|多久|多长时间|时间|年份",
        patterns.IGNORECASE,
    ),
    Kind.NUMBER: patterns.compile(
        r"how (?:many|old|far|big|tall|large|often|heavy|fast|high)|what (?:percent|number|age|size)|"
        r"\b(?:max|maximum|minimum)\b|多少|几[个名位人次年岁种部座]|多大|多高|多远|多重|第几|比例|人数",
        patterns.IGNORECASE,
    ),
    Kind.PERSON: patterns.compile(r"\bwho(?:m|se)?\b|谁|哪位|什么人|何人|名字|叫什么", patterns.IGNORECASE),
    Kind.PLACE: patterns.compile(
        r"\bwhere\b|(?:what|which) (?:country|city|place|room|floor)|"
        r"哪里|哪儿|什么地方|何处|在哪|地点|位于",
        patterns.IGNORECASE,
    ),
    Kind.REASON: patterns.compile(r"\bwhy\b|what (?:caused|reason)|为什么|为何|原因", patterns.IGNORECASE),
    Kind.PERMISSION: patterns.compile(
        r"^(?:and )?(?:can|may|is|are|do|does|did|could|will|would|am|have|has|should|must)\b|"
        r"可以|能|吗|行不行|是不是|有没有|会不会|是否|可否",
        patterns.IGNORECASE,
    ),
}
_ANSWERS = {
    Kind.MONEY: patterns.compile(
        r"[€£$¥]|\b(?:euros?|pounds?|dollars?|yuan|free|costs?|price|fee)\b|元|块|免费|费",
        patterns.IGNORECASE,
    ),
    Kind.TIME: patterns.compile(
        r"\d{4}|\d\s?[年月日号点时:：]|\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|hours?|minutes?|days?|weeks?)\b|"
        r"\b(?:months?|years?|century|after|before|during|until|noon|midnight|\d{1,2} ?[ap]\.?m)\b|"
        r"\b(?:january|february|march|april|may|june|july|august|september|october|november|december)\b|"
        r"周[一二三四五六日末]|星期|世纪|小时|分钟|天|节|期间|以后|之后|之前|[早晚中]上",
        patterns.IGNORECASE,
    ),
    Kind.NUMBER: patterns.compile(
        r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|hundred|thousand|half)\b|"
        r"[一二三四五六七八九十百千万两](?=[年月日号点个名人次位天岁元块米种座])",
        patterns.IGNORECASE,
    ),
    Kind.PERSON: patterns.compile(r"(?<=[\w,;:] )[A-Z][\w'-]+|[《「“]"),
    Kind.PLACE: patterns.compile(
        r"\b(?:in|at|on|near|from|to)\s(?:the\s)?[A-Z]|\b(?:floor|street|room|desk|office|corner|entrance)\b"
        r"|[省市县区州国镇村路街]|位于|在|楼|层|室"
    ),
    Kind.REASON: patterns.compile(
        r"\b(?:because|due to|since|as a result|so that|in order|reason)\b|因|由于|为了|所以|导致",
        patterns.IGNORECASE,
    ),
    Kind.PERMISSION: patterns.compile(
        r"\b(?:may|can|cannot|must|not|no|only|allowed|permitted|welcome|never|unless|required?|need)\b|"
        r"可|能|不|须|禁|请|得|只|需|准|免|仅|欢迎|谢绝",
        patterns.IGNORECASE,
    ),
}


def kind_of(question: str) -> Kind:
    """The first kind whose words the question has, in the order of `_QUESTIONS`."""
    return next((kind for kind, pattern in _QUESTIONS.items() if pattern.search(question)), Kind.OTHER)


def has_answer(kind: Kind, sentence: str) -> bool:
    """Whether the sentence has what such a question asks for: a sum, a time, a name. Not whether it is the right one."""
    return kind in _ANSWERS and bool(_ANSWERS[kind].search(sentence))
