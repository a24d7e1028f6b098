"""What is recorded in `docs/measurements`."""

import json

from stack.layout import PROJECT_ROOT

RECORDED = sorted((PROJECT_ROOT / "docs" / "measurements").glob("*.json"))


def test_every_recorded_measurement_is_json_and_stands_in_the_list() -> None:
    listed = (PROJECT_ROOT / "docs" / "measurements" / "README.md").read_text(encoding="utf-8")
    for path in RECORDED:
        assert json.loads(path.read_text(encoding="utf-8"))["figures"], path.name
        group, name = path.name.partition("-")[0], path.name.removesuffix("-0.1.0.json")
        assert any(f"`{each}" in listed for each in (f"{name}`", path.name, f"{group}-*`")), path.name
    assert RECORDED
