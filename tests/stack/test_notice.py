"""NOTICE names the packages and weights of others with their licences, and none that Apache-2.0 could not stand beside."""

import json
import tomllib
from pathlib import Path

import pytest

from stack.layout import PROJECT_ROOT
from stack.notice import NOTICE, WEIGHTS, licence, notice, pinned_packages
from stack.supply_chain import write_sbom

# Whoever calls these from code of their own has to publish that code.
COPYLEFT = ("AGPL", " GPL", "SSPL", "BUSL", "CC-BY-NC")
LINES = NOTICE.read_text(encoding="utf-8").splitlines()


def section(title: str) -> dict[str, str]:
    start = LINES.index(title) + 2
    rows = LINES[start : LINES.index("", start)] if "" in LINES[start:] else LINES[start:]
    return dict(row.split(": ", 1) for row in rows if ": " in row)


def test_every_package_that_the_product_pins_stands_in_the_notice_with_a_licence() -> None:
    packages = section("Packages")
    assert list(packages) == [f"{name} {version}" for name, version in pinned_packages()]
    assert len(packages) > 100
    assert all(packages.values())


def test_every_file_of_weights_stands_in_the_notice_with_its_licence() -> None:
    weights = tomllib.loads(WEIGHTS.read_text(encoding="utf-8"))
    assert section("Weights of models") == {each["file"]: each["licence"] for each in weights.values()}


def test_no_package_asks_that_whoever_calls_it_publishes_their_code() -> None:
    assert [
        name for name, terms in section("Packages").items() if any(each in f" {terms}" for each in COPYLEFT)
    ] == []


def test_the_licence_is_the_apache_licence_as_its_makers_publish_it() -> None:
    text = (PROJECT_ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.split()[:4] == ["Apache", "License", "Version", "2.0,"]
    assert "END OF TERMS AND CONDITIONS" in text
    assert LINES[1] == "Licensed under the Apache License, Version 2.0: see LICENSE."


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ([{"license": {"id": "MIT"}}], "MIT"),
        ([{"expression": "Apache-2.0 OR BSD-3-Clause"}], "Apache-2.0 OR BSD-3-Clause"),
        ([{"license": {"name": "License :: OSI Approved :: Apache Software License"}}], "Apache-2.0"),
        (
            [
                {"license": {"id": "BSD-3-Clause"}},
                {"license": {"name": "License :: OSI Approved :: BSD License"}},
            ],
            "BSD-3-Clause",
        ),
    ],
)
def test_a_licence_is_told_once_and_by_its_short_name(declared: list[object], told: str) -> None:
    assert licence({"name": "tea", "licenses": declared}) == told


def test_a_package_that_declares_no_licence_has_to_be_looked_up_by_a_person() -> None:
    with pytest.raises(KeyError, match="tea"):
        licence({"name": "Tea", "licenses": []})


def test_a_pinned_package_that_the_list_lacks_is_no_silent_gap(tmp_path: Path) -> None:
    sbom = tmp_path / "sbom.json"
    sbom.write_text(json.dumps({"components": []}))
    with pytest.raises(KeyError, match="addict"):
        notice(sbom)


@pytest.mark.slow
def test_the_list_of_packages_names_what_the_product_pins_and_the_notice_says_the_same(
    tmp_path: Path,
) -> None:
    assert write_sbom(tmp_path / "sbom.json") == ""
    # A KeyError where the list lacks what is pinned.
    assert notice(tmp_path / "sbom.json") == NOTICE.read_text(encoding="utf-8")
