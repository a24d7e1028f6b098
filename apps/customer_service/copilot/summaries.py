"""A conversation in a few lines for a colleague, and as a question with an answer for everybody."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from apps.answering.writing import strip_wrapping
from apps.core.languages import NAMES_FOR_MODELS
from apps.customer_service.copilot.transcripts import Excerpt
from apps.inference import prompts
from apps.inference import services as inference
from apps.jobs.runs import JobRun
from llm_backend import patterns

PROMPTS = Path(__file__).parent / "prompts"
SAID_TOKENS = 1200
_PERSONAL = patterns.compile(
    r"[\w.+-]{1,64}+@[\w-]+(?:\.[\w-]+)+"  # mail
    r"|(?<!\d)\+?\d[\d -]{6,}\d(?!\d)"  # telephone and long order numbers
    r"|#\d{3,}"
    r"|(?<![A-Za-z0-9])(?=[A-Za-z-]{0,64}\d)(?=\d*-?[A-Za-z])(?:[A-Z0-9]++-[A-Z0-9]{3,}+|[A-Z0-9]{4,}+)(?![A-Za-z0-9])",
    patterns.ASCII,
)


class SavedAnswerSuggestion(BaseModel):
    model_config = ConfigDict(extra="forbid")

    question: str = Field(min_length=1, max_length=300)
    answer: str = Field(min_length=1, max_length=1000)


def summarise(run: JobRun, excerpt: Excerpt, *, language: str) -> dict[str, Any]:
    run.stage("writing")
    prompt = prompts.load(run.job.organisation, PROMPTS / "summarise.md").render(
        language=NAMES_FOR_MODELS[language],
        summary=excerpt.conversation.summary,
        said=excerpt.text(SAID_TOKENS),
    )
    completion = inference.stream(run, prompt)
    run.check()
    return {"text": strip_wrapping(completion.text)}


def suggest_saved_answer(run: JobRun, excerpt: Excerpt, *, language: str) -> dict[str, Any]:
    """Personal facts that slipped in are named, so that staff take them out before anybody else reads them."""
    run.stage("writing")
    prompt = prompts.load(run.job.organisation, PROMPTS / "suggest_curated.md").render(
        language=NAMES_FOR_MODELS[language], said=excerpt.text(SAID_TOKENS)
    )
    suggestion = inference.extract(run, prompt, SavedAnswerSuggestion)
    run.check()
    return {
        "question": suggestion.question.strip(),
        "text": suggestion.answer.strip(),
        "personal": personal_facts(
            f"{suggestion.question}\n{suggestion.answer}", [excerpt.conversation.visitor_name]
        ),
    }


def personal_facts(text: str, names: list[str]) -> list[str]:
    """Mail addresses, telephone and order numbers, and the names that are known."""
    known_names = [name for name in names if name and name.lower() in text.lower()]
    return list(dict.fromkeys([*_PERSONAL.findall(text), *known_names]))
