"""A passage of a text written anew as somebody asks; the whole text is checked with it before anybody takes it."""

from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.core.errors import Conflict, InvalidInput
from apps.inference import prompts
from apps.inference import services as inference
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.runs import JobRun
from apps.marketing.briefs import selectors as briefs
from apps.marketing.briefs.services import LANGUAGE_NAMES
from apps.marketing.channels import selectors as channels
from apps.marketing.copywriting import checks, drafts, selectors, services
from apps.marketing.copywriting.models import CopyVariant, SpanRewrite
from apps.marketing.copywriting.variant_checks import check_variant

PROMPT = Path(__file__).parent / "prompts" / "rewrite_span.md"
MAX_PASSAGE_CHARACTERS, MAX_REPLACEMENT_CHARACTERS = 2000, 4000
# What a model reads around the passage, for the joints.
CONTEXT_CHARACTERS = 200

REWRITE_SPAN = JobType(
    "marketing.rewrite_span",
    queue="interactive",
    label=_("Rewrite a part of marketing copy"),
    stages={"rewriting": _("Rewriting")},
    may_see=holders_of("marketing.use"),
    subject=selectors.of_variants,
)


@requires_permission("marketing.use")
@transaction.atomic
def request_rewrite(
    actor: Actor, variant: CopyVariant, *, field: str, start: int, end: int, instruction: str
) -> SpanRewrite:
    """Queues a passage of one text; `start` and `end` count its characters. Raises InvalidInput for none."""
    text = variant.texts.get(field, "")
    passage = text[start:end]
    if not 0 <= start < end <= len(text) or not passage.strip() or len(passage) > MAX_PASSAGE_CHARACTERS:
        raise InvalidInput(fields={"field": [_("Select the passage to rewrite.")]})
    rewrite = SpanRewrite(
        organisation=actor.organisation,
        variant=variant,
        field=field,
        start=start,
        original=passage,
        instruction=instruction,
        member=actor.member,
    )
    rewrite.job = jobs.create_row_job(actor, REWRITE_SPAN, rewrite, subject=variant)
    rewrite.save(force_insert=True)
    return rewrite


@REWRITE_SPAN.service
def rewrite_span(run: JobRun, *, span_rewrite_id: str) -> dict[str, Any]:
    """Writes the passage while followers read along, and checks the text that it would make."""
    rows = SpanRewrite.objects.within(run.job.organisation).select_related(
        "variant__brief", "variant__translated_from__brief", "organisation"
    )
    rewrite = rows.get(pk=span_rewrite_id)
    variant, facts = rewrite.variant, briefs.brief_facts(rewrite.variant.brief)
    run.stage("rewriting")
    text, end = variant.texts.get(rewrite.field, ""), rewrite.start + len(rewrite.original)
    prompt = prompts.load(run.job.organisation, PROMPT).render(
        language=LANGUAGE_NAMES[variant.text_language],
        before=text[max(rewrite.start - CONTEXT_CHARACTERS, 0) : rewrite.start],
        passage=rewrite.original,
        after=text[end : end + CONTEXT_CHARACTERS],
        instruction=rewrite.instruction,
        product=facts.product,
        facts=drafts.fact_lines(facts),
    )
    written = inference.stream(run, prompt).text.strip()
    written = written.removeprefix("<passage>").removesuffix("</passage>").strip()
    rewrite.replacement = written[:MAX_REPLACEMENT_CHARACTERS]
    texts = variant.texts | {rewrite.field: text[: rewrite.start] + rewrite.replacement + text[end:]}
    rules = channels.channel(run.job.organisation, variant.channel).rules
    others = selectors.other_texts(variant.brief, variant.channel, without=variant)
    rewrite.violations = checks.stored(check_variant(variant, texts, rules, others))
    result = {"span_rewrite": str(rewrite.pk), "violations": len(rewrite.violations)}
    with run.finishing(result):
        rewrite.save(update_fields=["replacement", "violations"])
    return result


@requires_permission("marketing.use")
@transaction.atomic
def take_rewrite(actor: Actor, rewrite: SpanRewrite) -> CopyVariant:
    """Puts the new passage in its place. Raises Conflict where the old one is not there any more."""
    variant = CopyVariant.objects.within(actor.organisation).one(pk=rewrite.variant_id)
    text, end = variant.texts.get(rewrite.field, ""), rewrite.start + len(rewrite.original)
    if not rewrite.replacement or text[rewrite.start : end] != rewrite.original:
        raise Conflict(_("The text has changed. Select the passage again."), code="changed_meanwhile")
    texts = variant.texts | {rewrite.field: text[: rewrite.start] + rewrite.replacement + text[end:]}
    rewrite.is_taken = True
    rewrite.save(update_fields=["is_taken"])
    return services.change_variant(actor, variant, texts=texts, version=variant.version)
