"""Saved answers: is the question one that a person has answered for good?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.core.ttl_cache import TTLCache
from apps.customer_service.conversations.selectors import Exchange
from apps.customer_service.saved_answers import embedding
from apps.customer_service.saved_answers.models import SavedAnswer, SavedAnswerQuestion
from apps.customer_service.understanding import classifiers
from apps.inference.selectors import embedding_model
from apps.jobs import services as jobs
from apps.jobs.runs import JobRun
from apps.knowledge import selectors as knowledge
from domain.text.understanding import closeness
from domain.text.understanding.closeness import Objection
from domain.text.understanding.examples import Floats

# Words are compared for as many: the question with the same meaning is among the closest ones.
LOOKED_AT = 20


@dataclass(frozen=True)
class Entry:
    """One question of a usable answer."""

    answer_id: UUID
    text: str
    plain: str
    language: str
    channel_ids: frozenset[UUID]
    expires_at: datetime | None
    row: int | None

    def is_for(self, language: str, channel_id: UUID | None) -> bool:
        is_in_time = self.expires_at is None or self.expires_at > timezone.now()
        is_in_channel = not self.channel_ids or channel_id is None or channel_id in self.channel_ids
        return self.language == language and is_in_channel and is_in_time


@dataclass(frozen=True)
class Catalogue:
    """All questions of an organisation; `vectors` has a row for each that is embedded by `model`."""

    entries: list[Entry]
    vectors: Floats
    model: str


@dataclass(frozen=True)
class Candidate:
    """How close the question of an answer comes. `is_given`: close enough, and nothing speaks against it."""

    answer_id: UUID
    question: str
    closeness: float
    is_exact: bool = False
    is_by_words: bool = False
    objection: Objection = ""

    @property
    def is_given(self) -> bool:
        least = closeness.CLOSE_IN_WORDS if self.is_by_words else closeness.CLOSE
        return self.is_exact or (not self.objection and self.closeness >= least)

    @property
    def percent(self) -> int:
        return int(self.closeness * 100)


@dataclass(frozen=True)
class AskedQuestion:
    """A question as it came: who pays for its embedding, where it was asked, and whether it stands for itself."""

    caller: JobRun | Actor
    question: str
    language: str
    channel_id: UUID | None = None
    is_follow_up: bool = False

    @property
    def organisation(self) -> Organisation:
        return (self.caller.actor if isinstance(self.caller, JobRun) else self.caller).organisation


# Whoever changes an answer is heard a few seconds later; what is given was looked up just before.
catalogue_cache = TTLCache[Catalogue](seconds=5)


def matching_answer(run: JobRun, exchange: Exchange) -> SavedAnswer | None:
    """The answer that a person wrote for this question, if there is one without doubt."""
    conversation = exchange.conversation
    is_follow_up = bool(exchange.previous_question) and exchange.leans_on_earlier
    asked_question = AskedQuestion(
        run, exchange.question, conversation.language, conversation.channel_id, is_follow_up
    )
    candidate = pick_candidate(candidates(asked_question))
    return SavedAnswer.objects.usable().filter(pk=candidate.answer_id).first() if candidate else None


def pick_candidate(candidates: Sequence[Candidate]) -> Candidate | None:
    """The first one, unless another answer comes as close: then the question asks for something in between."""
    first = candidates[0] if candidates else None
    if first is None or not first.is_given:
        return None
    if first.is_exact or not is_disputed(candidates):
        return first
    return None


def is_disputed(candidates: Sequence[Candidate]) -> bool:
    """Another answer that nothing speaks against comes about as close."""
    rivals = [each for each in candidates[1:] if not each.objection]
    return any(candidates[0].closeness - each.closeness < closeness.LEAD for each in rivals)


def candidates(asked_question: AskedQuestion) -> list[Candidate]:
    """The answers that come closest, each with the best of its questions; those that may be given first."""
    organisation = asked_question.organisation
    catalogue = catalogue_cache.get(organisation.pk, lambda: _load_catalogue(organisation))
    entries = [
        entry
        for entry in catalogue.entries
        if entry.is_for(asked_question.language, asked_question.channel_id)
    ]
    if not entries:
        return []
    plain = closeness.plain(asked_question.question)
    exact = [
        Candidate(each.answer_id, each.text, 1.0, is_exact=True) for each in entries if each.plain == plain
    ]
    # “And for gifts?” means nothing alone, so only its very words can match.
    if exact or asked_question.is_follow_up:
        return exact[:1]
    # Until a question has a vector it is found by its words alone.
    by_words = [_in_words(asked_question.question, entry) for entry in entries if entry.row is None]
    all_candidates = [*_by_meaning(asked_question, catalogue, entries), *by_words]
    best: dict[UUID, Candidate] = {}
    for each in sorted(all_candidates, key=lambda each: (not each.objection, each.closeness), reverse=True):
        best.setdefault(each.answer_id, each)
    return sorted(best.values(), key=lambda each: (each.is_given, each.closeness), reverse=True)


def _by_meaning(
    asked_question: AskedQuestion, catalogue: Catalogue, entries: Sequence[Entry]
) -> list[Candidate]:
    entry_rows = [(entry, entry.row) for entry in entries if entry.row is not None]
    if not entry_rows:
        return []
    vector = knowledge.embedded_question(asked_question.caller, asked_question.question).embedding
    if vector is None:
        return [_in_words(asked_question.question, entry) for entry, _ in entry_rows]
    cosines = catalogue.vectors[[row for _, row in entry_rows]] @ _unit(np.array(vector, dtype=np.float32))
    near_candidates = []
    for index in np.argsort(-cosines)[:LOOKED_AT]:
        entry, overlap = (
            entry_rows[index][0],
            closeness.overlap(asked_question.question, entry_rows[index][0].text),
        )
        score = closeness.closeness(float(cosines[index]), overlap)
        objection = closeness.objection(asked_question.question, entry.text)
        near_candidates.append(Candidate(entry.answer_id, entry.text, score, objection=objection))
    return near_candidates


def _in_words(question: str, entry: Entry) -> Candidate:
    overlap = closeness.overlap(question, entry.text)
    objection = closeness.objection(question, entry.text)
    return Candidate(entry.answer_id, entry.text, overlap, is_by_words=True, objection=objection)


def _load_catalogue(organisation: Organisation) -> Catalogue:
    """Asks for the vectors that are missing: an answer was changed, or another model embeds now."""
    model = embedding_model(organisation)
    usable = SavedAnswer.objects.within(organisation).usable().prefetch_related("channels")
    answers = {answer.pk: answer for answer in usable}
    channels = {pk: frozenset(each.pk for each in answer.channels.all()) for pk, answer in answers.items()}
    entries: list[Entry] = []
    rows: list[Floats] = []
    for question in SavedAnswerQuestion.objects.filter(saved_answer__in=answers):
        answer = answers[question.saved_answer_id]
        # Vectors of two models cannot be compared.
        has_vector = bool(model) and question.embedding is not None and question.embedding_model == model
        entries.append(
            Entry(
                answer.pk,
                question.text,
                closeness.plain(question.text),
                answer.language,
                channels[answer.pk],
                answer.expires_at,
                len(rows) if has_vector else None,
            )
        )
        if has_vector and question.embedding is not None:
            rows.append(_unit(np.frombuffer(bytes(question.embedding), dtype="<f4")))
    if len(rows) < len(entries) and classifiers.can_embed(organisation):
        jobs.create_missing(Actor(organisation), embedding.EMBED_SAVED_ANSWERS, embedding.request_embedding)
    return Catalogue(entries, np.array(rows, dtype=np.float32), model)


def _unit(vector: Floats) -> Floats:
    length = float(np.linalg.norm(vector))
    unit: Floats = vector / length if length else vector
    return unit
