from typing import Literal

from pydantic import Field

from domain.workflows import types
from domain.workflows.steps import RoleName, StepCheck, StepFields, Template
from domain.workflows.types import MAX_FIELDS, Flag, List, Name, Record, Text, Type, Words

# What a form can ask for.
ASKED = (Text, types.Number, Flag, types.Choice)


class Wait(StepFields):
    """A person approves, and may change fields; the run stops until then. → `approved`, and the fields as they were left"""

    kind: Literal["wait"]
    message: Words
    fields: dict[Name, Type] = Field(default_factory=dict, max_length=MAX_FIELDS)
    values: dict[Name, Template] = Field(default_factory=dict, max_length=MAX_FIELDS)
    roles: list[RoleName] = Field(default_factory=list, max_length=30)

    @property
    def origins(self) -> tuple[str, ...]:
        return ()

    def result(self, check: StepCheck) -> Record:
        check.add_roles(self.roles, "roles")
        # A plain text stands for both.
        for language in ("en", "zh")[: len({self.message.en, self.message.zh})]:
            with check.telling("message", language):
                check.text(getattr(self.message, language))
        for name, port in self.fields.items():
            is_lines = isinstance(port, List) and isinstance(port.of, Text)
            if name == "approved":
                check.add("name_taken", "fields", name, name=name)
            if not (isinstance(port, ASKED) or is_lines):
                check.add("not_in_form", "fields", name, type=types.name_of(port))
        for name, text in self.values.items():
            if name in self.fields:
                check.fits(self.fields[name], text, "values", name)
            else:
                check.add("unknown_argument", "values", name=name, known=", ".join(self.fields))
        return Record(fields={"approved": Flag(), **self.fields})
