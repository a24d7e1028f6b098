"""Whether anybody sees what they may not: random settings of members, roles, groups, collections, documents and channels.

Each setting changes one thing, then looks through the eyes of one actor at all that shows documents: lists, counts, search
by words and by vectors, the finder, jobs and, of some settings, pages and the API. What may be seen is computed from the
settings alone, without the product. `leaks`: things seen that may not be; `missing`: things that should be seen and are not.
"""

from typing import Annotated, Any

from benchmarks import isolated

COMMAND = "eval rights"


def run(
    settings: Annotated[int, "how many"] = 10_000, seed: Annotated[int, "of the settings"] = 1
) -> dict[str, Any]:
    with isolated.services():
        from benchmarks import rights_house

        return rights_house.look(settings, seed)
