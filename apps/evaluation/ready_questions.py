"""Questions that come along with a desk, added to a set where somebody asks for them."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.core.errors import Conflict
from apps.core.forms import validated_fields
from apps.evaluation import services
from apps.evaluation.adapters import Adapter
from apps.evaluation.models import EvaluationQuestion


def lacking(adapter: Adapter, organisation: Organisation, question_set: str) -> list[dict[str, Any]]:
    """Those that the set does not have yet."""
    ready = adapter.ready_questions(question_set)
    rows = EvaluationQuestion.objects.within(organisation).filter(
        desk=adapter.desk, question_set=question_set, text__in=[each["text"] for each in ready]
    )
    known = set(rows.values_list("text", flat=True)) if ready else set()
    return [each for each in ready if each["text"] not in known]


@transaction.atomic
def add_ready_questions(actor: Actor, *, adapter: Adapter, question_set: str) -> int:
    """How many were added: those that the set lacks. Raises Conflict where it has all, and InvalidInput where it is full."""
    new = lacking(adapter, actor.organisation, question_set)
    if not new:
        raise Conflict(_("This set has all ready questions already."), code="no_ready_questions")
    for fields in new:
        form = adapter.question_form(
            {"question_set": question_set, **fields}, adapter=adapter, organisation=actor.organisation
        )
        services.save_question(actor, adapter=adapter, **validated_fields(form))
    return len(new)
