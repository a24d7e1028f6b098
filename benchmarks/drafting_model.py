"""The embedded model as it drafts sections: the product's prompt, schema and parts, without its web server."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pydantic import BaseModel

from benchmarks import engines
from domain.clinical.drafting import extraction_schema
from domain.clinical.drafting.few_shot_examples import FewShotExamples
from domain.clinical.records.template import Template, TemplateSection
from domain.clinical.transcripts.transcript import ClinicalTranscript
from llm_backend import chat, event_loop, prompts, structured
from llm_backend.errors import OutputInvalid, RunawayOutput
from stack.layout import PROJECT_ROOT

PROMPTS = PROJECT_ROOT / "apps" / "medical_records" / "drafting" / "prompts"
CONTEXT, TRANSCRIPT_TOKENS = 4096, 1900
LANGUAGES = {"zh": "Simplified Chinese (简体中文)", "en": "English"}


@dataclass(frozen=True)
class DraftingModel:
    name: str
    endpoint: chat.Endpoint

    def answers(
        self, template: Template, transcript: ClinicalTranscript
    ) -> Iterator[tuple[TemplateSection, list[BaseModel]]]:
        """A section whose answer has the wrong form, or never ends, has none."""
        found: dict[str, list[BaseModel]] = {section.key: [] for section in template.sections}
        for part in extraction_schema.split_transcript(transcript, TRANSCRIPT_TOKENS):
            for section in template.sections:
                if extraction_schema.fields_for_model(section):
                    found[section.key] += self._answer(template, section, part)
        for section in template.sections:
            yield section, found[section.key]

    def part(self, past: FewShotExamples, heading: str, dialogue: str) -> str:
        """One part of a record, written like similar past ones. Empty where the model only repeated itself."""
        prompt = prompts.load(PROMPTS / "write_part.md")
        asked = prompt.render(heading=heading, lines=dialogue)
        try:
            return self._complete(asked.request(history=past.messages(prompt, heading, dialogue))).text
        except RunawayOutput:
            return ""

    def _answer(
        self, template: Template, section: TemplateSection, part: extraction_schema.TranscriptPart
    ) -> list[BaseModel]:
        fields, language = extraction_schema.fields_for_model(section), LANGUAGES[template.language]
        prompt = prompts.load(PROMPTS / "draft_section.md")
        asked = prompt.render(lines=part.lines, section=section, fields=fields, language=language)
        schema = extraction_schema.section_schema(section)
        try:
            return [structured.extract(self._complete, asked.request(), schema)]
        except (OutputInvalid, RunawayOutput):
            return []

    def _complete(self, request: chat.ChatRequest) -> chat.Completion:
        return event_loop.submit(chat.Generation(self.endpoint, request).run()).result()


@contextmanager
def drafting_model() -> Iterator[DraftingModel]:
    weights = engines.embedded_weights()
    with engines.llama(weights, "--slots", "1", "--context", str(CONTEXT)) as engine:
        yield DraftingModel(weights.stem, chat.Endpoint(url=engine.url, model=engine.model))
