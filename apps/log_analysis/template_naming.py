"""A name and a severity for each new template, from a model that is asked once, and never again for the same text.

Templates are strangers' text with what identifies people already masked. What the model writes is a stranger's too: a name
stays when it is a few plain words without a number that the template has not got.
"""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from django.db import transaction
from django.db.models import Case, IntegerField, Max, Q, Sum, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, ConfigDict, Field

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.core.errors import QuotaExceeded
from apps.core.languages import NAMES_FOR_MODELS
from apps.inference import prompts
from apps.inference import selectors as inference_selectors
from apps.inference import services as inference
from apps.inference.models import Purpose
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.models import Job
from apps.jobs.runs import JobRun
from apps.jobs.subjects import page_of
from apps.log_analysis.incidents import evidence_check
from apps.log_analysis.templates import services as templates
from apps.log_analysis.templates.models import Level, LogTemplate, TemplateName
from domain.logs.detection.alert_lines import NO_LEVEL, line_evidence
from llm_backend import patterns

PROMPT = Path(__file__).parent / "prompts" / "name_templates.md"
NAMES_AT_ONCE = 10
# A run and a day of an organisation: a source that makes up templates without end does not keep the models busy.
MAX_NAMES_IN_RUN, MAX_NAMES_A_DAY = 60, 600
# After a run, whatever came of it.
PAUSE = timedelta(minutes=5)
MAX_TEXT_CHARACTERS = 400
MIN_NAME_CHARACTERS, MAX_NAME_CHARACTERS = 3, 80
_NUMBER = patterns.compile(r"\d+")
_MARKUP = patterns.compile(r"[<>{}\[\]|`*_#\\\x00-\x1f\x7f]|://")

NAME_TEMPLATES = JobType(
    "log_analysis.name_templates",
    queue="batch",
    label=_("Name log templates"),
    stages={"naming": _("Naming templates")},
    may_see=holders_of("logs.view"),
    may_cancel=holders_of("logs.manage"),
    subject=page_of(_("Log templates"), "log_analysis:log_templates"),
)


class NamedTemplate(BaseModel):
    model_config = ConfigDict(extra="forbid")

    number: int
    name: str = Field(max_length=200)
    severity: Literal["debug", "info", "notice", "warning", "error", "critical"]


class TemplateNames(BaseModel):
    model_config = ConfigDict(extra="forbid")

    names: list[NamedTemplate] = Field(max_length=2 * NAMES_AT_ONCE)


class NumberedTemplate(BaseModel):
    number: int
    key: str
    text: str


@transaction.atomic
def request_names(actor: Actor) -> Job | None:
    """A job that names what has no name; none where nothing is to be done, no model is there or the quota is used up."""
    organisation = actor.organisation
    # Asked after every batch of a stream: mostly without the lock.
    if _was_asked_lately(organisation):
        return None
    # One at a time: what two workers have read is named by one job.
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    if _was_asked_lately(organisation) or not _unnamed_templates(organisation, 1):
        return None
    if not inference_selectors.candidates(organisation, Purpose.EXTRACTION):
        return None
    try:
        return jobs.create_job(actor, kind=NAME_TEMPLATES, inputs={})
    except QuotaExceeded:
        # Records are read all the same; the next ones ask again.
        return None


@NAME_TEMPLATES.service
def name_templates(run: JobRun) -> dict[str, Any]:
    """Asks for the gravest and most frequent first, some at once. What is named is kept also if a later question fails."""
    organisation = run.job.organisation
    run.stage("naming")
    templates = _unnamed_templates(organisation, MAX_NAMES_IN_RUN)
    asked_count = named_count = 0
    for first in range(0, len(templates), NAMES_AT_ONCE):
        run.checkpoint()
        batch = templates[first : first + NAMES_AT_ONCE]
        readable = [each for each in batch if not evidence_check.is_instructing(each.text)]
        answer = TemplateNames(names=[])
        if readable:
            prompt = prompts.load(organisation, PROMPT).render(
                language=NAMES_FOR_MODELS[organisation.output_language], templates=readable
            )
            answer = inference.extract(run, prompt, TemplateNames)
        named_count += _keep(organisation, batch, answer)
        asked_count += len(batch)
        run.progress(asked_count, len(templates))
    return {"asked": asked_count, "named": named_count}


def usable_name(name: str, template: str) -> str:
    """The name in one line, or nothing where it is no name of the template."""
    plain = " ".join(name.split()).strip(" .。\"'“”")
    if not MIN_NAME_CHARACTERS <= len(plain) <= MAX_NAME_CHARACTERS or _MARKUP.search(plain):
        return ""
    numbers = set(_NUMBER.findall(template))
    is_invented = any(number not in numbers for number in _NUMBER.findall(plain))
    is_invented |= says_failure(plain) and not says_failure(template)
    has_words = any(letter.isalpha() for letter in plain)
    return "" if is_invented or not has_words or evidence_check.is_instructing(plain) else plain


def says_failure(text: str) -> bool:
    """Whether its words, in English or Chinese, tell of one; a name must not where its template does not."""
    return line_evidence(text).score > NO_LEVEL


def _was_asked_lately(organisation: Organisation) -> bool:
    now = timezone.now()
    # Not the last one alone: that may be of a clock that was ahead.
    is_recent = Q(state__in=Job.ACTIVE) | Q(created_at__range=(now - PAUSE, now))
    return Job.objects.within(organisation).filter(is_recent, kind=NAME_TEMPLATES.name).exists()


def _unnamed_templates(organisation: Organisation, limit: int) -> list[NumberedTemplate]:
    """Texts that were never asked about, numbered within their question; none once the day's are used up."""
    names = TemplateName.objects.within(organisation)
    now = timezone.now()
    today = names.filter(created_at__range=(now - timedelta(days=1), now)).count()
    order = list(Level.values)
    gravity = Case(
        *(When(severity=level, then=order.index(level)) for level in order if level),
        default=0,
        output_field=IntegerField(),
    )
    rows = (
        LogTemplate.objects.within(organisation)
        .filter(name="", is_named_by_person=False)
        .exclude(key__in=names.values("key"))
        .values("key")
        .annotate(sample=Max("text"), gravity=Max(gravity), records=Sum("records_count"))
        .order_by("-gravity", "-records", "key")[: min(limit, max(0, MAX_NAMES_A_DAY - today))]
    )
    return [
        NumberedTemplate(
            number=place % NAMES_AT_ONCE + 1, key=row["key"], text=row["sample"][:MAX_TEXT_CHARACTERS]
        )
        for place, row in enumerate(rows)
    ]


@transaction.atomic
def _keep(organisation: Organisation, batch: Sequence[NumberedTemplate], answer: TemplateNames) -> int:
    """Writes down what the answer says of each, also that it says nothing of use. Answers how many have a name now."""
    by_number = {each.number: each for each in answer.names}
    rows = []
    for template in batch:
        suggestion = by_number.get(template.number)
        is_read = suggestion is not None and not evidence_check.is_instructing(template.text)
        name = usable_name(suggestion.name, template.text) if suggestion and is_read else ""
        severity = Level(suggestion.severity) if suggestion and name else Level.NONE
        if severity in (Level.ERROR, Level.CRITICAL) and not says_failure(template.text):
            severity = Level.NONE
        rows.append(TemplateName(organisation=organisation, key=template.key, name=name, severity=severity))
    TemplateName.objects.bulk_create(rows, ignore_conflicts=True)
    templates.apply_names(organisation.pk)
    return sum(bool(row.name) for row in rows)
