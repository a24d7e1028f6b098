"""A segment in plain words: a model proposes conditions on what is known, and code keeps those that the words say."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.core.errors import InvalidInput
from apps.inference import prompts
from apps.inference import services as inference
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.runs import JobRun
from apps.jobs.subjects import of_rows
from apps.marketing.channels.names import channel_name
from apps.marketing.profiles import selectors
from apps.marketing.profiles.person_values import ATTRIBUTE
from apps.marketing.profiles.selectors import KnownAttribute
from apps.marketing.rules.conditions import EVENTS
from apps.marketing.rules.rules import read_rule
from apps.marketing.segments import question_checks
from apps.marketing.segments.models import SegmentQuestion
from apps.marketing.segments.question_checks import AGREED
from apps.marketing.segments.rule_rows import CONSENT, EVENT, ConditionRow, rule_of_rows
from apps.marketing.segments.schemas import ProposedCondition, rule_schema
from domain.marketing.copy_checks.channels import channels

PROMPT = Path(__file__).parent / "prompts" / "read_segment.md"
# As many subjects as a model with a small context reads.
MAX_PROMPT_ATTRIBUTES = 40
NOTHING_UNDERSTOOD = _(
    "No rule could be created: the description does not match what is known of your people. Rephrase "
    "it, or choose conditions yourself."
)

READ_SEGMENT_QUESTION = JobType(
    "marketing.read_segment_question",
    queue="interactive",
    label=_("Read a segment description"),
    stages={"understanding": _("Reading the description")},
    may_see=holders_of("marketing.people"),
    subject=of_rows(SegmentQuestion.objects.within, permission="marketing.people"),
)


@requires_permission("marketing.people")
@transaction.atomic
def ask(actor: Actor, *, text: str) -> SegmentQuestion:
    """A job reads the words. Raises QuotaExceeded."""
    question = SegmentQuestion(organisation=actor.organisation, text=text, member=actor.member)
    question.job = jobs.create_row_job(actor, READ_SEGMENT_QUESTION, question)
    question.save(force_insert=True)
    return question


@READ_SEGMENT_QUESTION.service
def read_question(run: JobRun, *, segment_question_id: str) -> dict[str, Any]:
    """Keeps the rule for somebody to look at. Raises InvalidInput where the answer is none."""
    organisation = run.job.organisation
    question = SegmentQuestion.objects.within(organisation).get(pk=segment_question_id)
    run.stage("understanding")
    attributes = selectors.known_attributes(organisation)[:MAX_PROMPT_ATTRIBUTES]
    subjects = _subjects(attributes, selectors.agreed_channels(organisation))
    prompt = prompts.load(organisation, PROMPT).render(
        words=question.text, subjects="\n".join(subjects.values()), today=timezone.localdate().isoformat()
    )
    answer = inference.extract(run, prompt, rule_schema(list(subjects)))
    checked = question_checks.check(question.text, answer, selectors.shared_values(organisation))
    rows = [_row(each, is_alternative=answer.match == "any") for each in checked.conditions]
    kinds = {each.name: each.kind for each in attributes}
    rule = _usable_rule(rows, kinds)
    result = {"segment_question": str(question.pk), "conditions": len(rows)}
    with run.finishing(result):
        question.rule, question.left_out, question.translated = rule, checked.left_out, checked.translated
        question.save(update_fields=["rule", "left_out", "translated"])
    return result


def _usable_rule(rows: Sequence[ConditionRow], kinds: dict[str, str]) -> dict[str, Any]:
    """Held to what every rule is held to; an empty one is none."""
    try:
        return read_rule(rule_of_rows(rows, kinds) if rows else {}).as_json()
    except InvalidInput as refusal:
        raise InvalidInput(NOTHING_UNDERSTOOD, code="not_understood") from refusal


def _subjects(attributes: Sequence[KnownAttribute], agreed: Collection[str]) -> dict[str, str]:
    """What a condition may be about → how it is told to the model. Of values only those that many people share."""
    told = {
        each.name: f"{each.name}: {each.kind}" + (f" ({', '.join(each.values)})" if each.values else "")
        for each in attributes
    }
    told |= {f"{key}": f"{key}: what somebody did" for key in EVENTS}
    # Those that nobody agreed to would only be read for long.
    return told | {
        f"{AGREED}{key}": f"{AGREED}{key}: {channel_name(key)}" for key in channels() if key in agreed
    }


def _row(condition: ProposedCondition, *, is_alternative: bool) -> ConditionRow:
    value = "; ".join(condition.values)
    flags = {"is_negated": condition.is_not, "is_alternative": is_alternative}
    if condition.about in EVENTS:
        return ConditionRow(f"{EVENT}{condition.about}", "within_days", value, **flags)
    if condition.about.startswith(AGREED):
        return ConditionRow(f"{CONSENT}{condition.about.removeprefix(AGREED)}", "set", "", **flags)
    return ConditionRow(f"{ATTRIBUTE}{condition.about}", condition.operator, value, **flags)
