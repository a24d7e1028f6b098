"""The sentences of found passages that most likely answer a question, and whether they do. Nobody writes them: they stand
there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from uuid import UUID

from django.db import connection

from apps.core.singleton import once_per_process
from apps.knowledge import chunking
from apps.knowledge.chunking import HEADING_SEPARATOR, Cut, PassageSentence, Place
from apps.knowledge.retrieval import Question
from apps.knowledge.selectors import Hit
from domain.text.answer_sentences import decision, ranking, reader
from domain.text.answer_sentences.decision import Verdict
from domain.text.answer_sentences.ranking import Candidate
from domain.text.answer_sentences.reader import Reader

Similarities = Mapping[tuple[UUID, Place], float]


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
    sentence does. `question_words`: how many words of the question carry meaning.
    """

    sentences: list[Sentence]
    chance: float
    chances: Mapping[UUID, float]
    question_words: int

    @property
    def verdict(self) -> Verdict:
        return decision.verdict(self.chance)

    def verdict_of(self, passage_id: UUID | None) -> Verdict | None:
        """Whether this passage by itself answers; None of one that was not read."""
        chance = self.chances.get(passage_id) if passage_id else None
        return None if chance is None else decision.verdict(chance)


def read(questions: Sequence[Question], hits: Sequence[Hit]) -> Evidence:
    """What the passages say. `questions`: together with the question before where it leans on that, and as it was asked."""
    places, sentence_candidates = candidates(questions, hits)
    texts = [question.text for question in questions]
    scores = ranking.scores(texts, sentence_candidates)
    sentences = [
        Sentence(hit, place, candidate.text, score, candidate.relevance)
        for (hit, place), candidate, score in zip(places, sentence_candidates, scores, strict=True)
    ]
    chances = {}
    for hit in hits:
        own = [number for number, (of, _) in enumerate(places) if of is hit]
        chances[hit.passage_id] = _chance(
            texts, [sentence_candidates[number] for number in own], [scores[number] for number in own]
        )
    chance = _chance(texts, sentence_candidates, scores)
    question_words = len(ranking.words_in(texts[-1]))
    return Evidence(sorted(sentences, key=lambda sentence: -sentence.score), chance, chances, question_words)


def _chance(texts: Sequence[str], candidates: Sequence[Candidate], scores: Sequence[float]) -> float:
    """Of a question that leans on the one before, alone or together with it."""
    return max((decision.chance(text, candidates, scores) for text in texts), default=0.0)


def candidates(
    questions: Sequence[Question], hits: Sequence[Hit]
) -> tuple[list[tuple[Hit, Place]], list[Candidate]]:
    """Every sentence of the passages, with what the ranking goes by."""
    similarities = [_similarities(question, hits) for question in questions]
    cut = [chunking.sentences_of(Cut(hit.heading, hit.text)) for hit in hits]
    relevances = _relevances(questions, hits, cut)
    places, collected = [], []
    for rank, (hit, sentences) in enumerate(zip(hits, cut, strict=True)):
        for number, (place, text) in enumerate(sentences):
            key = (hit.passage_id, place)
            cosines = [by_place[key] for by_place in similarities if key in by_place]
            around = [*sentences[:number][-1:], *sentences[number + 1 :][:1]]
            places.append((hit, place))
            collected.append(
                Candidate(
                    heading=hit.heading,
                    text=text,
                    around="\n".join(near.text for near in around),
                    is_first=number == 0,
                    similarity=fmean(cosines) if cosines else None,
                    passage_similarity=hit.similarity,
                    passage_score=hit.score,
                    passage_rank=rank,
                    relevance=relevances[rank][number],
                )
            )
    return places, collected


def _relevances(
    questions: Sequence[Question], hits: Sequence[Hit], sentences: Sequence[Sequence[PassageSentence]]
) -> list[list[float]]:
    """As the reader sees them, of each sentence of each passage; of several questions the mean."""
    passages = [
        reader.Passage(topic(hit), [each.text for each in of_passage])
        for hit, of_passage in zip(hits, sentences, strict=True)
    ]
    by_question = [shipped_reader().relevances(question.text, passages) for question in questions]
    return [
        [fmean(each) for each in zip(*of_passage, strict=True)]
        for of_passage in zip(*by_question, strict=True)
    ]


@once_per_process
def shipped_reader() -> Reader:
    return reader.shipped()


def topic(hit: Hit) -> str:
    """The last two of the headings above a passage, for a reader who sees nothing else of the document."""
    parts = hit.heading.split(HEADING_SEPARATOR)
    return HEADING_SEPARATOR.join(parts[-2:]) or hit.document_title


def _similarities(question: Question, hits: Sequence[Hit]) -> Similarities:
    if not hits or question.embedding is None:
        return {}
    parameters = {
        "passages": [hit.passage_id for hit in hits],
        "model": question.embedding_model,
        "vector": question.vector,
    }
    with connection.cursor() as cursor:
        cursor.execute(_OF_SENTENCES, parameters)
        return {(passage, Place(start, end)): cosine for passage, start, end, cosine in cursor.fetchall()}


# Rows of an earlier version are of several sentences and say nothing about one.
_OF_SENTENCES = """
    SELECT passage_id, start, "end", 1 - (embedding <=> %(vector)s::vector) FROM knowledge_passagevector
    WHERE passage_id = ANY(%(passages)s) AND embedding_model = %(model)s AND "end" > 0
"""
