"""What the page asks the planner."""

from typing import Any

from llm_backend.capacity.architecture import bundled_architecture, read_config
from llm_backend.capacity.memory import deployment
from llm_backend.capacity.plan import Plan, make_plan

OWN = "own"


# Names and GiB of memory as their makers sell them.
GPUS = (
    ("RTX 4090", 24),
    ("RTX 5090", 32),
    ("L40S", 48),
    ("Ascend 910B", 64),
    ("A100 · A800 · H100 · H800", 80),
    ("H20", 96),
    ("H200", 141),
)


def capacity_plan(*, model: str, config: str, **settings: Any) -> Plan:
    """`model` is a bundled name, or OWN for the one in `config`. Raises CapacityError."""
    architecture = read_config(config) if model == OWN else bundled_architecture(model)
    name = architecture.model_type if model == OWN else model
    return make_plan(name, architecture, deployment(**settings))
