from typing import Literal

from pydantic import Field

from domain.workflows import receivers
from domain.workflows.signatures import MAX_LEVELS
from domain.workflows.steps import StepCheck, StepFields, Written
from domain.workflows.types import MAX_FIELDS, Name, Record


class RunApp(StepFields):
    """Another app of the organisation, as it is published when the step begins. → what that app gives"""

    kind: Literal["run_app"]
    app: Name
    inputs: dict[Name, Written] = Field(default_factory=dict, max_length=MAX_FIELDS)

    def result(self, check: StepCheck) -> Record | None:
        signature = check.outside.get(("run_app", self.app))
        if self.app == check.app or (signature and check.app in signature.reaches):
            check.add("app_cycle", "app", name=self.app)
            return None
        if signature is None:
            check.add("unknown_app", "app", name=self.app)
            return None
        if signature.levels >= MAX_LEVELS:
            check.add("too_many_levels", "app", limit=str(MAX_LEVELS))
        check.arguments(signature.takes.fields, self.inputs, "inputs")
        for name in signature.receivers & self.inputs.keys():
            with check.telling("inputs", name):
                receivers.check_receiver(check, str(self.inputs[name]), "inputs", name)
        return signature.gives
