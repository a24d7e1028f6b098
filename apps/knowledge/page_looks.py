"""The model for pictures as a second reader of scanned pages."""

from pathlib import Path

from apps.inference import prompts, selectors
from apps.inference import services as inference
from apps.inference.models import Purpose
from apps.jobs.runs import JobRun

PROMPTS = Path(__file__).with_name("prompts")
# In a row; then the rest of the document is read without it, rather than wait for each page.
MOST_MISSED = 3


class PageLooks:
    """Asks about one page after the other."""

    def __init__(self, run: JobRun) -> None:
        self.run = run
        self.prompt = prompts.load(run.actor.organisation, PROMPTS / "read_page.md").render()
        self.missed = 0

    def __call__(self, jpeg: str) -> inference.Look:
        if self.missed >= MOST_MISSED:
            return inference.Look("away")
        looked = inference.look(self.run, self.prompt, jpeg)
        self.missed = self.missed + 1 if looked.state == "away" else 0
        return looked


def looks_for(run: JobRun) -> PageLooks | None:
    """None where no model for pictures is set up."""
    return PageLooks(run) if selectors.candidates(run.actor.organisation, Purpose.VISION) else None
