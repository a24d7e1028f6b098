"""What the product is made of: every file by its hash, known holes, and a list of it all."""

import re
import subprocess
from pathlib import Path

import pytest

from stack.layout import PROJECT_ROOT
from stack.supply_chain import NotChecked, holes_in, unpinned_images

REQUIREMENTS = PROJECT_ROOT / "requirements"
LISTS = sorted(REQUIREMENTS.glob("*.txt"))


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.name)
def test_every_requirement_is_pinned_by_hash(path: Path) -> None:
    lines = path.read_text().replace("\\\n", " ").splitlines()
    pinned = [line for line in lines if line and not line.startswith(("#", "-r "))]
    assert pinned
    assert [
        line for line in pinned if not re.fullmatch(r"\S+==\S+( .*)? --hash=sha256:[0-9a-f]{64}.*", line)
    ] == []


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.name)
def test_a_list_names_no_index_and_no_place_of_anybodys(path: Path) -> None:
    assert not re.search(r"https?:|file:|--(extra-)?index-url|--find-links", path.read_text())


@pytest.mark.slow
def test_whoever_installs_a_list_installs_it_by_hash() -> None:
    """In documents, messages and code: what a person copies has to be the safe way."""
    listed = subprocess.run(
        ["git", "grep", "-nE", r"pip install .*-r \S*requirements/\w"],
        cwd=PROJECT_ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    lines = [line for line in listed.stdout.splitlines() if "test_supply_chain" not in line]
    assert lines
    assert [line for line in lines if "--require-hashes" not in line] == []


def test_an_image_installs_by_hash_only() -> None:
    text = (PROJECT_ROOT / "Dockerfile").read_text()
    installs = [line for line in text.splitlines() if "pip install" in line and "requirements/" in line]
    assert installs
    assert [line for line in installs if "--require-hashes" not in line] == []


def test_a_hole_is_named_with_what_mends_it() -> None:
    holes = [{"id": "PYSEC-1", "fix_versions": ["2.1"]}]
    report = [{"name": "tea", "version": "2.0", "vulns": holes}, {"name": "pot", "version": "1", "vulns": []}]
    assert holes_in(report) == "tea 2.0: PYSEC-1, mended in 2.1"
    assert holes_in(report[1:]) == ""


def test_packages_that_the_service_does_not_know_are_not_called_clean() -> None:
    report = [{"name": "tea", "version": "2.0", "vulns": []}, {"name": "pot", "skip_reason": "not found"}]
    with pytest.raises(NotChecked, match=r"1 of 2 packages \(pot\)"):
        holes_in(report)


def test_images_that_a_tag_names_are_not_called_pinned() -> None:
    """Digests come from the images' registry; a tree that has none yet says so at every check."""
    listed = (PROJECT_ROOT / "deploy" / "images.env").read_text().splitlines()
    tags = [line for line in listed if line and line[0] != "#" and "@sha256:" not in line]
    if tags:
        with pytest.raises(NotChecked, match=f"{len(tags)} of [0-9]+ images are named by a tag alone"):
            unpinned_images()
    else:
        assert unpinned_images() == ""
