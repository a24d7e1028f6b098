"""Asks the model for each section of a record. What it answers is only a proposal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel

from apps.core.errors import LimitExceeded, ServiceUnavailable
from apps.core.languages import NAMES_FOR_MODELS
from apps.inference import services as inference
from apps.jobs.runs import JobRun
from llm_backend import errors, prompts
from llm_backend.clinical import asking
from llm_backend.clinical.asking import Part
from llm_backend.clinical.template import Template, TemplateSection
from llm_backend.clinical.transcript import ClinicalTranscript

PROMPT = Path(__file__).parent / "prompts" / "draft_section.md"
# Of the 4,096 tokens of the embedded model, next to the rules, the fields and the answer.
TRANSCRIPT_TOKENS = 1900
# About two hours of talk. What lies behind is read by rules alone.
MOST_PARTS = 12
LANGUAGES = {"zh": NAMES_FOR_MODELS["zh-hans"], "en": NAMES_FOR_MODELS["en"]}
# Only this section suffers; after any other trouble the model is not asked again.
OF_ONE_SECTION = (
    errors.OutputInvalid,
    errors.ContextTooLong,
    errors.RunawayOutput,
    errors.ModelRefusedContent,
)


@dataclass
class Answers:
    """`failures`: sections without an answer, with the code of why. `read_to`: the first line the model did not see."""

    read_to: int
    by_section: dict[str, list[BaseModel]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def of(self, section: TemplateSection) -> list[BaseModel] | None:
        """None where one part was not answered: half a section would read like all of it."""
        return None if section.key in self.failures else self.by_section.get(section.key, [])


def answers(run: JobRun, template: Template, transcript: ClinicalTranscript) -> Answers:
    """Part by part, and section by section of each: the engine has read the lines of a part then."""
    parts = list(asking.parts(transcript, TRANSCRIPT_TOKENS))[:MOST_PARTS]
    asked = [section for section in template.sections if asking.asked_fields(section)]
    found = Answers(read_to=parts[-1].last if parts else 0)
    for done, (part, section) in enumerate(_steps(parts, asked), start=1):
        if section.key not in found.failures:
            _ask(run, template, part, section, found)
        if part is parts[-1]:
            is_written = section.key not in found.failures
            run.event("section", section=section.key, is_written_by_model=is_written)
        run.progress(done, len(parts) * len(asked))
    return found


def _steps(
    parts: Sequence[Part], sections: Sequence[TemplateSection]
) -> Iterator[tuple[Part, TemplateSection]]:
    for part in parts:
        for section in sections:
            yield part, section


def _ask(run: JobRun, template: Template, part: Part, section: TemplateSection, found: Answers) -> None:
    run.check()
    prompt = prompts.load(PROMPT).render(
        lines=part.lines,
        section=section,
        fields=asking.asked_fields(section),
        language=LANGUAGES[template.language],
    )
    try:
        answer = inference.extract(run, prompt, asking.schema(section))
    except OF_ONE_SECTION as error:
        found.failures[section.key] = error.code
    except (errors.ModelError, ServiceUnavailable, LimitExceeded) as error:
        found.failures |= {each.key: error.code for each in template.sections}
    else:
        found.by_section.setdefault(section.key, []).append(answer)
