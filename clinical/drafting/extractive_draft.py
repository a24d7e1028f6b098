"""A record without a model: what was said, quoted where it belongs. Plain, and never invented."""

from collections.abc import Iterator
from dataclasses import dataclass

from clinical.drafting.proposals import Ground, settled
from clinical.grounding.terms import findings
from clinical.records.record import Span, Statement
from clinical.records.template import TemplateField, TemplateSection
from clinical.transcripts.transcript import ClinicalTranscript, Speaker
from llm_backend import patterns
from llm_backend.sentences import sentences
from llm_backend.wording import normalised

_MOST = 6
_SHORTEST, _LONGEST_REPLY = 4, 60
_QUESTION = patterns.compile(
    r"[?？]\s*$|[吗呢嘛][。.]?\s*$|^(?:do|does|did|any|are|is|have|has|how|what|when|where)\b",
    patterns.IGNORECASE,
)
_RELATIVE = patterns.compile(
    r"\b(?:mother|father|mom|mum|dad|parents?|brother|sister|grand(?:mother|father|parents?)|aunt|uncle|family)\b"
    r"|父亲|母亲|爸|妈|爷爷|奶奶|外公|外婆|姥姥|姥爷|兄弟|姐妹|哥哥|姐姐|弟弟|妹妹|家族|家里人",
    patterns.IGNORECASE,
)
_ALLERGY = patterns.compile(r"allerg|过敏", patterns.IGNORECASE)
_TEST = patterns.compile(
    r"\b(?:x-?rays?|ct|mri|ultrasound|ekg|ecg|echo\w*|blood ?work|labs?|lab results?|hemoglobin|a1c|glucose|creatinine"
    r"|biopsy|urinalysis|culture|white count|platelets?|scan)\b|血常规|尿常规|CT|磁共振|核磁|B超|彩超|超声|心电图|拍片|胸片"
    r"|化验|检查结果|血红蛋白|白细胞|血糖|血脂|肝功|肾功|胃镜|肠镜",
    patterns.IGNORECASE,
)
_DIAGNOSIS = patterns.compile(
    r"\b(?:diagnos|consistent with|looks like you have|i think (?:you|this|it)|suspect|impression|assessment)\w*"
    r"|诊断|考虑|应该是|可能是|属于|怀疑",
    patterns.IGNORECASE,
)
_PLAN = patterns.compile(
    r"\b(?:i(?:'m| am) going to|we(?:'ll| will)|i(?:'ll| will)|recommend|prescrib|refer|follow.?up|come back|order"
    r"|continue|start you|let's|i want you to|i'd like)\w*|开点?药|建议|复查|复诊|随诊|先吃|按时"
    r"|注意|多休息|多喝水|住院|手术|给你|回去|做个?",
    patterns.IGNORECASE,
)
_EXAM = patterns.compile(
    r"\b(?:on exam\w*|i (?:see|hear|feel|notice|appreciate)|lungs?|heart sounds|tender\w*|range of motion|swelling"
    r"|clear to auscultation|bilaterally|palpation|reflexes)\b|查体|听诊|触诊|叩诊|压痛|啰音|心律|腹软"
    r"|咽部|扁桃体|鼓膜|反跳痛|肿块",
    patterns.IGNORECASE,
)
_HABIT = patterns.compile(
    r"\b(?:smok|drink|alcohol|tobacco|work|job|married|live)\w*|吸烟|抽烟|饮酒|喝酒|工作|职业",
    patterns.IGNORECASE,
)
_PAST = patterns.compile(
    r"\b(?:history of|years ago|surger|operation|diagnosed|since i was|had (?:a|my))\w*"
    r"|以前|既往|多年|手术|得过|一直有|住过院",
    patterns.IGNORECASE,
)
# The first whose name is part of the field's or section's.
_BY_SECTION = {
    "family": _RELATIVE,
    "allergy": _ALLERGY,
    "surger": patterns.compile(r"surger|operat|手术|开刀|[切除修补置换成形造影]术", patterns.IGNORECASE),
    "operations": patterns.compile(
        r"surger|operat|手术|开刀|[切除修补置换成形造影]术|外伤|输血", patterns.IGNORECASE
    ),
    "marital": patterns.compile(
        r"结婚|已婚|未婚|离婚|孩子|怀孕|月经|例假|末次|children|married|pregnan|period", patterns.IGNORECASE
    ),
    "menstruation": patterns.compile(r"月经|例假|末次|period|menstrua", patterns.IGNORECASE),
    "general_state": patterns.compile(
        r"精神|食欲|胃口|睡眠|睡得|大小便|大便|小便|体重|appetite|sleep|weight|bowel", patterns.IGNORECASE
    ),
    "general": patterns.compile(
        r"神志|精神|面容|体位|步态|营养|发育|appear|alert|distress|nourished", patterns.IGNORECASE
    ),
    "personal": _HABIT,
    "social": _HABIT,
    "habits": _HABIT,
    "past": _PAST,
    "conditions": _PAST,
    "diseases": _PAST,
}
_BY_KIND = {"allergies": _ALLERGY, "tests": _TEST, "diagnoses": _DIAGNOSIS, "plan": _PLAN}
_BY_DOCTOR = frozenset({"diagnoses", "plan"})


@dataclass(frozen=True, slots=True)
class _Quote:
    """A sentence, or a question with its answer."""

    text: str
    places: tuple[tuple[int, int], ...]
    speaker: Speaker


def quotes(section: TemplateSection, field: TemplateField, ground: Ground) -> Iterator[Statement]:
    """Those that belong into the field; none where nothing was said."""
    if field.kind in ("vitals", "number", "choice", "date"):
        return
    fitting = [quote for quote in _quotes(ground.transcript) if _fits(section, field, quote, ground)]
    most = 1 if section.key.startswith("chief") or field.key.startswith(("chief", "complaint")) else _MOST
    for number, quote in enumerate(fitting[:most]):
        transcript = ground.transcript
        spans = [
            Span(start=start, end=end, utterance=transcript.utterance_at(start))
            for start, end in quote.places
        ]
        statement = Statement(
            id=f"{section.key}-{field.key}-{number + 1}", text=quote.text, spans=spans, speaker=quote.speaker
        )
        yield settled(statement, field, (), ground)


def _fits(section: TemplateSection, field: TemplateField, quote: _Quote, ground: Ground) -> bool:
    if field.kind == "medications":
        is_plan = section.division == "assessment_and_plan"
        if _ALLERGY.search(quote.text):
            return False
        return bool(ground.drugs.mentions(quote.text)) and is_plan == (quote.speaker == "doctor")
    cue = _BY_KIND.get(field.kind) or _cue_of(section, field)
    if cue:
        by_doctor = field.kind in _BY_DOCTOR
        return bool(cue.search(quote.text)) and (not by_doctor or quote.speaker in ("doctor", "unknown"))
    if section.division == "subjective":
        return quote.speaker != "doctor" and _is_complaint(quote.text)
    if section.division == "exam":
        return quote.speaker in ("doctor", "unknown") and bool(_EXAM.search(quote.text))
    return False


def _cue_of(section: TemplateSection, field: TemplateField) -> patterns.Pattern[str] | None:
    names = (field.key, section.key)
    return next((cue for part, cue in _BY_SECTION.items() if any(part in name for name in names)), None)


def _is_complaint(text: str) -> bool:
    other = _RELATIVE.search(text) or _ALLERGY.search(text) or _TEST.search(text)
    return bool(findings(text)) and not other


def _quotes(transcript: ClinicalTranscript) -> Iterator[_Quote]:
    """Sentences that state something; a question only together with the reply that follows it."""
    for number, utterance in enumerate(transcript.utterances):
        offset = transcript.starts[number]
        said = [each for each in sentences(utterance.text) if len(each.text) >= _SHORTEST]
        for place, sentence in enumerate(said):
            start, end = offset + sentence.start, offset + sentence.end
            if not _QUESTION.search(normalised(sentence.text)):
                yield _Quote(sentence.text, ((start, end),), utterance.speaker)
            elif place == len(said) - 1 and (reply := _reply(transcript, number)):
                places = ((start, end), reply)
                text = f"{sentence.text} {transcript.text[reply[0] : reply[1]]}"
                yield _Quote(text, places, transcript.utterances[number + 1].speaker)


def _reply(transcript: ClinicalTranscript, number: int) -> tuple[int, int] | None:
    """The beginning of what the other one says next, where it does not say by itself what it is about."""
    if number + 1 >= len(transcript.utterances):
        return None
    following = transcript.utterances[number + 1]
    first = next(iter(sentences(following.text)), None)
    is_answer = first and following.speaker != transcript.utterances[number].speaker
    if first is None or not is_answer or findings(first.text):
        return None
    offset = transcript.starts[number + 1]
    return (offset + first.start, offset + first.end) if len(first.text) <= _LONGEST_REPLY else None
