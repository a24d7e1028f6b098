from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field

from domain.workflows import types
from domain.workflows.step_kinds.ask import Ask
from domain.workflows.step_kinds.branch import Branch
from domain.workflows.step_kinds.call import Call
from domain.workflows.step_kinds.compute import Compute
from domain.workflows.step_kinds.extract import Extract
from domain.workflows.step_kinds.look import Look
from domain.workflows.step_kinds.query import Query
from domain.workflows.step_kinds.retrieve import Retrieve
from domain.workflows.step_kinds.run_app import RunApp
from domain.workflows.step_kinds.send import Send
from domain.workflows.step_kinds.write import Write
from domain.workflows.steps import StepCheck, StepFields, Template
from domain.workflows.types import MAX_FIELDS, List, Name, Record, Type

MAX_REPEATS = 500
# What may stand in a loop.
InnerKind = Ask | Extract | Look | Retrieve | Compute | Query | Branch | Call | Send | Write | RunApp


class ForEach(StepFields):
    """The same steps for each item of a list, one after the other. → each name of `collect`, as a list"""

    kind: Literal["for_each"]
    items: Template
    name: Name = "item"
    max: int = Field(default=50, ge=1, le=MAX_REPEATS)
    steps: list[Annotated[InnerKind, Field(discriminator="kind")]] = Field(min_length=1, max_length=10)
    collect: dict[Name, Template] = Field(min_length=1, max_length=MAX_FIELDS)

    @property
    def steps_inside(self) -> Sequence[StepFields]:
        return self.steps

    def result(self, check: StepCheck) -> Record | None:
        item: Type | None = None
        with check.telling("items"):
            given = check.type_of(self.items)
            item = types.item_of(given)
            if item is None:
                check.add("nothing_to_repeat", "items", type=types.name_of(given))
        if item is None:
            return None
        # Two loops may call their items alike where these are alike: a run knows one type for each name.
        is_other = check.known.get(self.name, item) != item
        if is_other or self.name in check.scope or self.name == self.id:
            check.add("name_taken", "name", name=self.name)
        check.known[self.name] = item
        check.origins[self.name] = [self.items]
        # What stands in a loop is known there alone.
        inside = replace(check, scope={**check.scope, self.name: item})
        inside.add_steps(self.steps)
        collected: dict[str, Type] = {}
        for name, text in self.collect.items():
            with inside.telling("collect", name):
                port = inside.type_of(text)
                collected[name] = List(of=types.item_of(port) or port, max_items=types.MAX_ITEMS)
        return Record(fields=collected)
