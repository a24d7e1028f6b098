"""A text in the other language, for the same channel or another one, held to the text that it was made from."""

import json
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.core.errors import Conflict
from apps.inference import prompts
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.models import Job
from apps.jobs.runs import JobRun
from apps.marketing.briefs.models import Brief
from apps.marketing.briefs.services import LANGUAGE_NAMES
from apps.marketing.channels import selectors as channels
from apps.marketing.channels.names import in_order
from apps.marketing.channels.selectors import ChannelView
from apps.marketing.copywriting import checks, drafts, generation, selectors
from apps.marketing.copywriting.checks import whole_text_violation
from apps.marketing.copywriting.drafts import Draft
from apps.marketing.copywriting.models import CopyVariant
from apps.marketing.copywriting.variant_checks import PROBLEMS, brand_terms, check_variant, facts_in
from llm_backend.prompts import RenderedPrompt

PROMPTS = Path(__file__).parent / "prompts"
TARGETS = {Brief.Language.CHINESE: Brief.Language.ENGLISH, Brief.Language.ENGLISH: Brief.Language.CHINESE}

TRANSLATE_COPY = JobType(
    "marketing.translate_copy",
    queue="interactive",
    label=_("Translate marketing copy"),
    stages={"translating": _("Translating")},
    may_see=holders_of("marketing.use"),
    subject=selectors.of_variants,
)


@requires_permission("marketing.use")
@transaction.atomic
def request_translation(actor: Actor, variant: CopyVariant, *, channel: str = "") -> Job:
    """Queues the text in the other language, for its own channel where none is named. Raises Conflict for a dropped one."""
    if variant.status == CopyVariant.Status.DROPPED:
        raise Conflict(_("This text was rejected by checks. Correct it before translating."), code="dropped")
    view = channels.channel(actor.organisation, channel or variant.channel)
    language = TARGETS[Brief.Language(variant.text_language)]
    details = {"channel": view.key, "language": str(language)}
    job = jobs.create_row_job(actor, TRANSLATE_COPY, variant, channel=view.key, language=str(language))
    audit.record(actor, action="copy_variant.translated", target=variant, details=details)
    return job


def translation_jobs(variant: CopyVariant) -> list[Job]:
    """Those under way, and the last one where it failed."""
    rows = Job.objects.within(variant.organisation_id).filter(
        kind=TRANSLATE_COPY.name, subject=f"copy_variant:{variant.pk}"
    )
    newest = list(rows.order_by("-id")[:5])
    failed = Job.State.FAILED
    return [
        job
        for number, job in enumerate(newest)
        if not job.is_terminal or (number == 0 and job.state == failed)
    ]


@TRANSLATE_COPY.service
def translate_copy(run: JobRun, *, copy_variant_id: str, channel: str, language: str) -> dict[str, Any]:
    """Writes the translation and keeps it with what is wrong with it; somebody reviews it like any other text."""
    source = selectors.variant_list(run.job.organisation).get(pk=copy_variant_id)
    view = channels.channel(run.job.organisation, channel)
    variant = CopyVariant(
        organisation=run.job.organisation,
        brief=source.brief,
        channel=view.key,
        language=language,
        translated_from=source,
        member=run.actor.responsible_member,
    )
    run.stage("translating")
    draft = _translated(run, variant, source, view)
    variant.model, variant.cost, _last = drafts.calls_of(run, after=None)
    variant.texts = variant.written = draft.texts
    variant.violations, variant.repairs_count = checks.stored(draft.violations), draft.repairs_count
    variant.prompt = " ".join(dict.fromkeys(draft.prompts))[:100]
    # Errors are for a person to correct beside the text; where there is none there is nothing to correct.
    variant.status = CopyVariant.Status.DRAFT if draft.texts else CopyVariant.Status.DROPPED
    result = {"copy_variant": str(variant.pk), "errors": draft.errors_count}
    with run.finishing(result):
        variant.save(force_insert=True)
    return result


def _translated(run: JobRun, variant: CopyVariant, source: CopyVariant, view: ChannelView) -> Draft:
    """The best of a translation and at most two repairs. Code mends nothing: with a sentence a fact would be gone."""
    facts, rules, language = facts_in(variant.brief, variant.language), view.rules, variant.language
    context = generation.prompt_context(language, facts, rules) | {
        "source": LANGUAGE_NAMES[source.text_language],
        "text": json.dumps(in_order(source.channel, source.texts), ensure_ascii=False),
    }
    others = selectors.other_texts(variant.brief, view.key)

    def ask(prompt: RenderedPrompt) -> Draft:
        names, texts = [drafts.prompt_id(prompt)], generation.stream_texts(run, prompt, rules)
        if not any(texts.values()):
            return Draft({}, [whole_text_violation("translation_empty", PROBLEMS["empty"])], prompts=names)
        return Draft(texts, check_variant(variant, texts, rules, others), prompts=names)

    def repair(draft: Draft, problems: list[str]) -> Draft:
        translation = json.dumps(draft.texts, ensure_ascii=False)
        return ask(
            prompts.load(run.job.organisation, PROMPTS / "repair_translation.md").render(
                **context, translation=translation, problems=problems
            )
        )

    first = prompts.load(run.job.organisation, PROMPTS / "translate_copy.md").render(
        **context,
        advice=rules.advice_zh if language == Brief.Language.CHINESE else rules.advice_en,
        terms=[term.source for term in brand_terms(variant.brief, language)],
    )
    return drafts.best_draft(run, ask(first), repair)
