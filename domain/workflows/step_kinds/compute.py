from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from domain.workflows import functions
from domain.workflows.steps import StepCheck, StepFields, Written
from domain.workflows.types import Name, Record


class Compute(StepFields):
    """A function of an installed package. → what it gives"""

    kind: Literal["compute"]
    function: Annotated[str, StringConstraints(max_length=100)]
    arguments: dict[Name, Written] = Field(default_factory=dict, max_length=20)

    def result(self, check: StepCheck) -> Record | None:
        function = functions.all_functions().get(self.function)
        if function is None:
            check.add(
                "unknown_function",
                "function",
                name=self.function,
                known=", ".join(functions.all_functions()),
            )
            return None
        check.arguments(function.parameters, self.arguments, "arguments")
        return function.result
