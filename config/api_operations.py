"""What the REST API offers, short enough to be read in a change: a line for each operation.

The digest is of the whole operation with every schema that it reaches, so that a field that changes anywhere shows at each
operation that takes or gives it. The schema itself is made by `./kongming manage spectacular` and is at `/api/docs/`.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[1] / "docs" / "api-operations.txt"
DIGEST_CHARACTERS = 12
METHODS = ("get", "post", "put", "patch", "delete")


def operations(schema: Mapping[str, Any]) -> str:
    """`schema`: a document of OpenAPI 3. Lines of digest, method and path, by path."""
    lines = []
    for path, methods in sorted(schema["paths"].items()):
        for method in METHODS:
            if method in methods:
                reached = _components(methods[method], schema, {})
                text = json.dumps([methods[method], reached], sort_keys=True, ensure_ascii=False)
                digest = hashlib.sha256(text.encode()).hexdigest()[:DIGEST_CHARACTERS]
                lines.append(f"{digest} {method.upper():6} {path}\n")
    return "".join(lines)


def _components(part: object, schema: Mapping[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    """What `part` refers to, and what that refers to, by its address in the document."""
    for address in _references(part):
        if address not in known:
            found: Any = schema
            for step in address.removeprefix("#/").split("/"):
                found = found[step]
            known[address] = found
            _components(found, schema, known)
    return known


def _references(part: object) -> Iterator[str]:
    if isinstance(part, Mapping):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)
