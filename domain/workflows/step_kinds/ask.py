from typing import Literal

from pydantic import Field

from domain.workflows.steps import StepCheck, StepFields, Template
from domain.workflows.types import Record, Text


class Ask(StepFields):
    """A model writes a text, which people see coming. → `text`"""

    kind: Literal["ask"]
    prompt: Template
    role: Template | None = None
    temperature: float = Field(default=0.2, ge=0, le=2)
    max_tokens: int = Field(default=1000, ge=1, le=16_000)
    max_characters: int = Field(default=20_000, ge=1, le=400_000)

    def result(self, check: StepCheck) -> Record:
        check.texts(prompt=self.prompt, role=self.role)
        return Record(fields={"text": Text(max_characters=self.max_characters)})
