from typing import Annotated, Literal

from pydantic import Field

from domain.workflows.steps import StepCheck, StepFields, Template
from domain.workflows.types import Collection, List, Passages, Record


class Retrieve(StepFields):
    """Passages of documents that the person who runs the app may read. → `passages`"""

    kind: Literal["retrieve"]
    question: Template
    collections: Template | Annotated[list[str], Field(min_length=1, max_length=20)]
    limit: int = Field(default=5, ge=1, le=20)

    def result(self, check: StepCheck) -> Record:
        check.texts(question=self.question)
        if isinstance(self.collections, str):
            check.fits(List(of=Collection()), self.collections, "collections", others=[Collection()])
        return Record(fields={"passages": Passages()})
