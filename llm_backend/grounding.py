"""Does an answer say only what the passages say?

Exact first: characters for Chinese, words for English; figures must match with their units; a negation must
be in both or in neither. Where answer and passage are in different languages words cannot be compared; then
figures still are, and `similarity` (embeddings) decides the rest. Without it such a sentence is unsupported.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from llm_backend import figures, patterns
from llm_backend.sentences import Sentence, clauses, is_chinese, sentences
from llm_backend.wording import Wording, is_negated, normalise, tokens

# Of a sentence's weighty wording; synonyms count as missing, so this errs on the honest side. See
# docs/decisions/grounding.md.
SUPPORTED_FROM = 0.6
# Of what a sentence adds to the question. Its own words would support “Ann won the race” by “who won the race”.
NEW_SUPPORTED_FROM = 0.5
# Cosines of e5 vectors: unrelated texts lie near 0.78, translations of each other near 0.9.
UNRELATED_COSINE, SAME_COSINE = 0.78, 0.90
# Shorter runs of characters are shared by any two texts, and would light up all over a passage.
SHORTEST_CHINESE_SPAN, SHORTEST_SPAN = 4, 8
MAX_SPANS = 8
# Of a sentence: what is longer was not written for people, and is looked for so far.
MAX_SPAN_CHARACTERS = 1000
MAX_CLAUSES = 100
MAX_STATEMENTS = 200
# So much more of a claim's words in another sentence than in the one that has its figure, and it is about that one.
NEARER_BY = 0.19
# A summary has words of its own; one without any of the source's is about something else.
FAITHFUL_FROM = 0.2
# Capitals after the first word, what has a digit in it, and what stands in quotation marks.
_NAME = patterns.compile(
    r"(?<=[\w,;:] )([A-Z][\w'-]+)|(\b(?=\w*[A-Za-z])\w*\d[\w-]*)|[“《「\"]([^“”《》「」\"]+)[”》」\"]"
)

_DIGITS = patterns.compile(r"[\d.,:]+")

Similarity = Callable[[str, Sequence[str]], Sequence[float]]

_COURTESY = patterns.compile(
    r"^(你好|您好|谢谢|感谢|不客气|抱歉|很抱歉|对不起|请问|希望.{0,12}帮助|如.{0,12}(疑问|问题|需要).{0,20}"
    r"|还有.{0,16}吗|很高兴.{0,12}|祝您.{0,12}|hello|hi|dear|thank|sorry|i am sorry|i'm sorry|you are welcome"
    r"|you're welcome|please (let|feel)|feel free|if you (have|need)|i hope|let me know|how can i|happy to)",
)


class Span(NamedTuple):
    """The place where passage `passage` (counted from 1) says it."""

    passage: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class SentenceSupport:
    """`reason` is empty for a supported sentence; otherwise `unknown_citation`, `wrong_figure`, `negation`,
    `other_language`, `not_in_passages`, or `made_up`, where nothing of what it adds to the question stands in them.
    Greetings and questions claim nothing and need no support."""

    text: str
    start: int
    end: int
    citations: tuple[int, ...]
    support: float
    supported: bool
    spans: tuple[Span, ...] = ()
    reason: str = ""
    is_claim: bool = True


class _Clause(NamedTuple):
    """Its wording apart from whether it denies."""

    wording: Wording
    is_negated: bool

    @classmethod
    def of(cls, plain: str) -> "_Clause":
        return cls(Wording.of(plain, keeps_negations=False), is_negated(plain))


class _Statement(NamedTuple):
    """A sentence of a passage, or a clause where several of its clauses have figures, under the heading."""

    wording: Wording
    figures: figures.Figures


@dataclass(frozen=True, slots=True)
class _Passage:
    number: int
    text: str
    plain: str
    wording: Wording
    figures: figures.Figures
    is_chinese: bool
    clauses: tuple[_Clause, ...]
    statements: tuple[_Statement, ...]


def check(
    answer: str,
    passages: Sequence[str],
    *,
    headings: Sequence[str] = (),
    question: str = "",
    similarity: Similarity | None = None,
) -> list[SentenceSupport]:
    """One verdict per sentence. Passages are numbered from 1, as the citations `[1]` in the answer count.

    `headings`: of each passage, what it stands under. `question`: what the answer repeats of it proves nothing.
    """
    above = [*headings, *[""] * (len(passages) - len(headings))]
    numbered = [
        _passage(number, text, heading)
        for number, (text, heading) in enumerate(zip(passages, above, strict=True), start=1)
    ]
    question_wording = Wording.of(normalise(question))
    return [
        _check_sentence(sentence, numbered, question_wording, similarity) for sentence in sentences(answer)
    ]


def is_faithful(claim: str, source: str) -> bool:
    """Whether a sentence that sums up `source` keeps to it: its words may be new, its figures and names must stand there."""
    plain, plain_source = normalise(claim), normalise(source)
    if not figures.agree(figures.read(plain), [figures.read(plain_source)]):
        return False
    names = [next(filter(None, groups)) for groups in _NAME.findall(claim)]
    if not all(normalise(name) in plain_source for name in names):
        return False
    is_foreign = is_chinese(claim) != is_chinese(source)
    return is_foreign or Wording.of(plain_source).coverage([plain]) >= FAITHFUL_FROM


@lru_cache(maxsize=512)
def _passage(number: int, text: str, heading: str) -> _Passage:
    """Kept: popular passages are read for many answers."""
    plain, above = normalise(text), normalise(heading)
    its_clauses = tuple(dict.fromkeys(_Clause.of(clause) for clause in clauses(plain)))
    parts = dict.fromkeys(
        part for sentence in sentences(plain)[:MAX_STATEMENTS] for part in _parts(sentence.claim)
    )
    statements = tuple(
        _Statement(Wording.of(f"{above}\n{_DIGITS.sub(' ', part)}"), figures.read(part)) for part in parts
    )
    return _Passage(
        number,
        text,
        plain,
        Wording.of(plain),
        figures.read(plain),
        is_chinese(plain),
        its_clauses,
        statements,
    )


def _check_sentence(
    sentence: Sentence, passages: Sequence[_Passage], question: Wording, similarity: Similarity | None
) -> SentenceSupport:
    plain = normalise(sentence.claim)
    is_question = plain.rstrip().endswith("?")
    if is_question or not tokens(plain) or _COURTESY.match(plain.strip()):
        return _verdict(sentence, 0.0, is_claim=False)
    cited_passages = [passage for passage in passages if passage.number in sentence.citations]
    if sentence.citations and not cited_passages:
        return _verdict(sentence, 0.0, reason="unknown_citation")
    candidates = cited_passages
    if passages and not candidates:
        # Without a citation a sentence may rest on one passage, not on words gathered from all of them.
        candidates = [max(passages, key=lambda passage: passage.wording.coverage([plain]))]
    support, reason = _support(plain, candidates, passages, question, similarity)
    spans = tuple(_spans(plain, candidates))
    return _verdict(sentence, support, reason=reason, spans=spans)


def _verdict(
    sentence: Sentence,
    support: float,
    *,
    reason: str = "",
    spans: tuple[Span, ...] = (),
    is_claim: bool = True,
) -> SentenceSupport:
    return SentenceSupport(
        sentence.text,
        sentence.start,
        sentence.end,
        sentence.citations,
        round(support, 3),
        is_claim and not reason,
        spans,
        reason,
        is_claim,
    )


def _support(
    plain: str,
    passages: Sequence[_Passage],
    among: Sequence[_Passage],
    question: Wording,
    similarity: Similarity | None,
) -> tuple[float, str]:
    """By `passages`; `among` all that were read."""
    if not passages:
        return 0.0, "not_in_passages"
    if not figures.agree(figures.read(plain), [passage.figures for passage in passages]):
        return 0.0, "wrong_figure"
    same_language = [passage for passage in passages if passage.is_chinese == is_chinese(plain)]
    wording = Wording.merged(passage.wording for passage in passages)
    coverage, new = wording.coverage([plain]), wording.coverage_beyond(question, plain)
    if not same_language and coverage < SUPPORTED_FROM:
        return _by_meaning(plain, passages, coverage, similarity)
    if new == 0:
        return 0.0, "made_up"
    if coverage < SUPPORTED_FROM or (new is not None and new < NEW_SUPPORTED_FROM):
        return coverage, "not_in_passages"
    if _contradicts(plain, same_language or passages):
        return 0.0, "negation"
    if _is_of_something_else(plain, passages, among):
        return 0.0, "wrong_figure"
    return coverage, ""


def _by_meaning(
    plain: str, passages: Sequence[_Passage], coverage: float, similarity: Similarity | None
) -> tuple[float, str]:
    """For passages in another language, whose words cannot be compared."""
    if similarity is None:
        return coverage, "other_language"
    cosine = max(similarity(plain, [passage.text for passage in passages]), default=0.0)
    meaning = (cosine - UNRELATED_COSINE) / (SAME_COSINE - UNRELATED_COSINE)
    support = max(coverage, min(1.0, max(0.0, meaning)))
    return support, "" if support >= SUPPORTED_FROM else "other_language"


def _contradicts(plain: str, passages: Sequence[_Passage]) -> bool:
    """Clause by clause: the passage's most similar clause must be negated exactly when ours is."""
    their_clauses = list(dict.fromkeys(clause for passage in passages for clause in passage.clauses))
    our_clauses = dict.fromkeys(_Clause.of(clause) for clause in clauses(plain)[:MAX_CLAUSES])
    return any(_is_denied(clause, their_clauses) for clause in our_clauses)


def _is_denied(clause: _Clause, others: Sequence[_Clause]) -> bool:
    overlaps = [(clause.wording.overlap(other.wording), other.is_negated) for other in others]
    best = max((score for score, _ in overlaps), default=0.0)
    if best < SUPPORTED_FROM:
        return False
    # Clauses that are nearly as similar as the best one count like it: where they disagree, nothing is denied.
    return all(denies != clause.is_negated for score, denies in overlaps if score >= best - 0.05)


def _parts(plain: str) -> list[str]:
    """What is said of each figure by itself."""
    with_figures = [clause for clause in clauses(plain)[:MAX_CLAUSES] if figures.read(clause)]
    return with_figures if len(with_figures) > 1 else [plain]


def _is_of_something_else(
    plain: str, cited_passages: Sequence[_Passage], passages: Sequence[_Passage]
) -> bool:
    """Its figure stands in one sentence and its subject in another: “the deposit is 29 euros”, which is the day's hire."""
    here = [statement for passage in cited_passages for statement in passage.statements][:MAX_STATEMENTS]
    anywhere = [statement for passage in passages for statement in passage.statements][:MAX_STATEMENTS]
    return any(_stands_apart(part, here, anywhere) for part in _parts(plain))


def _stands_apart(part: str, here: Sequence[_Statement], anywhere: Sequence[_Statement]) -> bool:
    """What several statements have figures of sums them up, and is not looked into."""
    part_figures = figures.read(part)
    with_figure = [each for each in here if part_figures and figures.agree(part_figures, [each.figures])]
    if not with_figure:
        return False
    wording = Wording.of(_DIGITS.sub(" ", part))
    nearest_with = max(wording.overlap(each.wording) for each in with_figure)
    # No overlap is more than 1, so nothing can lie nearer by as much as it takes.
    if nearest_with + NEARER_BY > 1:
        return False
    return nearest_with + NEARER_BY <= max(wording.overlap(each.wording) for each in anywhere)


def _spans(plain: str, passages: Sequence[_Passage]) -> list[Span]:
    """The longest stretches of the sentence that stand word for word in the passages."""
    shortest = SHORTEST_CHINESE_SPAN if is_chinese(plain) else SHORTEST_SPAN
    spans: list[Span] = []
    places = tokens(plain[:MAX_SPAN_CHARACTERS])
    starts, ends = [token.start for token in places], [token.end for token in places]
    for passage in passages:
        spans += _spans_in(plain, passage, starts, ends, shortest)
    return sorted(spans, key=lambda span: span.start - span.end)[:MAX_SPANS]


def _spans_in(
    plain: str, passage: _Passage, starts: Sequence[int], ends: Sequence[int], shortest: int
) -> list[Span]:
    spans, first = [], 0
    while first < len(starts):
        last, place = first, -1
        while last < len(ends):
            where = passage.plain.find(plain[starts[first] : ends[last]])
            if where < 0:
                break
            place, last = where, last + 1
        if place >= 0 and (length := ends[last - 1] - starts[first]) >= shortest:
            spans.append(Span(passage.number, place, place + length))
        # What lies inside of a stretch is no stretch of its own.
        first = max(last, first + 1)
    return spans
