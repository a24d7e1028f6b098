from typing import Literal

from pydantic import Field

from domain.workflows import types
from domain.workflows.steps import StepCheck, StepFields, Template
from domain.workflows.types import Record, Strict, Text, Type


class Case(Strict):
    when: Template
    value: Template


class Branch(StepFields):
    """The value of the first case that holds. → `value`"""

    kind: Literal["branch"]
    cases: list[Case] = Field(min_length=1, max_length=10)
    otherwise: Template

    @property
    def origins(self) -> list[str]:
        return [*(case.value for case in self.cases), self.otherwise]

    def result(self, check: StepCheck) -> Record:
        for number, case in enumerate(self.cases):
            check.flag(case.when, "cases", number, "when")
        written: dict[tuple[str | int, ...], str] = {
            ("cases", number, "value"): case.value for number, case in enumerate(self.cases)
        }
        written["otherwise",] = self.otherwise
        port: Type | None = None
        for place, text in written.items():
            with check.telling(*place):
                given = check.type_of(text)
                both = types.shared_type(port, given) if port else given
                if both is None and port:
                    names = {"first": types.name_of(port), "second": types.name_of(given)}
                    check.add("cases_differ", *place, **names)
                port = both or port
        return Record(fields={"value": port or Text()})
