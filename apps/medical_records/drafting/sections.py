"""Asks the model for each section of a record. What it answers is only a proposal."""

from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from pydantic import BaseModel

from apps.core.errors import LimitExceeded, ServiceUnavailable
from apps.core.languages import NAMES_FOR_MODELS
from apps.inference import prompts
from apps.inference import selectors as models_of
from apps.inference import services as inference
from apps.inference.models import Purpose
from apps.jobs.runs import JobRun
from domain.clinical.drafting import extraction_schema
from domain.clinical.drafting.extraction_schema import TranscriptPart
from domain.clinical.drafting.few_shot_examples import FewShotExamples
from domain.clinical.records.template import Template, TemplateSection
from domain.clinical.transcripts.transcript import ClinicalTranscript
from llm_backend import errors

PROMPT = Path(__file__).parent / "prompts" / "draft_section.md"
WRITE_PART = PROMPT.with_name("write_part.md")
# Of the 4,096 tokens of the embedded model, next to the rules, the fields and the answer.
TRANSCRIPT_TOKENS = 1900
# About two hours of talk. What lies behind is read by rules alone.
MAX_PARTS = 12
LANGUAGES = {"zh": NAMES_FOR_MODELS["zh-hans"], "en": NAMES_FOR_MODELS["en"]}
# After one of these no further section is asked for: what is left is composed by rules.
AWAY = (errors.ModelError, ServiceUnavailable, LimitExceeded)
# Only this section suffers; after any other trouble the model is not asked again.
OF_ONE_SECTION = (
    errors.OutputInvalid,
    errors.ContextTooLong,
    errors.RunawayOutput,
    errors.ModelRefusedContent,
)


@dataclass
class Answers:
    """`failures`: sections without an answer, with the code of why. `read_to`: the first line the model did not see.

    `is_asked`: the model was asked for fields. `texts`: of sections that were written as the hospital wrote them
    before, part by part.
    """

    read_to: int
    is_asked: bool
    by_section: dict[str, list[BaseModel]] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def of(self, section: TemplateSection) -> list[BaseModel] | None:
        """None where one part was not answered: half a section would read like all of it."""
        if not self.is_asked or section.key in self.failures:
            return None
        return self.by_section.get(section.key, [])

    def has(self, section: TemplateSection) -> bool:
        """The model answered for it, or wrote its text."""
        return section.key in self.texts or self.of(section) is not None


def answers(
    run: JobRun,
    template: Template,
    transcript: ClinicalTranscript,
    past: FewShotExamples | None = None,
    *,
    with_model: bool = False,
) -> Answers:
    """Part by part, and section by section of each: the engine has read the lines of a part then.

    `past`: how the hospital wrote such sections before; what they hold as text is written like them.
    The embedded model is asked for nothing else. Whoever asks for a model all the same (`with_model`) gets it, whatever
    its size.
    """
    # Its fields are worse than those that rules compose: docs/decisions/notes.md has the figures.
    is_asked = with_model or not models_of.is_left_to_embedded(run.job.organisation, Purpose.EXTRACTION)
    parts = list(extraction_schema.split_transcript(transcript, TRANSCRIPT_TOKENS))[:MAX_PARTS]
    collected = Answers(read_to=parts[-1].last if parts else 0, is_asked=is_asked)
    sections = [
        section
        for section in template.sections
        if (extraction_schema.fields_for_model(section) if is_asked else past and _heading(section, past))
    ]
    # All sections of a part before the next part: the engine keeps the part's lines in its cache meanwhile.
    for done, (part, section) in enumerate(product(parts, sections), start=1):
        if is_asked and section.key not in collected.failures:
            _ask(run, template, part, section, collected)
        if past and section.key not in collected.failures:
            _write(run, part, section, past, collected)
        if part is parts[-1]:
            run.event("section", section=section.key, is_written_by_model=collected.has(section))
        run.progress(done, len(parts) * len(sections))
    return collected


def _ask(
    run: JobRun, template: Template, part: TranscriptPart, section: TemplateSection, collected: Answers
) -> None:
    run.check()
    prompt = prompts.load(run.job.organisation, PROMPT).render(
        lines=part.lines,
        section=section,
        fields=extraction_schema.fields_for_model(section),
        language=LANGUAGES[template.language],
    )
    try:
        answer = inference.extract(run, prompt, extraction_schema.section_schema(section))
    except OF_ONE_SECTION as error:
        collected.failures[section.key] = error.code
    except AWAY as error:
        collected.failures |= {each.key: error.code for each in template.sections}
    else:
        collected.by_section.setdefault(section.key, []).append(answer)


def _write(
    run: JobRun, part: TranscriptPart, section: TemplateSection, past: FewShotExamples, collected: Answers
) -> None:
    """Its main text. What goes wrong here costs nothing: the fields stand already, or rules compose them."""
    heading = _heading(section, past)
    if not heading:
        return
    run.check()
    prompt = prompts.load(run.job.organisation, WRITE_PART)
    rendered = prompt.render(heading=heading, lines=part.dialogue)
    examples = past.messages(prompt, heading, part.dialogue)
    try:
        text = inference.complete(run, rendered, purpose=Purpose.EXTRACTION, history=examples).text
    except AWAY as error:
        is_written = collected.has(section)
        run.event("section", section=section.key, is_written_by_model=is_written, not_in_own_style=error.code)
    else:
        collected.texts.setdefault(section.key, []).append(text)


def _heading(section: TemplateSection, past: FewShotExamples) -> str:
    """What the hospital calls it in its past parts; empty where it has none or nothing is written there."""
    known = next((name for name in (section.key, section.title) if name in past), "")
    return known if extraction_schema.running_text_field(section) else ""
