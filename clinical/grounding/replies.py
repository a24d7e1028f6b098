"""Questions and what is answered to them, in the next turn or in the same breath."""

from collections.abc import Mapping
from enum import StrEnum

from clinical.grounding.negation_cues import Language, plain, reply_lexicon, sentence_at
from llm_backend import patterns

_QUESTION: Mapping[Language, patterns.Pattern[str]] = {
    "zh": patterns.compile(
        r"[？?]|有没有|有无(?!明显诱因)|是不是|是否|会不会|要不要|(.)不\1|[吗么嘛][。，\s]*$|吧[。，\s]*$(?!)"
    ),
    "en": patterns.compile(
        r"\?|(?:^|[,.]|\b(?:and|so|okay|alright|now|um|uh|then|or|well|good)\s)\s*(?:any|do you|did you|have you|has"
        r"|had you|are you|is there|is it|are there|was there|were you|does|can you|could you|is your|is the|are your)\b"
        r"|(?:^|\b(?:and|so|okay|alright|now|um|uh|then)\s)\s*(?:how|what|when|where|which)\b"
        r"|\b(?:do|did|have|are|were) you\b|\bdoes (?:it|he|she|the)\b|\b(?:symptoms?|about) any\b",
        patterns.IGNORECASE,
    ),
}
# They ask about what is taken to be there.
_PRESUPPOSES: Mapping[Language, patterns.Pattern[str]] = {
    "zh": patterns.compile(
        r"多久|几天|多长时间|什么时候|几次|多少[度次天]|哪[里儿边个]|怎么个|有多|厉害吗|好(?:点|些)了?[吗没]|缓解了?[吗没]"
    ),
    "en": patterns.compile(
        r"\bhow (?:long|bad|severe|often|many|much|is|are|was|has|have|did)\b|\bwhen did\b|\bwhere\b"
        r"|\bwhat (?:makes|brings|kind|does|did|were)\b|\bwhich\b|\bwhat \w+(?: \w+)? do you\b"
        r"|\bany (?:better|worse)\b|\bgetting (?:better|worse)\b"
        r"|\bhow about (?:the|your|that)\b|\bhow’s\b",
        patterns.IGNORECASE,
    ),
}
# A yes to them says that it is over.
_ASKS_WHETHER_OVER: Mapping[Language, patterns.Pattern[str]] = {
    "zh": patterns.compile(r"(?:好|退|消|止住|消失|缓解|不[疼痛咳晕吐拉烧])了?(?:吗|没|没有)(?=[？?，。]|$)"),
    "en": patterns.compile(
        r"\b(?:go|gone|went|going) away\b|\b(?:resolved?|stopped|cleared? up|stop)\b", patterns.IGNORECASE
    ),
}
_KNOWN: Mapping[Language, patterns.Pattern[str]] = {
    "zh": patterns.compile(r"(?:[你您他她]的|[你您]这个?|这种)$"),
    "en": patterns.compile(
        r"\b(?:your|the|this|that|those|these|his|her|my)\s+(?:\w+\s+)?$", patterns.IGNORECASE
    ),
}
_TOLD_BY_PATIENT = patterns.compile(r"我|最近|这几天|[了过]|\d|[一二两三四五六七八九十](?:天|周|年|个|次)")
_WHETHER_IT_IS = patterns.compile(
    r"(?:是不是|会不会|算不算|是|属于|有没有|得了?)[^，。？?]{0,6}$"
    r"|\b(?:is|are|it|this|be|have|got|do i have)\b[^,.?]{0,20}$",
    patterns.IGNORECASE,
)
_CLAUSE_END = patterns.compile(r"[，,。；;！!？?\s]")
_HEAD = "晕烧咳痛疼吐痒麻胀肿喘泻拉闷慌汗血痰抖"
# 血脂 says nothing of 高血压, though both are of blood.
_OF_BLOOD = "压糖脂型管常"
_NOT_A_HEAD = frozenset(
    {"disease", "history", "problems", "symptoms", "sign", "test", "loss", "of", "the", "stool"}
)
_MEASURE = patterns.compile(r"\W+")


class Polarity(StrEnum):
    YES = "yes"
    NO = "no"
    UNSURE = "unsure"
    NOTHING = "nothing"


def is_question(sentence: str, language: Language) -> bool:
    return bool(_QUESTION[language].search(plain(sentence)))


def presupposes(question: str, language: Language) -> bool:
    return bool(_PRESUPPOSES[language].search(question))


def asks_whether_it_is(before: str) -> bool:
    """“我这是不是肺炎？”: a patient's question that a plain no answers."""
    return bool(_WHETHER_IT_IS.search(before))


def asks_whether_over(question: str, language: Language) -> bool:
    return bool(_ASKS_WHETHER_OVER[language].search(question))


def is_told_in_asking(sentence: str, mention: tuple[int, int]) -> bool:
    """“我最近总头晕，是不是高血压？”: of the patient's question, what is in its first clause is told."""
    before = max((match.end() for match in _CLAUSE_END.finditer(sentence, 0, mention[0])), default=0)
    after = _CLAUSE_END.search(sentence, mention[1])
    clause = sentence[before : after.start() if after else len(sentence)]
    return bool(_TOLD_BY_PATIENT.search(clause)) and not patterns.search(
        r"是不是|会不会|是否|是[^，。]{0,12}吗|有没有|算不算", clause
    )


def takes_as_known(before: str, language: Language) -> bool:
    """Whether the words before a mention name it as something both know of."""
    return bool(_KNOWN[language].search(before))


def polarity(reply: str, language: Language) -> tuple[Polarity, tuple[int, int] | None]:
    """Of what is said first, and where; a doubt at the same place outweighs the rest."""
    words = reply_lexicon(language)
    reply = plain(reply)
    found = [
        (match.start(), rank, verdict, match.span())
        for rank, (kind, verdict) in enumerate(
            [("unsure", Polarity.UNSURE), ("denied", Polarity.NO), ("present", Polarity.YES)]
        )
        if (match := words[kind].search(reply))
    ]
    return min(found)[2:] if found else (Polarity.NOTHING, None)


def agrees(reply: str, language: Language) -> bool:
    return bool(reply_lexicon(language)["agreed"].match(plain(reply)))


def answers_at_once(rest: str, language: Language) -> bool:
    """Whether what follows a question in the same turn is its answer."""
    first = rest[slice(*sentence_at(rest, 0, 1, language))] if rest.strip() else ""
    return (
        bool(first.strip())
        and not is_question(first, language)
        and polarity(first, language)[0] is not Polarity.NOTHING
    )


def taken_up(mention: str, reply: str, language: Language) -> tuple[int, int] | None:
    """Where a reply says again what was asked about, in full or by its chief word (头晕 → 晕; 打鼾 → “打。”)."""
    low = reply.lower()
    if language == "zh" and (echo := _MEASURE.split(low)[0]) and len(echo) == 1 and echo in mention:
        return 0, 1
    if (place := low.find(mention.lower())) >= 0:
        return place, place + len(mention)
    for pattern in _parts(mention.lower(), language):
        if match := pattern.search(low):
            return match.span()
    return None


def _parts(mention: str, language: Language) -> list[patterns.Pattern[str]]:
    """Patterns of the words by which it may be meant."""
    if language == "zh":
        others = "".join(each for each in _OF_BLOOD if f"血{each}" not in mention)
        return [
            patterns.words([each], after=f"(?![{others}])" if each == "血" else "")
            for each in mention
            if each in _HEAD
        ]
    last = _MEASURE.split(mention)[-1]
    stem = patterns.sub(r"(?:ing|es|s)$", "", last)
    is_head = len(stem) > 2 and last not in _NOT_A_HEAD
    return [patterns.words([stem], before=r"\b", after=r"(?:s|es|ing|y)?\b")] if is_head else []
