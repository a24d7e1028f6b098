"""Saved answers: made, changed and deleted by people who answer for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.accounts.models import Membership
from apps.audit import services as audit
from apps.core import languages
from apps.core.errors import InvalidInput, Text
from apps.customer_service.channels.models import Channel
from apps.customer_service.saved_answers import embedding, matching
from apps.customer_service.saved_answers.models import SavedAnswer, SavedAnswerQuestion

# All questions are compared with each message: a thousand take about 3 ms on one core.
MAX_ANSWERS = 2000
MAX_QUESTIONS = 50
MAX_QUESTION_CHARACTERS = 500
MAX_ANSWER_CHARACTERS = 4000


@dataclass(frozen=True)
class Content:
    """What a person writes down. Without an owner it is whoever writes."""

    questions: Sequence[str]
    answer: str
    language: str
    channels: Sequence[UUID] = ()
    owner: UUID | None = None
    expires_at: datetime | None = None
    is_enabled: bool = True


@requires_permission("conversations.manage")
def save_saved_answer(actor: Actor, content: Content, *, saved_answer_id: UUID | None = None) -> SavedAnswer:
    """Makes or changes an answer; its questions replace those it had. Raises InvalidInput per field."""
    with transaction.atomic():
        answer = store(actor, content, saved_answer_id=saved_answer_id)
        embedding.request_embedding(actor)
        # Not before: another request would fill it anew with what was true until now.
        transaction.on_commit(matching.catalogue_cache.clear)
    return answer


@requires_permission("conversations.manage")
@transaction.atomic
def delete_saved_answer(actor: Actor, *, saved_answer_id: UUID) -> None:
    # Whoever changes it at this moment comes first, or finds it gone.
    answer = SavedAnswer.objects.within(actor.organisation).select_for_update().one(pk=saved_answer_id)
    audit.record(actor, action="curated_answer.deleted", target=answer)
    answer.delete()
    transaction.on_commit(matching.catalogue_cache.clear)


def store(actor: Actor, content: Content, *, saved_answer_id: UUID | None = None) -> SavedAnswer:
    """Inside the caller's transaction; the caller asks for the vectors of the questions. Raises InvalidInput per field."""
    answer = (
        SavedAnswer.objects.within(actor.organisation).select_for_update().one(pk=saved_answer_id)
        if saved_answer_id
        else SavedAnswer(organisation=actor.organisation)
    )
    questions = list(dict.fromkeys(text.strip() for text in content.questions if text.strip()))
    channels = list(Channel.objects.within(actor.organisation).filter(pk__in=content.channels))
    owner = _owner(actor, content, answer)
    reasons = _validation_errors(actor, answer, content, questions) | _foreign(content, channels, owner)
    if reasons:
        first = next(iter(reasons.values()))[0]
        raise InvalidInput(first, code="curated_answer_unusable", fields=reasons)
    answer.answer, answer.language = content.answer.strip(), content.language
    answer.owner, answer.expires_at = owner, content.expires_at
    answer.is_enabled, answer.changed_at = content.is_enabled, timezone.now()
    is_new = answer._state.adding
    answer.save()
    answer.channels.set(channels)
    _replace_questions(answer, questions)
    details = {"questions": len(questions), "language": answer.language, "is_enabled": answer.is_enabled}
    action = "curated_answer.created" if is_new else "curated_answer.changed"
    audit.record(actor, action=action, target=answer, details=details)
    return answer


def _owner(actor: Actor, content: Content, answer: SavedAnswer) -> Membership | None:
    """A change that names nobody leaves the owner."""
    members = Membership.objects.within(actor.organisation)
    if content.owner:
        return members.filter(pk=content.owner).first()
    return answer.owner or actor.responsible_member


def _replace_questions(answer: SavedAnswer, texts: Sequence[str]) -> None:
    """A question that stays keeps its vector."""
    answer.questions.exclude(text__in=texts).delete()
    old_texts = set(answer.questions.values_list("text", flat=True))
    SavedAnswerQuestion.objects.bulk_create(
        SavedAnswerQuestion(organisation_id=answer.organisation_id, saved_answer=answer, text=text)
        for text in texts
        if text not in old_texts
    )


def _validation_errors(
    actor: Actor, answer: SavedAnswer, content: Content, questions: Sequence[str]
) -> dict[str, list[Text]]:
    reasons: dict[str, list[Text]] = {}
    if objection := _to_questions(questions) or _duplicate_reason(actor, answer, content, questions):
        reasons["questions"] = [objection]
    if not content.answer.strip() or len(content.answer) > MAX_ANSWER_CHARACTERS:
        reasons["answer"] = [_("Enter an answer of at most 4,000 characters.")]
    if content.language not in dict(languages.CHOICES):
        reasons["language"] = [_("Choose one of the languages: zh-hans or en.")]
    expires_at, before = content.expires_at, answer.expires_at
    # An expired answer may be corrected without a new date.
    is_same_day = expires_at and before and timezone.localdate(expires_at) == timezone.localdate(before)
    if expires_at and expires_at <= timezone.now() and not is_same_day:
        reasons["expires_at"] = [_("This time has passed. Choose a later one.")]
    answers = SavedAnswer.objects.within(actor.organisation)
    if answer._state.adding and answers.count() >= MAX_ANSWERS:
        reasons["answer"] = [_("The limit of 2,000 saved answers is reached. Delete one first.")]
    return reasons


def _to_questions(questions: Sequence[str]) -> Text | None:
    if not questions:
        return _("Enter at least one question, one per line.")
    if len(questions) > MAX_QUESTIONS:
        return _("At most 50 questions. Keep those that differ most.")
    if any(len(text) > MAX_QUESTION_CHARACTERS for text in questions):
        return _("Each question can have at most 500 characters. Shorten the longest.")
    return None


def _duplicate_reason(
    actor: Actor, answer: SavedAnswer, content: Content, questions: Sequence[str]
) -> Text | None:
    """Two answers to one question in one place: nobody could say which a visitor gets."""
    others = SavedAnswerQuestion.objects.within(actor.organisation).exclude(saved_answer=answer)
    same = others.filter(text__in=questions, saved_answer__language=content.language)
    if content.channels:
        in_place = Q(saved_answer__channels=None) | Q(saved_answer__channels__in=content.channels)
        same = same.filter(in_place)
    duplicate = same.first()
    if duplicate is None:
        return None
    return _("Another saved answer already has the question “%(question)s”. Edit it there.") % {
        "question": duplicate.text
    }


def _foreign(
    content: Content, channels: Sequence[Channel], owner: Membership | None
) -> dict[str, list[Text]]:
    reasons: dict[str, list[Text]] = {}
    if len(channels) < len(set(content.channels)):
        reasons["channels"] = [_("Channel not found in your organisation.")]
    if content.owner and owner is None:
        reasons["owner"] = [_("Member not found in your organisation.")]
    return reasons
