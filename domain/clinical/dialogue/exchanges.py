"""A conversation as what is told and what it answers: “没有” says nothing without the question before it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from domain.clinical.dialogue.clauses import Clause, split_clauses
from domain.clinical.transcripts.transcript import ClinicalTranscript, Speaker
from llm_backend import patterns

# Doctors ask for a story without a question mark.
_ASKS_TO_TELL = patterns.compile(
    r"^\W*(?:so,? |okay,? )?(?:please )?(?:tell me|remind me|describe|walk me through)\b|^(?:您|你)?(?:先)?说说",
    patterns.IGNORECASE,
)
# “应该治疗吗。”: whoever writes for a patient often leaves the mark away.
_ASKS_BACK = patterns.compile(r"(?:吗|怎么办|怎么[治吃用][疗药]?[啊呀]?)[。.]?$")
# “我想停了行不行？” tells a wish; what stands before the comma of a question was told.
_ASKS_LEAVE = patterns.compile(
    r"[，,]?\s{0,3}(?:行不行|行吗|行么|可不可以|可以吗|好不好|好吗|成吗|能行吗"
    r"|(?:is|would) (?:that|it) (?:be )?(?:okay|ok|all right|alright))[？?]\s{0,3}$",
    patterns.IGNORECASE,
)
_WISH = patterns.compile(r"想|打算|\b(?:want|like|rather)\b", patterns.IGNORECASE)
_LAST_COMMA = patterns.compile(r"[，,](?=[^，,]*$)")
_OPEN = patterns.compile(
    r"^(?:如果|要是|假如|万一|if\b|when\b)|是不是|有没有|会不会|要不要|能不能|怎么|什么|吗|呢|吧$",
    patterns.IGNORECASE,
)
_ASKS_FOR_NOD = patterns.compile(
    r"(?:\b(?:right|correct|okay|ok|yes)|对吧|是吧|没错吧|对不|吧)\W*$", patterns.IGNORECASE
)
_REFUSES = patterns.compile(
    r"^\W*(?:(?:no|nope|nah|not|(?:\w+\W+){0,3}actually|never|i (?:do|am|have|did|was))\b"
    r"|(?:其实)?(?:不对|不是|不行|不能|别|不[，,。]|没有|没[，,。]))",
    patterns.IGNORECASE,
)
# “阿姨，血糖怎么样？”, “孩子奶奶，烧几天了？”: whom one speaks to is not what is asked about.
_ADDRESS = patterns.compile(
    r"^[㐀-鿿]?(?:阿姨|大[爷妈娘叔婶哥姐伯]|爷爷|奶奶|姥[姥爷]|外[公婆]|叔叔|老(?:爷子|人家|太太|先生|师傅)|小(?:朋友|伙子|姑娘|伙儿)|姑娘|师傅|先生|女士|老师"
    r"|同学|家属|宝[妈爸]|(?:孩子|宝宝|娃|小朋友)(?:他|她)?(?:妈妈?|爸爸?|奶奶|爷爷|姥姥|姥爷|外[婆公]))[，,]\s*(?=\S)"
)
# “他说没有”, “She says no”: whoever speaks for the patient passes on the patient's own answer.
_REPORTS = patterns.compile(
    r"^\W*(?:(?:no|yes|well|and|but)\W+)?(?:he|she|they|the patient)(?:'s| is| has|'ve| have)? (?:also |just )?"
    r"(?:says?|said|saying|tells me)"
    r"(?: that)?[ ,:]+(?=\w)"
    r"|^(?:患者|病人|他|她|孩子|宝宝|老人)(?:自己)?(?:说|讲)(?:是)?[，,：:]?(?![话不出得起来梦胡过了的])(?=[㐀-鿿])",
    patterns.IGNORECASE,
)
MIN_TOLD_CHARACTERS, MIN_TOLD_WORDS = 6, 4


@dataclass(frozen=True)
class Exchange:
    """`questions`: what `clauses` answer; empty where nobody asked. `is_answered`: somebody else answered it already.

    What a doctor says may answer a patient's question, too.
    """

    clauses: tuple[Clause, ...]
    questions: tuple[Clause, ...] = ()
    is_answered: bool = False

    @property
    def speaker(self) -> Speaker:
        return self.clauses[0].speaker

    @property
    def question_text(self) -> str:
        return " ".join(clause.text for clause in self.questions)


def is_conversation(transcript: ClinicalTranscript) -> bool:
    """Whether it is known of both sides who speaks."""
    speakers = {utterance.speaker for utterance in transcript.utterances}
    return "doctor" in speakers and bool(speakers & {"patient", "relative"})


def is_dictation(transcript: ClinicalTranscript) -> bool:
    """Whether nobody speaks but the doctor."""
    return {utterance.speaker for utterance in transcript.utterances} == {"doctor"}


def split_exchanges(transcript: ClinicalTranscript) -> Iterator[Exchange]:
    """In the order of the talk. A patient's own questions tell nothing but what they begin with."""
    open_questions: tuple[Clause, ...] = ()
    back_questions: tuple[Clause, ...] = ()
    is_answered = False
    turns = [list(group) for _, group in groupby(split_clauses(transcript), key=lambda each: each.utterance)]
    for place, turn in enumerate(turns):
        if place + 1 < len(turns):
            turn = [*turn[:-1], _as_answered(turn[-1], turns[place + 1][0])]
        is_doctor = turn[0].speaker == "doctor"
        asked = [clause for clause in turn if _asks(clause)]
        turn = turn if is_doctor else [_told(_passed_on(clause)) for clause in turn]
        statements = tuple(clause for clause in turn if not _asks(clause))
        questions = tuple(_unaddressed(clause) for clause in asked)
        if is_doctor:
            if statements:
                yield Exchange(statements, back_questions)
            # Whatever was asked before is over: nobody answers the question before last.
            open_questions, is_answered = questions, False
        elif statements:
            yield Exchange(statements, open_questions, is_answered)
            is_answered = True
        back_questions = () if is_doctor else questions


def _as_answered(clause: Clause, reply: Clause) -> Clause:
    """“You take 20 of it, right?” “No, 40.”: what asks for a nod and gets a no was a question."""
    is_refused = clause.speaker == "doctor" != reply.speaker and bool(_REFUSES.match(reply.text))
    asks = is_refused and _ASKS_FOR_NOD.search(clause.text)
    return replace(clause, is_question=True) if asks else clause


def _told(clause: Clause) -> Clause:
    """What a question tells: “阿司匹林吃了胃不舒服，我想停了行不行？”. The question itself where it tells nothing."""
    if not clause.is_question or not clause.text.rstrip().endswith(("?", "？")):
        return clause
    asked = _ASKS_LEAVE.search(clause.text)
    if asked and _WISH.search(clause.text[: asked.start()]):
        end = asked.start()
    else:
        comma = _LAST_COMMA.search(clause.text)
        end = comma.start() if comma else 0
    told = replace(clause, text=clause.text[:end], end=clause.start + end, is_question=False)
    least = MIN_TOLD_WORDS if told.text.isascii() else MIN_TOLD_CHARACTERS
    return clause if len(told.words) < least or _OPEN.search(told.text) else told


def _unaddressed(clause: Clause) -> Clause:
    return _behind(clause, _ADDRESS) if clause.speaker == "doctor" else clause


def _passed_on(clause: Clause) -> Clause:
    return _behind(clause, _REPORTS) if clause.speaker == "relative" else clause


def _behind(clause: Clause, opening: patterns.Pattern[str]) -> Clause:
    found = opening.match(clause.text)
    return (
        replace(clause, text=clause.text[found.end() :], start=clause.start + found.end())
        if found
        else clause
    )


def _asks(clause: Clause) -> bool:
    if clause.is_question:
        return True
    if clause.speaker == "doctor":
        return bool(_ASKS_TO_TELL.match(clause.text))
    return bool(_ASKS_BACK.search(clause.text))
