from typing import Literal

from pydantic import Field

from domain.workflows import types, values
from domain.workflows.steps import StepCheck, StepFields, Template
from domain.workflows.types import MAX_FIELDS, Name, Record, Text, Type


class Extract(StepFields):
    """A model fills in fields; quotes are looked for in the source. → the fields"""

    kind: Literal["extract"]
    prompt: Template
    role: Template | None = None
    source: Template | None = None
    fields: dict[Name, Type] = Field(min_length=1, max_length=MAX_FIELDS)
    temperature: float = Field(default=0.0, ge=0, le=2)
    max_tokens: int = Field(default=1500, ge=1, le=16_000)

    def result(self, check: StepCheck) -> Record:
        check.texts(prompt=self.prompt, role=self.role)
        record = Record(fields=self.fields)
        if problem := values.extraction_problem(record):
            check.add(problem.code, "fields", **problem.names)
        has_quotes = any(isinstance(each, types.Quote) for each in types.inside(record))
        if has_quotes and self.source is None:
            check.add("source_missing", "fields")
        if self.source is not None:
            check.fits(Text(), self.source, "source")
        return record
