"""What the found passages say about a question, word for word, and whether that is the answer: the sentences that the reader
finds in them, and which are quoted. Nobody writes them: they stand there."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any
from uuid import UUID

from apps.answering import messages, passages
from apps.answering.passages import Inquiry, NumberedPassage
from apps.core.singleton import once_per_process
from apps.core.ttl_cache import TTLCache
from apps.jobs.runs import JobRun
from apps.knowledge import chunking
from apps.knowledge import selectors as knowledge
from apps.knowledge.chunking import HEADING_SEPARATOR, Cut, PassageSentence, Place
from apps.knowledge.retrieval import Question
from apps.knowledge.selectors import Hit
from domain.text.answer_sentences import decision, ranking, reader
from domain.text.answer_sentences.decision import Verdict
from domain.text.answer_sentences.ranking import Candidate
from domain.text.answer_sentences.reader import Reader
from llm_backend import patterns

# What limits the sentence before it: an exception, a condition, the other case.
_LIMITS = patterns.compile(
    r"^\W{0,3}(?:but|however|except|unless|only|otherwise|(?:this|that|it) does not"
    r"|但|不过|除(?:非|了|[^，,。；]{1,20}外)|否则|仅|例外|其中)",
    patterns.IGNORECASE,
)
# The mark of a list, which is none of the words; “-18 °C” begins with a figure, and so does “#12”.
_LIST_MARK = patterns.compile(r"\A(?:[ \t*•·>|]++|[-#]++(?![-#.]?\d))*+")
# By characters. What is longer is cut, and shows that it is.
MAX_QUOTED_CHARACTERS = 600
# “How long does delivery take?” above three regions: all of them answer. What else of the best sentence's passage is quoted
# with it: by the score behind it, where the question has no more words that could name a case (docs/decisions/answering.md).
CASE_BEHIND, MOST_WORDS_WITHOUT_CASE = 1.2, 4
MAX_CASES = 4


@dataclass(frozen=True)
class Sentence:
    """A place in a passage, and how it is read. `score` is comparable within one question, `relevance` the reader's
    log-odds."""

    hit: Hit
    place: Place
    text: str
    score: float
    relevance: float


@dataclass(frozen=True)
class Evidence:
    """`sentences`: best first. `chance`: that the first of them answers; `chances`: of each passage by itself, that its best
    sentence does.
    """

    sentences: list[Sentence]
    chance: float
    chances: Mapping[UUID, float]

    @property
    def verdict(self) -> Verdict:
        return decision.verdict(self.chance)

    def verdict_of(self, passage_id: UUID | None) -> Verdict | None:
        """Whether this passage by itself answers; None of one that was not read."""
        chance = self.chances.get(passage_id) if passage_id else None
        return None if chance is None else decision.verdict(chance)


# As `passages` keeps what was found: a busy shop gets the same question many times a minute.
_evidence = TTLCache[Evidence](seconds=10)


@dataclass(frozen=True)
class Quote:
    """One sentence of a passage, or those that belong together, in its order, and where they stand."""

    passage: NumberedPassage
    sentences: tuple[PassageSentence, ...]

    def body(self) -> dict[str, Any]:
        """What a page shows while the answer is being made."""
        return {
            "passage": str(self.passage.id),
            "document_title": self.passage.document_title,
            "heading": self.passage.heading,
            "text": " ".join(each.text for each in self.sentences),
        }


@dataclass(frozen=True)
class Finding:
    """`quote`: what comes closest; None where nothing was found at all."""

    question: str
    evidence: Evidence
    quote: Quote | None

    @property
    def verdict(self) -> Verdict:
        return self.evidence.verdict

    @property
    def is_worth_showing(self) -> bool:
        return self.quote is not None and self.verdict is not Verdict.NOT_FOUND


def find(run: JobRun, inquiry: Inquiry, hits: Sequence[Hit]) -> list[Finding]:
    """Of each question that was asked together the sentences that answer it: one, or each of its cases; a second one also
    where it limits the first. `hits`: of the whole message."""
    parts = messages.questions_of(inquiry.text)
    # The first may lean on what was asked before; “and how long is it valid?” leans on it.
    asked = inquiry if parts[0] == inquiry.text else replace(inquiry, text=parts[0])
    first = asked.search_text
    texts = [first, *(f"{first}\n{part}" if messages.leans_back(part) else part for part in parts[1:])]
    found_by = [hits] if len(parts) == 1 else [passages.search(run, inquiry, text) for text in texts]
    findings = []
    for part, text, own in zip(parts, texts, found_by, strict=True):
        found = _read(run, tuple(dict.fromkeys([text, part])), own)
        # “And for children?” asks for a sum where the question before it did, and names a case.
        whole = text if messages.refers_back(part) else part
        findings.append(Finding(part, found, _quote(whole, found) if found.sentences else None))
    return findings


def worth_showing(findings: Sequence[Finding]) -> list[Quote]:
    """Each once: two questions may come to the same sentence."""
    quoted = [each.quote for each in findings if each.quote and each.is_worth_showing]
    return list(dict.fromkeys(quoted))


def stand_beside_the_point(findings: Sequence[Finding], cited: Sequence[NumberedPassage]) -> bool:
    """Whether the reader says of every passage cited that it answers none of the questions. What it has not read may."""

    def is_beside(passage: NumberedPassage) -> bool:
        verdicts = {finding.evidence.verdict_of(passage.id) for finding in findings} - {None}
        return verdicts == {Verdict.NOT_FOUND}

    return bool(cited) and all(map(is_beside, cited))


def without_list_mark(sentence: str) -> str:
    return _LIST_MARK.sub("", sentence)


def _read(run: JobRun, texts: tuple[str, ...], hits: Sequence[Hit]) -> Evidence:
    """One that leans on the question before is read both together with it and alone."""

    def read() -> Evidence:
        questions = [knowledge.embedded_question(run, text[: knowledge.LONGEST_QUESTION]) for text in texts]
        return evidence_of(questions, hits)

    return _evidence.get((texts, tuple(hit.passage_id for hit in hits)), read)


def evidence_of(questions: Sequence[Question], hits: Sequence[Hit]) -> Evidence:
    """What the passages say. `questions`: together with the question before where it leans on that, and as it was asked."""
    texts, in_one_language = [question.text for question in questions], defaultdict(list)
    known = {}
    for told, candidate in zip(*candidates(questions, hits), strict=True):
        in_one_language[told[0].language == "zh"].append((told, candidate))
        known[told[0].passage_id, told[1].place] = candidate
    judged = [_judged(texts, some) for some in in_one_language.values()]
    if not judged:
        return Evidence([], 0.0, {})
    judged.sort(key=lambda found: -found.sentences[0].relevance)
    sentences, chance = judged[0].sentences, judged[0].chance
    if len(judged) > 1:
        sentences = [*sentences, *_behind(sentences[0], judged[1].sentences)]
        read = [known[each.hit.passage_id, each.place] for each in sentences]
        chance = fmean((chance, _chance(texts, read, [each.score for each in sentences])))
    return Evidence(sentences, chance, {key: each for found in judged for key, each in found.chances.items()})


def _behind(best: Sentence, others: Sequence[Sentence]) -> list[Sentence]:
    """Those in the other language, as far behind the best as the reader finds the first of them."""
    first = others[0]
    lower = first.score - best.score + best.relevance - first.relevance
    return [replace(each, score=each.score - lower) for each in others]


def _judged(
    texts: Sequence[str], sentences_read: Sequence[tuple[tuple[Hit, PassageSentence], Candidate]]
) -> Evidence:
    """Of the passages in one language. Shared words and cosines compare only within one: where a handbook is in two, what
    stands in the question's own would always come before what answers."""
    collected = [candidate for _, candidate in sentences_read]
    scores = ranking.scores(texts, collected)
    sentences, of_passage = [], defaultdict(list)
    for ((hit, sentence), candidate), score in zip(sentences_read, scores, strict=True):
        sentences.append(Sentence(hit, *sentence, score, candidate.relevance))
        of_passage[hit.passage_id].append((candidate, score))
    chances = {passage: _chance(texts, *zip(*own, strict=True)) for passage, own in of_passage.items()}
    best_first = sorted(sentences, key=lambda sentence: -sentence.score)
    return Evidence(best_first, _chance(texts, collected, scores), chances)


def _chance(texts: Sequence[str], candidates: Sequence[Candidate], scores: Sequence[float]) -> float:
    """Of a question that leans on the one before, alone or together with it."""
    return max((decision.chance(text, candidates, scores) for text in texts), default=0.0)


def candidates(
    questions: Sequence[Question], hits: Sequence[Hit]
) -> tuple[list[tuple[Hit, PassageSentence]], list[Candidate]]:
    """Every sentence of the passages, with what the ranking goes by, read in the last question's words."""
    similarities = [question.similarities([hit.passage_id for hit in hits]) for question in questions]
    cut = [chunking.sentences_of(Cut(hit.heading, hit.text)) for hit in hits]
    asked = questions[-1].text
    read = [[reader.in_words_of(asked, each.text) for each in sentences] for sentences in cut]
    relevances = _of_asked_days(asked, cut, _relevances(questions, hits, read))
    told, collected = [], []
    for rank, (hit, sentences, texts) in enumerate(zip(hits, cut, read, strict=True)):
        for number, (sentence, text) in enumerate(zip(sentences, texts, strict=True)):
            key = (hit.passage_id, sentence.place)
            cosines = [by_place[key] for by_place in similarities if key in by_place]
            told.append((hit, sentence))
            collected.append(
                Candidate(
                    heading=hit.heading,
                    text=text,
                    around="\n".join([*texts[:number][-1:], *texts[number + 1 :][:1]]),
                    is_first=number == 0,
                    similarity=fmean(cosines) if cosines else None,
                    passage_similarity=hit.similarity,
                    passage_score=hit.score,
                    passage_rank=rank,
                    relevance=relevances[rank][number],
                )
            )
    return told, collected


def _relevances(
    questions: Sequence[Question], hits: Sequence[Hit], sentences: Sequence[Sequence[str]]
) -> list[list[float]]:
    """As the reader sees them, of each sentence of each passage; of several questions the mean."""
    passages = [
        reader.Passage(topic(hit), of_passage) for hit, of_passage in zip(hits, sentences, strict=True)
    ]
    by_question = [shipped_reader().relevances(question.text, passages) for question in questions]
    return [
        [fmean(each) for each in zip(*of_passage, strict=True)]
        for of_passage in zip(*by_question, strict=True)
    ]


def _of_asked_days(
    question: str, sentences: Sequence[Sequence[PassageSentence]], relevances: list[list[float]]
) -> list[list[float]]:
    """Where a sentence of a passage tells of the day that is asked about, those of other days alone are beside the point: to
    “open on Thursday?” that of Mondays reads as well as that of Thursdays."""
    of_asked = []
    for some, own in zip(sentences, relevances, strict=True):
        told = [reader.tells_of_asked_day(question, each.text) for each in some]
        is_told = True in told
        pairs = zip(told, own, strict=True)
        of_asked.append([reader.UNREAD if is_told and is_of is False else each for is_of, each in pairs])
    return of_asked


@once_per_process
def shipped_reader() -> Reader:
    return reader.shipped()


def topic(hit: Hit) -> str:
    """The last two of the headings above a passage, for a reader who sees nothing else of the document."""
    parts = hit.heading.split(HEADING_SEPARATOR)
    return HEADING_SEPARATOR.join(parts[-2:]) or hit.document_title


def _quote(question: str, found: Evidence) -> Quote:
    """Its passage has no number yet: what is shown is numbered."""
    best, hit = found.sentences[0], found.sentences[0].hit
    chosen = [best, *_needed_beside(question, best, found)]
    passage = NumberedPassage(
        0, hit.passage_id, hit.document_title, hit.heading, hit.text, hit.score, hit.is_edited
    )
    return Quote(passage, tuple(sorted(map(_quoted, chosen))))


def _quoted(sentence: Sentence) -> PassageSentence:
    """Without the mark of a list, which is none of its words; cut where it is long, and then showing that."""
    marked, text = sentence.text, without_list_mark(sentence.text)
    start = sentence.place.start + len(marked) - len(text)
    place = Place(start, min(sentence.place.end, start + MAX_QUOTED_CHARACTERS))
    return PassageSentence(place, text[:MAX_QUOTED_CHARACTERS] + "…" * (len(text) > MAX_QUOTED_CHARACTERS))


def _needed_beside(question: str, best: Sentence, found: Evidence) -> list[Sentence]:
    """Of the same passage: the other cases of the answer, where none is named; else what limits the best sentence from
    behind it."""
    question_words = ranking.words_in(question)
    others = [each for each in found.sentences[1:] if each.hit.passage_id == best.hit.passage_id]
    cases = [
        each
        for each in others
        if len(question_words) <= MOST_WORDS_WITHOUT_CASE and each.score > best.score - CASE_BEHIND
    ]
    if cases:
        return cases[: MAX_CASES - 1]
    behind = [each for each in others if each.place.start >= best.place.end]
    following = min(behind, key=lambda each: each.place.start, default=None)
    return [following] if following and _LIMITS.search(following.text) else []
