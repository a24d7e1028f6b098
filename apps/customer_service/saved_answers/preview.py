"""Trying a question out: which saved answer it would get, how close it comes, and what speaks against it."""

from dataclasses import dataclass

from apps.accounts.actors import Actor, requires_permission
from apps.answering.messages import language_of
from apps.customer_service.channels.models import Channel
from apps.customer_service.saved_answers import matching
from apps.customer_service.saved_answers.matching import AskedQuestion, Candidate
from apps.customer_service.saved_answers.models import SavedAnswer
from domain.text.understanding import closeness

SHOWN = 3
SHOWN_FROM = 0.3


@dataclass(frozen=True)
class PreviewMatch:
    """An answer that comes close. `is_disputed`: another one comes as close, so none is given."""

    answer: SavedAnswer
    candidate: Candidate
    is_given: bool
    is_disputed: bool = False


@dataclass(frozen=True)
class Preview:
    language: str
    closest: list[PreviewMatch]
    least_percent: int = int(closeness.CLOSE * 100)

    @property
    def given(self) -> PreviewMatch | None:
        return next((each for each in self.closest if each.is_given), None)


@requires_permission("conversations.view")
def preview_question(
    actor: Actor, *, question: str, channel: Channel | None = None, language: str = ""
) -> Preview:
    """As if a visitor asked it as the first thing in the channel."""
    otherwise = channel.language if channel else "zh-hans"
    language = language or language_of(question, otherwise=otherwise)
    candidates = matching.candidates(
        AskedQuestion(actor, question, language, channel.pk if channel else None)
    )
    candidate = matching.pick_candidate(candidates)
    rows = SavedAnswer.objects.within(actor.organisation)
    answers = rows.in_bulk([each.answer_id for each in candidates[:SHOWN]])
    closest = [
        PreviewMatch(
            answers[each.answer_id],
            each,
            is_given=each is candidate,
            is_disputed=each.is_given and not each.is_exact and matching.is_disputed(candidates),
        )
        for each in candidates[:SHOWN]
        if each.answer_id in answers and each.closeness >= SHOWN_FROM
    ]
    return Preview(language, closest)
