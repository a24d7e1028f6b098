"""How the API schema describes what holds for every request that makes something."""

from typing import Any

from apps.jobs.idempotency import HEADER, MAX_KEY_CHARACTERS, SUCCESS_STATUSES

PARAMETER = {
    "in": "header",
    "name": HEADER,
    "schema": {"type": "string", "maxLength": MAX_KEY_CHARACTERS},
    "description": "Sent again with the same key within a day, the request makes nothing a second time.",
}


def document_idempotency_keys(result: dict[str, Any], **_generation: Any) -> dict[str, Any]:
    for operations in result["paths"].values():
        statuses = operations.get("post", {}).get("responses", {}).keys() & {
            str(status) for status in SUCCESS_STATUSES
        }
        parameters = operations["post"].setdefault("parameters", []) if statuses else None
        if parameters is not None and not any(each["name"] == HEADER for each in parameters):
            parameters.append(PARAMETER)
    return result
