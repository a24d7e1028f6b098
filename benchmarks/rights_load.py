"""What rights cost a search, and how soon a grant that is taken back holds: many passages, half of the documents restricted
to one of a thousand groups each.

`slower_pct`: the median search of a member of some groups, by words and by vectors, over the same search of an owner, who
reads all; both in turn, so that a busy machine slows both. `revoked_s`: from taking a grant back to a search without the
document.
"""

from typing import Annotated, Any

from benchmarks import isolated

COMMAND = "bench rights"


def run(
    passages: Annotated[int, "in one collection"] = 100_000,
    groups: Annotated[int, "that documents are restricted to"] = 1000,
    searches: Annotated[int, "of each reader"] = 60,
) -> dict[str, Any]:
    with isolated.services():
        from benchmarks import rights_library

        return rights_library.measure(passages, groups, searches)
