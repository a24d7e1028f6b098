"""A segment in plain words: code reads what it can, a model the rest, held to the words."""

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.core.errors import InvalidInput
from apps.inference import prompts, quotas
from apps.inference import services as inference
from apps.jobs import lifecycle
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.jobs.runs import JobRun
from apps.marketing import job_types
from apps.marketing.profiles import selectors
from apps.marketing.profiles.models import SegmentQuestion
from apps.marketing.profiles.question_reading import read_sentence
from apps.marketing.profiles.rules import read_rule
from apps.marketing.profiles.schemas import rule_schema
from apps.marketing.profiles.selectors import KnownAttribute
from apps.privacy import retention

PROMPT = Path(__file__).parent / "prompts" / "read_segment.md"
KEEP = timedelta(days=1)
# As many subjects as a model with a small context reads.
MAX_PROMPT_ATTRIBUTES = 40
NOTHING_UNDERSTOOD = _(
    "No rule could be created: the description does not match what is known of your people. Rephrase "
    "it, or choose conditions yourself."
)


@transaction.atomic
def ask(actor: Actor, *, text: str) -> SegmentQuestion:
    """A job reads the words. Raises QuotaExceeded."""
    quotas.admit(actor)
    question = SegmentQuestion(organisation=actor.organisation, text=text, member=actor.member)
    question.job = jobs.create_job(
        actor,
        kind=job_types.READ_SEGMENT_QUESTION,
        inputs={"segment_question_id": str(question.pk)},
        subject=f"segment_question:{question.pk}",
    )
    question.save(force_insert=True)
    return question


def read_question(run: JobRun, *, segment_question_id: str) -> dict[str, Any]:
    """Keeps the rule for somebody to look at. Raises InvalidInput where the answer is none."""
    organisation = run.job.organisation
    question = SegmentQuestion.objects.within(organisation).get(pk=segment_question_id)
    run.stage("understanding")
    attributes = selectors.known_attributes(organisation)[:MAX_PROMPT_ATTRIBUTES]
    values, agreed = selectors.shared_values(organisation), selectors.agreed_channels(organisation)
    read = partial(read_sentence, question.text, attributes=attributes, values=values, agreed=agreed)
    reading = read(())
    if reading.left_out and attributes:
        # Only of what code cannot read by itself: a small model changes the rest for the worse.
        prompt = prompts.load(organisation, PROMPT).render(
            words=question.text,
            rest="\n".join(reading.left_out),
            subjects="\n".join(map(_subject, attributes)),
            today=timezone.localdate().isoformat(),
        )
        names = [each.name for each in attributes]
        reading = read(inference.extract(run, prompt, rule_schema(names)).conditions)
    rule = _usable_rule(reading.rule)
    result = {"segment_question": str(question.pk), "left_out": len(reading.left_out)}
    with run.finishing(result):
        question.rule, question.left_out, question.translated = rule, reading.left_out, reading.translated
        question.save(update_fields=["rule", "left_out", "translated"])
    return result


def drop_old_questions() -> None:
    """With what their jobs hold."""
    old = SegmentQuestion.objects.filter(created_at__lt=timezone.now() - KEEP)
    for organisation in retention.organisations_to_sweep(old):
        rows = old.within(organisation)
        lifecycle.erase(Job.objects.filter(pk__in=rows.exclude(job=None).values("job")))
        rows.delete()


def _usable_rule(rule: dict[str, Any]) -> dict[str, Any]:
    """Held to what every rule is held to; an empty one is none."""
    try:
        return read_rule(rule).as_json()
    except InvalidInput as refusal:
        raise InvalidInput(NOTHING_UNDERSTOOD, code="not_understood") from refusal


def _subject(attribute: KnownAttribute) -> str:
    """As a model is told what a condition may be about. Of values only those that many people share."""
    values = f" ({', '.join(attribute.values)})" if attribute.values else ""
    return f"{attribute.name}: {attribute.kind}{values}"
