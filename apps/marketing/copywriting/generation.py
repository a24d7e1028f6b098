"""One variant: a model writes it, code checks it, the model repairs what is named, code mends what is left."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_noop
from pydantic import BaseModel

from apps.inference import prompts
from apps.inference import services as inference
from apps.jobs.runs import JobRun
from apps.marketing.briefs.models import Brief
from apps.marketing.briefs.services import LANGUAGE_NAMES
from apps.marketing.channels.selectors import ChannelView
from apps.marketing.copywriting import checks, drafts, mending, selectors
from apps.marketing.copywriting.angles import angle_instruction
from apps.marketing.copywriting.checks import Texts
from apps.marketing.copywriting.drafts import Draft
from apps.marketing.copywriting.schemas import answer_schema, fields_in_order, streamed_text
from domain.marketing.copy_checks.catalogue import CatalogueFacts
from domain.marketing.copy_checks.channels import Channel
from llm_backend.errors import OutputInvalid, RunawayOutput
from llm_backend.prompts import RenderedPrompt

PROMPTS = Path(__file__).parent / "prompts"
MAX_OPENINGS, OPENING_CHARACTERS = 4, 8
NO_COPY = gettext_noop("The model did not return copy")
COUNTINGS = {"half_width": "half-width units, a Chinese character counts as two", "sms": "messages"}


def write_draft(
    run: JobRun, brief: Brief, facts: CatalogueFacts, view: ChannelView, angle: str, others: Sequence[Texts]
) -> Draft:
    """The best that came of writing, at most two repairs and mending; what is still wrong with it is in `violations`.

    Texts that won experiments are shown as examples; what they say of their products is no fact for the checks.
    """
    examples = selectors.winning_examples(brief, view.key)
    context = prompt_context(brief.language, facts, view.rules)
    first = prompts.load(run.job.organisation, PROMPTS / "write_copy.md").render(
        **context,
        advice=view.rules.advice_zh if brief.language == Brief.Language.CHINESE else view.rules.advice_en,
        hints=view.hints,
        angle=angle_instruction(angle),
        audience=brief.audience,
        goal=brief.goal,
        voice=brief.voice,
        must_not_say=facts.must_not_say,
        openings=[_opening(each) for each in others[-MAX_OPENINGS:]],
        examples=[{"text": "\n".join(each.lines), "reason": each.win_reason} for each in examples],
    )

    def repair(draft: Draft, problems: list[str]) -> Draft:
        prompt = prompts.load(run.job.organisation, PROMPTS / "repair_copy.md").render(
            **context, texts=json.dumps(draft.texts, ensure_ascii=False), problems=problems
        )
        # Where there is nothing to repair the first question is asked again.
        return _ask(run, prompt if draft.texts else first, facts, view.rules, others)

    def mend(draft: Draft) -> Draft:
        return _mended(draft, facts, view.rules, others)

    return drafts.best_draft(run, _ask(run, first, facts, view.rules, others), repair, mend)


def stream_texts(run: JobRun, prompt: RenderedPrompt, rules: Channel) -> dict[str, str]:
    """The answer by field of the channel, none where it is no copy; followers see the longest text being written."""
    schema: type[BaseModel] = answer_schema(rules)
    try:
        answer = inference.stream_structured(run, prompt, schema, streamed_text(rules))
    except (OutputInvalid, RunawayOutput):
        # Of this text alone: the others of its request are still written.
        return {}
    return {key: str(text).strip() for key, text in answer.value.model_dump().items()}


def prompt_context(language: str, facts: CatalogueFacts, rules: Channel) -> dict[str, Any]:
    """What every prompt is told that asks for the texts of a channel."""
    limits = [
        f"{each.key}: at most {each.max_length} {COUNTINGS.get(each.counting, 'characters')}"
        + (f", at least {each.min_length}" if each.min_length else "")
        + ("" if each.is_required else "; may be empty")
        for each in rules.fields
    ]
    tags = (
        f"between {rules.min_hashtags} and {rules.max_hashtags}"
        if rules.min_hashtags
        else f"at most {rules.max_hashtags}"
    )
    counts = [f"Hashtags such as #tea: {tags}. Emoji: at most {rules.max_emoji}."]
    links = f"No links but {', '.join(facts.links)}." if facts.links and rules.max_links else "No links."
    wanted = [f"{each.field} must contain {' or '.join(each.any_of[:2])}" for each in rules.must_contain]
    return {
        "language": LANGUAGE_NAMES[language],
        "channel": rules.name_en,
        "fields": json.dumps({each.key: "…" for each in fields_in_order(rules)}, ensure_ascii=False),
        "rules": [*limits, *counts, links, *wanted, *drafts.brand_rules(facts)],
        "product": facts.product,
        "facts": drafts.fact_lines(facts),
        "must_say": facts.must_say,
    }


def _ask(
    run: JobRun, prompt: RenderedPrompt, facts: CatalogueFacts, rules: Channel, others: Sequence[Texts]
) -> Draft:
    names, texts = [drafts.prompt_id(prompt)], stream_texts(run, prompt, rules)
    if not texts:
        return Draft({}, [checks.whole_text_violation("no_copy", NO_COPY)], prompts=names)
    return Draft(texts, checks.check_in_own_language(texts, rules, facts, others), prompts=names)


def _mended(draft: Draft, facts: CatalogueFacts, rules: Channel, others: Sequence[Texts]) -> Draft:
    """Taking a sentence out may leave another thing missing: twice is enough for both."""
    texts, violations = draft.texts, draft.violations
    for _round in range(2):
        texts = mending.mend(texts, violations, rules, facts)
        violations = checks.check_in_own_language(texts, rules, facts, others)
        if not checks.has_errors(violations):
            return Draft(texts, violations, is_mended=True, prompts=draft.prompts)
    return draft


def _opening(texts: Texts) -> str:
    return next((" ".join(text.split())[:OPENING_CHARACTERS] for text in texts.values() if text.strip()), "")
