"""What the page asks the planner."""

from typing import Any

from llm_backend.capacity.architecture import bundled_architecture, read_config
from llm_backend.capacity.memory import deployment
from llm_backend.capacity.plan import Plan, make_plan

OWN = "own"


def capacity_plan(*, model: str, config: str, **settings: Any) -> Plan:
    """`model` is a bundled name, or OWN for the one in `config`. Raises CapacityError."""
    architecture = read_config(config) if model == OWN else bundled_architecture(model)
    name = architecture.model_type if model == OWN else model
    return make_plan(name, architecture, deployment(**settings))
