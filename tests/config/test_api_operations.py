"""What is written down of the API: an operation a line, and a digest that moves with all that it takes and gives."""

from typing import Any

from config.api_operations import operations


def schema(tea: dict[str, Any]) -> dict[str, Any]:
    answer = {"200": {"schema": {"$ref": "#/components/schemas/Cup"}}}
    return {
        "paths": {
            "/cups/": {"post": {"operationId": "fill"}, "get": {"responses": answer}, "parameters": []},
            "/animals/": {"get": {"operationId": "animals"}},
        },
        "components": {
            "schemas": {"Cup": {"properties": {"tea": {"$ref": "#/components/schemas/Tea"}}}, "Tea": tea}
        },
    }


def test_each_operation_has_a_line_by_path_and_method() -> None:
    lines = operations(schema({"type": "string"})).splitlines()

    assert [line.split()[1:] for line in lines] == [
        ["GET", "/animals/"],
        ["GET", "/cups/"],
        ["POST", "/cups/"],
    ]


def test_a_field_that_changes_shows_at_each_operation_that_reaches_it_and_at_no_other() -> None:
    before, after = (operations(schema({"type": kind})).splitlines() for kind in ("string", "integer"))

    assert [new.split()[1:] for old, new in zip(before, after, strict=True) if old != new] == [
        ["GET", "/cups/"]
    ]


def test_schemas_that_refer_to_each_other_come_to_an_end() -> None:
    around = {"properties": {"in": {"$ref": "#/components/schemas/Cup"}}}

    assert operations(schema(around)) == operations(schema(around))
