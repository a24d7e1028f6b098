from typing import Literal

from domain.workflows.steps import StepCheck, StepFields, Template
from domain.workflows.types import MAX_TEXT_CHARACTERS, Record, Text


class Write(StepFields):
    """A text made of what the steps before gave. → `text`"""

    kind: Literal["write"]
    text: Template

    def result(self, check: StepCheck) -> Record:
        check.texts(text=self.text)
        return Record(fields={"text": Text(max_characters=MAX_TEXT_CHARACTERS)})
