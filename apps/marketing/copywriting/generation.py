"""One variant: a model writes it, code checks it, the model repairs what is named, code mends what is left."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_noop
from pydantic import BaseModel

from apps.inference import services as inference
from apps.inference.models import InferenceCall
from apps.jobs.runs import JobRun
from apps.marketing.briefs.catalogue import CatalogueFacts
from apps.marketing.briefs.models import Brief
from apps.marketing.briefs.services import LANGUAGE_NAMES
from apps.marketing.channels.selectors import ChannelView
from apps.marketing.copywriting import checks, mending
from apps.marketing.copywriting.angles import angle_instruction
from apps.marketing.copywriting.checks import Texts
from apps.marketing.copywriting.schemas import answer_schema, fields_in_order, streamed_text
from copychecks.channels import Channel
from copychecks.check import Violation
from llm_backend import prompts
from llm_backend.errors import OutputInvalid, RunawayOutput
from llm_backend.prompts import RenderedPrompt

PROMPTS = Path(__file__).parent / "prompts"
MAX_REPAIRS = 2
# As many problems as a small model keeps in mind at once.
MAX_NAMED_PROBLEMS = 6
MAX_OPENINGS, OPENING_CHARACTERS = 4, 8
NO_COPY = gettext_noop("The model's answer was no copy")
COUNTINGS = {"half_width": "half-width units, a Chinese character counts as two", "sms": "messages"}


@dataclass
class Draft:
    """`prompt`: name and hash of each prompt that had a part in it."""

    texts: dict[str, str]
    violations: list[Violation]
    repairs_count: int = 0
    is_mended: bool = False
    prompts: list[str] = field(default_factory=list)

    @property
    def errors_count(self) -> int:
        return sum(each.severity == "error" for each in self.violations)


def write_draft(
    run: JobRun, brief: Brief, facts: CatalogueFacts, view: ChannelView, angle: str, others: Sequence[Texts]
) -> Draft:
    """The best that came of writing, at most two repairs and mending; what is still wrong with it is in `violations`."""
    context = _context(brief, facts, view.rules)
    first = prompts.load(PROMPTS / "write_copy.md").render(
        **context,
        advice=view.rules.advice_zh if brief.language == Brief.Language.CHINESE else view.rules.advice_en,
        hints=view.hints,
        angle=angle_instruction(angle),
        audience=brief.audience,
        goal=brief.goal,
        voice=brief.voice,
        must_not_say=facts.must_not_say,
        openings=[_opening(each) for each in others[-MAX_OPENINGS:]],
    )
    best = _ask(run, first, facts, view.rules, others)
    repairs = 0
    while best.errors_count and repairs < MAX_REPAIRS:
        run.check()
        problems = [_problem(each) for each in best.violations if each.severity == "error"][
            :MAX_NAMED_PROBLEMS
        ]
        run.event("repair", count=len(problems))
        repair = prompts.load(PROMPTS / "repair_copy.md").render(
            **context, texts=json.dumps(best.texts, ensure_ascii=False), problems=problems
        )
        # Where there is nothing to repair the first question is asked again.
        second = _ask(run, repair if best.texts else first, facts, view.rules, others)
        repairs += 1
        if second.errors_count < best.errors_count:
            second.prompts = [*best.prompts, *second.prompts]
            best = second
    if best.errors_count and best.texts:
        best = _mended(best, facts, view.rules, others)
    best.repairs_count = repairs
    return best


def calls_of(run: JobRun, *, after: UUID | None) -> tuple[str, Decimal, UUID | None]:
    """The model that answered last, what its job's calls cost since the one with the id `after`, and the last one's id."""
    calls = InferenceCall.objects.filter(job_id=run.job.pk).order_by("id")
    new = list(calls.filter(pk__gt=after) if after else calls)
    answered = [call for call in new if call.status == InferenceCall.Status.SUCCEEDED]
    cost = sum((call.cost for call in new), Decimal(0))
    return (answered[-1].model if answered else ""), cost, (new[-1].pk if new else after)


def _context(brief: Brief, facts: CatalogueFacts, rules: Channel) -> dict[str, Any]:
    """What both prompts are told."""
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
    terms = [f"Write {right}, never {wrong}." for wrong, right in facts.brand_terms.items()]
    return {
        "language": LANGUAGE_NAMES[brief.language],
        "channel": rules.name_en,
        "fields": json.dumps({each.key: "…" for each in fields_in_order(rules)}, ensure_ascii=False),
        "rules": [*limits, *counts, links, *wanted, *terms],
        "product": facts.product,
        "facts": [f"{fact.name}: {fact.value}" if fact.name else fact.value for fact in facts.facts],
        "must_say": facts.must_say,
    }


def _ask(
    run: JobRun, prompt: RenderedPrompt, facts: CatalogueFacts, rules: Channel, others: Sequence[Texts]
) -> Draft:
    names = [f"{prompt.name}@{prompt.hash}"]
    schema: type[BaseModel] = answer_schema(rules)
    try:
        answer = inference.stream_structured(run, prompt, schema, streamed_text(rules))
    except (OutputInvalid, RunawayOutput):
        # Of this variant alone: the others of its request are still written.
        return Draft({}, [checks.whole_text_violation("no_copy", NO_COPY)], prompts=names)
    texts = {key: str(text).strip() for key, text in answer.value.model_dump().items()}
    return Draft(texts, checks.check_texts(texts, rules, facts, others), prompts=names)


def _mended(draft: Draft, facts: CatalogueFacts, rules: Channel, others: Sequence[Texts]) -> Draft:
    """Taking a sentence out may leave another thing missing: twice is enough for both."""
    texts, violations = draft.texts, draft.violations
    for _round in range(2):
        texts = mending.mend(texts, violations, rules, facts)
        violations = checks.check_texts(texts, rules, facts, others)
        if not checks.has_errors(violations):
            return Draft(texts, violations, is_mended=True, prompts=draft.prompts)
    return draft


def _problem(violation: Violation) -> str:
    where = f"{violation.field}: " if violation.field else ""
    passage = f" “{violation.text[:80]}”" if violation.text else ""
    return f"{where}{violation.reason_en}{passage}"


def _opening(texts: Texts) -> str:
    return next((" ".join(text.split())[:OPENING_CHARACTERS] for text in texts.values() if text.strip()), "")
