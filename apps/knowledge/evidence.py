"""The sentences of found passages that most likely answer a question. Nobody writes them: they stand there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from uuid import UUID

from django.db import connection

from apps.knowledge import chunking
from apps.knowledge.chunking import Cut, Place
from apps.knowledge.retrieval import Question
from apps.knowledge.selectors import Hit
from llm_backend.answer_sentences import ranking
from llm_backend.answer_sentences.ranking import Candidate

Similarities = Mapping[tuple[UUID, Place], float]


@dataclass(frozen=True)
class Sentence:
    """A place in the text of a passage. `score` is comparable within one question."""

    hit: Hit
    place: Place
    score: float

    @property
    def text(self) -> str:
        return self.hit.text[self.place.start : self.place.end]


def ranked_sentences(questions: Sequence[Question], hits: Sequence[Hit]) -> list[Sentence]:
    """Best first. `questions`: as it was asked, and, if it leans on the question before, together with that."""
    places, sentence_candidates = candidates(questions, hits)
    scores = ranking.scores([question.text for question in questions], sentence_candidates)
    sentences = [Sentence(hit, place, score) for (hit, place), score in zip(places, scores, strict=True)]
    return sorted(sentences, key=lambda sentence: -sentence.score)


def candidates(
    questions: Sequence[Question], hits: Sequence[Hit]
) -> tuple[list[tuple[Hit, Place]], list[Candidate]]:
    """Every sentence of the passages, with what the ranking goes by."""
    similarities = [_similarities(question, hits) for question in questions]
    places, collected = [], []
    for rank, hit in enumerate(hits):
        sentences = chunking.sentences_of(Cut(hit.heading, hit.text))
        for number, place in enumerate(sentences):
            key = (hit.passage_id, place)
            cosines = [by_place[key] for by_place in similarities if key in by_place]
            around = [*sentences[:number][-1:], *sentences[number + 1 :][:1]]
            places.append((hit, place))
            collected.append(
                Candidate(
                    heading=hit.heading,
                    text=hit.text[slice(*place)],
                    around="\n".join(hit.text[slice(*near)] for near in around),
                    is_first=number == 0,
                    similarity=fmean(cosines) if cosines else None,
                    passage_similarity=hit.similarity,
                    passage_score=hit.score,
                    passage_rank=rank,
                )
            )
    return places, collected


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
