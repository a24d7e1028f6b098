"""What people say of a run's answers, beside the rule's verdict, which stays as it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.accounts.models import Membership
from apps.core.errors import InvalidInput
from apps.core.forms import validated_fields
from apps.core.models import OrganisationQuerySet
from apps.evaluation import selectors, services
from apps.evaluation.adapters import Adapter
from apps.evaluation.models import (
    EvaluationAnnotation,
    EvaluationAnswer,
    EvaluationQuestion,
    EvaluationRun,
)
from llm_backend import shares

RIGHT, WRONG, DIFFER = EvaluationAnnotation.Verdict.RIGHT, EvaluationAnnotation.Verdict.WRONG, "differ"


@dataclass(frozen=True)
class PeopleFigures:
    """`verdicts`: answer → right, wrong, or differ where two people do."""

    verdicts: Mapping[UUID, str]
    passed: frozenset[UUID] = field(repr=False)

    @property
    def agreed_on(self) -> dict[UUID, str]:
        return {key: verdict for key, verdict in self.verdicts.items() if verdict != DIFFER}

    @property
    def right(self) -> int:
        return sum(verdict == RIGHT for verdict in self.agreed_on.values())

    @property
    def differ(self) -> int:
        return len(self.verdicts) - len(self.agreed_on)

    @property
    def agree_with_rule(self) -> int:
        return sum((verdict == RIGHT) == (key in self.passed) for key, verdict in self.agreed_on.items())

    @property
    def right_text(self) -> str:
        return shares.share_text(self.right, len(self.agreed_on))

    @property
    def agreement_text(self) -> str:
        return shares.share_text(self.agree_with_rule, len(self.agreed_on))


@dataclass(frozen=True)
class Queue:
    """One answer of a run after the other. `answer`: none when the member has said something of all of them."""

    answer: EvaluationAnswer | None
    own: EvaluationAnnotation | None
    following: UUID | None
    before: UUID | None
    number: int
    done: int
    total: int


def annotation_list(run: EvaluationRun) -> OrganisationQuerySet[EvaluationAnnotation]:
    rows = EvaluationAnnotation.objects.within(run.organisation_id).filter(answer__run=run)
    return rows.select_related("answer__question").order_by("said_at", "id")


def opinion_of_people(run: EvaluationRun) -> PeopleFigures:
    said = dict[UUID, set[str]]()
    for answer_id, verdict in annotation_list(run).values_list("answer", "verdict"):
        said.setdefault(answer_id, set()).add(verdict)
    verdicts = {key: each.pop() if len(each) == 1 else DIFFER for key, each in said.items()}
    passed = run.answers.filter(pk__in=verdicts, is_passed=True).values_list("pk", flat=True)
    return PeopleFigures(verdicts, frozenset(passed))


def queue(run: EvaluationRun, member: Membership | None, chosen: UUID | None) -> Queue:
    """The answer that is chosen, or the first of which the member has said nothing yet."""
    ids = list(run.answers.order_by("id").values_list("pk", flat=True))
    own = annotation_list(run).filter(member=member)
    said = dict(own.values_list("answer", "pk"))
    shown = chosen if chosen in ids else next((each for each in ids if each not in said), None)
    if shown is None:
        return Queue(None, None, None, None, len(ids), len(said), len(ids))
    place = ids.index(shown)
    rows = (
        run.answers.filter(pk=shown).select_related("question").prefetch_related("annotations__member__user")
    )
    (answer,) = selectors.with_expectations(run, rows)
    return Queue(
        answer,
        own.filter(answer=shown).first(),
        ids[place + 1] if place + 1 < len(ids) else None,
        ids[place - 1] if place else None,
        place + 1,
        len(said),
        len(ids),
    )


@transaction.atomic
def annotate(
    actor: Actor, *, adapter: Adapter, answer: EvaluationAnswer, verdict: str, better_text: str = ""
) -> EvaluationAnnotation:
    """Keeps what the member says; said again, it replaces what they said before."""
    actor.require(adapter.manage_permission)
    said = {"verdict": verdict, "better_text": better_text, "said_at": timezone.now()}
    annotation, _created = EvaluationAnnotation.objects.update_or_create(
        answer=answer,
        member=actor.responsible_member,
        defaults=said,
        create_defaults={**said, "organisation": actor.organisation},
    )
    return annotation


@transaction.atomic
def adopt(actor: Actor, *, run: EvaluationRun, annotation_id: UUID | None) -> EvaluationQuestion:
    """The better text becomes what the question expects, as if it stood in its form. Raises InvalidInput where the run has
    no such annotation, the question is gone, or its form refuses the text.
    """
    adapter = run.adapter
    actor.require(adapter.manage_permission)
    annotation = annotation_list(run).filter(pk=annotation_id).first() if annotation_id else None
    question = annotation.answer.question if annotation else None
    expected = adapter.expected_field(run.question_set)
    if not (annotation and annotation.better_text and question and expected):
        raise InvalidInput(_("There is no text to take over, or the question was deleted."))
    fields = {"question_set": question.question_set, "text": question.text, **question.expected}
    fields[expected] = annotation.better_text
    form = adapter.question_form(fields, adapter=adapter, organisation=actor.organisation)
    return services.save_question(actor, adapter=adapter, question_id=question.pk, **validated_fields(form))
