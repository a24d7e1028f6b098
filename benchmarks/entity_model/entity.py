"""What is found in a medical text: a span and its type."""

from dataclasses import dataclass
from typing import Literal, get_args

# dis: disease; sym: symptom or sign; pro: procedure; equ: equipment; dru: drug; ite: item measured; bod: body part
# or substance; dep: department; mic: microorganism.
EntityType = Literal["dis", "sym", "pro", "equ", "dru", "ite", "bod", "dep", "mic"]
TYPES: tuple[EntityType, ...] = get_args(EntityType)


@dataclass(frozen=True, slots=True, order=True)
class Entity:
    """`end`: exclusive. A body part may lie inside of a symptom."""

    start: int
    end: int
    type: EntityType

    def holds(self, other: "Entity") -> bool:
        return self.start <= other.start and other.end <= self.end

    def touches(self, other: "Entity") -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True)
class LabelledText:
    """A text and what a person marked in it."""

    text: str
    entities: tuple[Entity, ...]


def outermost(entities: "list[Entity] | tuple[Entity, ...]") -> list[Entity]:
    """Those that lie in no other; of two that cross, the earlier one."""
    found: list[Entity] = []
    for entity in sorted(entities, key=lambda each: (each.start, -each.end)):
        if not any(entity.touches(other) for other in found):
            found.append(entity)
    return found
