from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from domain.workflows.steps import StepCheck, StepFields, Written
from domain.workflows.types import Name, Record


class Call(StepFields):
    """A tool: something of another system, or of an installed package. → what it gives"""

    kind: Literal["call"]
    tool: Annotated[str, StringConstraints(max_length=100)]
    arguments: dict[Name, Written] = Field(default_factory=dict, max_length=40)

    def result(self, check: StepCheck) -> Record | None:
        signature = check.outside.get(("call", self.tool))
        if signature is None:
            check.add("unknown_tool", "tool", name=self.tool)
            return None
        check.arguments(signature.takes.fields, self.arguments, "arguments")
        return signature.gives
