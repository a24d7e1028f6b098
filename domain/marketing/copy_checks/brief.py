"""What marketing copy may say: the facts of one brief."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Fact:
    """`Fact("净含量", "250 克")`. What stands in either part is known."""

    name: str
    value: str


@dataclass(frozen=True)
class BriefFacts:
    """`industries`: categories of `claims.toml`, such as "food" and "cosmetics", whose rules hold besides the general ones.
    `brand_terms`: wrong spelling → right one. `links`: the only ones that copy may hold. `goal` and `audience` are told to
    whoever writes, and may not be printed."""

    product: str
    facts: tuple[Fact, ...] = ()
    must_say: tuple[str, ...] = ()
    must_not_say: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    brand_terms: Mapping[str, str] = field(default_factory=dict)
    links: tuple[str, ...] = ()
    goal: str = ""
    audience: str = ""

    @property
    def text(self) -> str:
        """All that the brief holds as facts, a line each."""
        return "\n".join(
            (self.product, *(f"{fact.name}：{fact.value}" for fact in self.facts), *self.must_say)
        )
