"""What a finished statement says beside the words it cites: the last look, whoever worded it and however.

It knows no wording: figures with their decimals, sides, drugs, how often something is denied, what was taken back and
what holds only under a condition must be in the statement as they are in its source.
"""

from collections.abc import Iterator, Sequence

from domain.clinical.grounding import laterality, quantities
from domain.clinical.grounding.drugs import Drugs
from domain.clinical.grounding.experiencer import names_another
from domain.clinical.grounding.replies import is_question
from domain.clinical.grounding.self_corrections import withdrawn_words
from domain.clinical.grounding.sources import spoken_text
from domain.clinical.grounding.terms import terms
from domain.clinical.records.record import Problem, Span, Statement, Status
from domain.clinical.transcripts.language import detect_language, sentence_at, with_one_apostrophe
from domain.clinical.transcripts.transcript import ClinicalTranscript
from llm_backend import patterns
from llm_backend.wording import normalise

_CONDITION = patterns.compile(
    r"如果|要是|假如|万一|一旦|倘若|除非|若(?![干是])|的话"
    r"|(?<!see )(?<!check )(?<!know )(?<!sure )(?<!ask )(?<!as )\bif\b"
    r"|\b(?:unless|in case|should (?:you|it|he|she)|provided that)\b",
    patterns.IGNORECASE,
)
_CONDITION_BEHIND = patterns.compile(r"^[^，,。；;]{0,8}的话")
_DENIAL = patterns.compile(r"^(?:否认|(?:he |she |the patient )?denies\b)", patterns.IGNORECASE)
_ITEMS = patterns.compile(r"[、，,；;。]|\b(?:and|or)\b|否认|\bdenies\b|(?<=\w)\.$", patterns.IGNORECASE)
_OF_AMOUNT = patterns.compile(
    r"几[个次天年岁杯支包口]|多少|多久|多大|多长|什么时候|\bhow (?:many|much|long|often)\b",
    patterns.IGNORECASE,
)
_OTHER = patterns.compile(r"其他|别的|\bother\b|\bany more\b", patterns.IGNORECASE)
_CLAUSES = patterns.compile(r"[^，,。.；;！!？?\n]{1,400}")
_NEGATIVE = patterns.compile(
    r"\b(?:no|nope|not|never|none|nothing|neither|nor|without|cannot|nobody|denie[sd])\b|n't\b|[没无未]|否认|不",
    patterns.IGNORECASE,
)
# Denials in other words than by one of these.
_ALSO_NEGATIVE = patterns.compile(
    r"\b(?:unable|negative|free|hardly|barely|normal|intact|absent|clear|afebrile|un\w+)\b|正常|阴性|别|难|乏|无"
)
# They ask, or say the same in the record's words: nothing is denied. “七十岁没的” is a death.
_NO_DENIAL = patterns.compile(
    r"([㐀-鿿]{1,2})不\1|([㐀-鿿]{1,2})没\2|有没有|有无|是不是|没(?:有)?(?:什么)?(?:力气|劲儿?)|睡不着(?:觉)?|[喘上]不[上来]气"
    r"|没事|不(?:仅|但|光|只是)|差不多|对不起|不好意思|了不得|不舒服|不适|没的|不对|不是(?=[，,])|[，,][哦噢啊呃嗯诶]?不(?=[，,])"
    r"|\bno,(?= no\b)|\bno,? (?:wait|sorry|hang on)\b|,\s?no(?=,)|\bwhy (?:not|don't)"
)
# What somebody takes to be so, or knows about how much: whichever way, the statement says it, too.
_DOUBT = patterns.compile(
    r"可能|也许|好像|似乎|估计|怀疑|疑似|说不定|没准|(?:我|感)觉(?:是|像)|考虑|可疑|待查|待排|不(?:能)?排除"
    r"|\b(?:(?<!do you )thinks?|suspect\w*|believ\w+|guess\w*|maybe|perhaps|possibl[ey]|probabl[ey]|likely|unlikely|might"
    r"|may|could|looks? like|seems?|sounds? like|as far as|not sure)\b",
    patterns.IGNORECASE,
)
_ABOUT = patterns.compile(
    r"大概|大约|差不多|左右|上下|将近|约|来[个天年岁块]|[~≈]"
    r"|\b(?:about|around|roughly|or so|nearly|almost|approximately|maybe|some)\b",
    patterns.IGNORECASE,
)
# “Maybe we should”, “I think we'll” are no doubt of what is so.
_NO_DOUBT = patterns.compile(
    r"\bi think (?:that )?we\b|\bmaybe we\b|\b(?:could|may|might) you\b|\byou (?:could|may|might)\b|大概齐|考虑到",
    patterns.IGNORECASE,
)
# Told by whoever speaks for the patient of themselves: “我有糖尿病”.
_OF_INFORMANT = patterns.compile(
    r"\A(?!.{0,400}[他她]|.{0,400}\b(?:he|she|him|her|they|them)\b)(?:但是?|不过|but |and )?"
    r"(?:我(?:自己|本人)?(?=也|倒|有|得|患|是|对)|i(?:['’]m|['’]ve)? )",
    patterns.IGNORECASE,
)
# Of the words of a clause: with fewer in the statement it tells of something else.
MIN_TOLD_SHARE = 0.5
_CONTRACTED = patterns.compile(r"\b(?:there|it|ca|wo)\b|n't\b|'(?:ve|s|m|re|d|ll)\b")


def meaning_problems(statement: Statement, transcript: ClinicalTranscript, drugs: Drugs) -> list[Problem]:
    """Where the wording says another thing than the words of its spans."""
    source_text = spoken_text(transcript, statement.spans, ())
    return [
        *quantities.problems(statement.text, source_text),
        *laterality.problems(statement.text, source_text),
        *drugs.problems(statement.text, source_text),
        *(Problem(code="withdrawn", words=words) for words in _withdrawn(statement, transcript)),
        *(Problem(code="conditional", words=words) for words in _conditions(statement, transcript)),
        *(Problem(code="wrong_status", words=words) for words in _wrongly_denied(statement, transcript)),
        *(Problem(code="doubt", words=words) for words in _lost_doubts(statement, transcript)),
    ]


def _withdrawn(statement: Statement, transcript: ClinicalTranscript) -> Iterator[str]:
    for span in statement.spans:
        offset = transcript.starts[span.utterance]
        said = transcript.utterances[span.utterance].text
        yield from withdrawn_words(statement.text, said, (span.start - offset, span.end - offset))


def _conditions(statement: Statement, transcript: ClinicalTranscript) -> Iterator[str]:
    """What the clinic says would hold only then. A patient's “if I walk” tells what happens."""
    if _CONDITION.search(with_one_apostrophe(statement.text)):
        return
    for span in statement.spans:
        utterance = transcript.utterances[span.utterance]
        if utterance.speaker != "doctor":
            continue
        offset, text = transcript.starts[span.utterance], utterance.text
        start, end = span.start - offset, span.end - offset
        first, last = sentence_at(text, start, end, detect_language(text))
        condition = _CONDITION.search(text, first, start) or _CONDITION_BEHIND.match(text[end:last])
        if condition:
            yield condition[0]


def _lost_doubts(statement: Statement, transcript: ClinicalTranscript) -> Iterator[str]:
    if statement.status is not Status.PRESENT or statement.number is not None:
        return
    text = _NO_DOUBT.sub(" ", statement.text)
    said = "\n".join(_told_clauses(statement, transcript))
    if not _DOUBT.search(text) and (doubt := _DOUBT.search(_NO_DOUBT.sub(" ", said))):
        yield doubt[0]
    if not _ABOUT.search(text) and quantities.quantities(text):
        yield from (
            near[0] for near in _ABOUT.finditer(said) if _is_beside_number(said, near.start(), near.end())
        )


def _is_beside_number(said: str, start: int, end: int) -> bool:
    return any(
        not each.is_bare and (0 <= each.start - end <= 2 or 0 <= start - each.end <= 2)
        for each in quantities.quantities(said)
    )


def _wrongly_denied(statement: Statement, transcript: ClinicalTranscript) -> Iterator[str]:
    text = statement.text
    if _DENIAL.match(text):
        if amount := _OF_AMOUNT.search(text):
            yield amount[0]
        if statement.spans and not _OTHER.search(text):
            yield from _told_all_the_same(text, statement.spans, transcript)
    elif statement.status is Status.PRESENT and statement.spans:
        denials = _count_denials(text)
        said_denials = sum(len(_NEGATIVE.findall(clause)) for clause in _told_clauses(statement, transcript))
        # “想过不想活吗？ 想过”: what is not wanted the question says.
        pieces = _spoken_pieces(statement.spans, transcript)
        asked_denials = sum(_count_denials(said) for said, asks in pieces if asks)
        is_as_said = denials in (said_denials, said_denials + asked_denials)
        if not is_as_said and (denials or not _ALSO_NEGATIVE.search(normalise(text))):
            yield text


def _told_clauses(statement: Statement, transcript: ClinicalTranscript) -> Iterator[str]:
    """The clauses of the source that the statement tells, whatever is denied or doubted in them."""
    text = statement.text
    keys = {term.key for each in (text, _NEGATIVE.sub("", text)) for term in terms(each)}
    # Without the questions.
    for said in (piece for piece, asks in _spoken_pieces(statement.spans, transcript) if not asks):
        for clause in _CLAUSES.findall(_without_asking(said)):
            # Without its denials: “后背不疼” names back pain.
            words = _NEGATIVE.sub("", _CONTRACTED.sub(" ", clause))
            own = [term.key for term in terms(words) if term.is_weighty]
            if sum(key in keys for key in own) >= MIN_TOLD_SHARE * len(own):
                yield clause


def _told_all_the_same(text: str, spans: Sequence[Span], transcript: ClinicalTranscript) -> Iterator[str]:
    """What is denied, and told of the patient in the very answer that is said to deny it."""
    reply = transcript.utterances[spans[-1].utterance]
    clauses = [
        clause
        for clause in _CLAUSES.findall(reply.text)
        if not _count_denials(clause)
        and not (reply.speaker == "relative" and _OF_INFORMANT.match(clause.strip()))
        and not names_another(with_one_apostrophe(clause), detect_language(clause))
        and not is_question(clause, detect_language(clause))
    ]
    told = [{term.key for term in terms(clause)} for clause in clauses]
    for thing in filter(None, (each.strip() for each in _ITEMS.split(text))):
        keys = {term.key for term in terms(thing) if term.is_weighty}
        if keys and any(keys <= each for each in told):
            yield thing


def _spoken_pieces(spans: Sequence[Span], transcript: ClinicalTranscript) -> Iterator[tuple[str, bool]]:
    """Each piece, and whether it asks."""
    for span in spans:
        said = transcript.text[span.start : span.end]
        after = transcript.text[span.end : span.end + 1]
        yield said, is_question(f"{said}{after}", detect_language(said))


def _count_denials(text: str) -> int:
    return len(_NEGATIVE.findall(_without_asking(text)))


def _without_asking(text: str) -> str:
    return _NO_DENIAL.sub(" ", normalise(text).replace("’", "'"))
