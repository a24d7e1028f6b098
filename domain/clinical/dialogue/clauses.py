"""The smallest parts of a conversation that a record can cite: clauses with their places in the transcript."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from domain.clinical.dialogue.grammar_en import RIGHT_AS_NOD
from domain.clinical.grounding.self_corrections import joining_marks
from domain.clinical.records.record import Span
from domain.clinical.transcripts.transcript import ClinicalTranscript, Speaker
from llm_backend import patterns

Part = TypeVar("Part")

# Fewer words are a fragment (“and then”), which belongs to what comes next.
MIN_CLAUSE_WORDS = 4
# “See Dr. Brown”, “Mr. J. Lee” go on.
_END = patterns.compile(
    r"(?<!\bdr)(?<!\bmr)(?<!\bmrs)(?<!\bms)(?<!\b[dm]r\. [a-z])(?<!\b[dm]r [a-z])[.?!]{1,200}+(?=\s|$)"
    # Before a Chinese clause it is a pause, as a comma is.
    r"|[。！？；!?;]+|…+(?![…㐀-鿿])",
    patterns.IGNORECASE,
)
# Only before a word that begins a clause of its own: “bread and butter” stays together.
_JOINT = patterns.compile(
    r"(?:,\s*|\s)(?!(?<=\bnow\s)and (?:then|again)\b)(?!and then (?:off|down|up|back|out|stop|half|\d))"
    r"(?=(?:and|but|because|then|so)\s+(?:i|i'm|i've|my|you|your|he|she|it|it's|we|we'll|there|they|"
    r"the|that|any|then|no|do|are|have|is|how|what|when|if|on|for)\b)",
    patterns.IGNORECASE,
)
# Speech recognition leaves long runs without any stop: a new subject or a turn to another topic begins a clause.
_SEAM = patterns.compile(
    r"""(?<!\bthat)(?<!\bif)(?<!\bwhen)(?<!\band)(?<!\bas)(?<!\bhere's)\s(?=(?:
        (?:okay|alright|all\ right|mm-hmm|anyway)\s
      | (?:so|and|but|because|then|now|well)\s+(?:i|i'm|i've|i'll|my|you|you're|your|he|she|it|it's|we|we'll|
          we're|there|they|
          the|that's|that|then|no|(?:do|are|have|did)\ you|does|is|was|how|what|when|where|if|on\ your|for|any|
          let's|let)\b
      | (?:i'm|we're)\s+(?:gon\ na|going\ to|just\ gon\ na)\s
      | (?:i|we)\s+(?:want|wan\ na|would\ like|do\ n't|do|also|think|recommend)\s
      | (?:i'd|i'll|we'll|let's)\s
      | (?:do|did|have|are|were)\s+you\b | (?:does|did|is|was)\s+(?:it|that|he|she)\b
      | on\s+your\s+(?:\w+\s){1,3}exam | there\s+(?:is|are|was)\b | there's\b | you\s+(?:do\s+)?(?:have|do\ n't)\b
      | your\s+\w+(?:\s\w+)?\s+(?:is|are|was|were|looks?|sounds?)\b
      | how\s+(?:long|often|many|much|about|are|is|do)\b | (?:what|when|where|which)\s+(?:are|do|did|have|
          were)\s+(?:you|they|we|your)\b | any\s+other\b
    ))""",
    patterns.VERBOSE | patterns.IGNORECASE,
)
_WORD = patterns.compile(r"[A-Za-z0-9][\w'’-]*|[㐀-鿿]")


@dataclass(frozen=True, slots=True)
class Clause:
    """`start`, `end`: places in the transcript's text. `is_question`: the words ask, mark or no mark.

    `topic`: the section that it plainly belongs to, where it was cut by topics.
    """

    text: str
    utterance: int
    start: int
    end: int
    speaker: Speaker
    is_question: bool = False
    topic: str = ""

    @property
    def words(self) -> list[str]:
        return [word.lower() for word in _WORD.findall(self.text)]

    def span(self, transcript: ClinicalTranscript) -> Span:
        seconds = transcript.seconds(self.start, self.end)
        return Span(start=self.start, end=self.end, utterance=self.utterance, seconds=seconds)


_ASKS = patterns.compile(
    r"^(?:(?:okay|alright|all right|and|so|now|well|but|um|uh|then|yeah|good|great|just|also|hey|hi|,|\.)\s*)*"
    r"(?:do|does|did|are|is|was|were|have|has|had|can|could|would|will|any|how|what|what's|when|where|why|which|who|"
    r"tell me|ever|no other)\b",
    patterns.IGNORECASE,
)
# "…, okay?" asks for a nod, not for an answer; "on the right?" asks for a side, "is that right?" whether it is so.
_TAG = patterns.compile(
    rf"(?:okay|all right|alright|(?<!\bis that ){RIGHT_AS_NOD})\s*+\?\s*+$", patterns.IGNORECASE
)
# A patient's "no" or "any" answers; only a turned verb asks.
_ASKS_BACK = patterns.compile(
    r"^(?:(?:okay|so|and|but|well|um|uh)\s+)*(?:(?:what|when|where|how|why)\s+)?"
    r"(?:can|could|should|do|does|is|are|will|would)\s+(?:i|we|you|it|this|that|there|they)\b",
    patterns.IGNORECASE,
)
# Of sentences that end with a full stop only those that turn the verb ask.
_YOU_FIRST = patterns.compile(r"^\W*(?:have|do|did|are|were|can) you\b", patterns.IGNORECASE)
# In the middle of a run: "after that did you …", not "to have you …" nor "what they do is …".
_TURNED = patterns.compile(
    r"\b(?:did|are|were|do|does)\s+(?:you|they|it)\s+(?!(?:is|are|was)\b)", patterns.IGNORECASE
)
# Chinese asks by a particle at the end or a question word anywhere, in the order of a statement.
_ASKS_ZH = patterns.compile(
    r"[吗呢么]\s*$|什么|多久|多长|几[天年次岁月周个]|有没有|是不是|怎么|哪里|哪儿|多大|多少|如何|能不能"
)


def split_clauses(transcript: ClinicalTranscript, *, by_sentence: bool = False) -> list[Clause]:
    """`by_sentence`: only at the ends of sentences, as somebody dictates who means to be written down."""
    clauses = []
    for number, utterance in enumerate(transcript.utterances):
        base = transcript.starts[number]
        for start, end in _clause_bounds(utterance.text, by_sentence=by_sentence):
            text = utterance.text[start:end]
            asks = _asks(text, utterance.speaker)
            clauses.append(Clause(text, number, base + start, base + end, utterance.speaker, asks))
    return clauses


def join_neighbours(parts: Iterable[Part], join: Callable[[Part, Part], Part | None]) -> Iterator[Part]:
    """Each with those behind it, as long as `join` makes one of the two; it answers None where they stay apart."""
    pending: Part | None = None
    for part in parts:
        joined = join(pending, part) if pending is not None else None
        if pending is not None and joined is None:
            yield pending
        pending = part if joined is None else joined
    if pending is not None:
        yield pending


def _asks(text: str, speaker: Speaker) -> bool:
    if text.rstrip().endswith(("?", "？")):
        return not _TAG.search(text)
    if patterns.search(r"[.。!！]\s*$", text):
        # Recognisers put a stop where the voice should have told.
        return bool(_YOU_FIRST.match(text)) and speaker != "patient"
    if speaker == "patient":
        return bool(_ASKS_BACK.match(text))
    return bool(_ASKS.match(text) or _TURNED.search(text) or _ASKS_ZH.search(text))


# “头孢打过，没事” is one clause: what was tolerated.
_COMMA_ZH = patterns.compile(
    r"…+|[，,](?!(?<=[吃用打输服试]过[，,])(?:都|也|倒|是)*没(?:什么)?(?:事|反应|问题)(?:[，,。；;]|$))\s*"
)


def split_at_commas(text: str) -> Iterator[tuple[int, int]]:
    """The bounds of Chinese clauses. What somebody takes back stays with the words that do so: “三号，不，五号”."""
    marks = joining_marks(text)
    begin = 0
    for comma in _COMMA_ZH.finditer(text):
        if comma.start() not in marks:
            yield begin, comma.start()
            begin = comma.end()
    if begin < len(text):
        yield begin, len(text)


def _clause_bounds(text: str, *, by_sentence: bool) -> Iterator[tuple[int, int]]:
    marks = joining_marks(text)
    for start, end in _split(text, (0, len(text)), _END, keeps=True, marks=marks):
        # So many words without a mark are a recogniser's run; people who type write marks.
        words = len(_WORD.findall(text[start:end]))
        stop = _SEAM if words > 25 and not patterns.search(r"[,.?!]", text[start : end - 1]) else _JOINT
        parts = [] if by_sentence else list(_split(text, (start, end), stop, keeps=False, marks=marks))
        for first, last in _join_short(text, parts or [(start, end)]):
            left = len(text[first:last]) - len(text[first:last].lstrip(" ,"))
            right = len(text[first:last].rstrip(" ,"))
            if _WORD.search(text[first:last]):
                yield first + left, first + right


def _split(
    text: str,
    bounds: tuple[int, int],
    stop: patterns.Pattern[str],
    *,
    keeps: bool,
    marks: frozenset[int],
) -> Iterator[tuple[int, int]]:
    """`keeps`: a mark belongs to what it ends. `marks`: those that part nothing."""
    begin, end = bounds
    for match in stop.finditer(text, begin, end):
        if match.start() in marks:
            continue
        cut = match.end() if keeps else match.start()
        if cut > begin:
            yield begin, cut
        begin = match.end()
    if begin < end:
        yield begin, end


def _join_short(text: str, bounds: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """What is too short to stand alone stays with what comes next."""
    waiting: int | None = None
    for start, end in bounds:
        begin = start if waiting is None else waiting
        if len(_WORD.findall(text[begin:end])) < MIN_CLAUSE_WORDS and end != bounds[-1][1]:
            waiting = begin
            continue
        waiting = None
        yield begin, end
