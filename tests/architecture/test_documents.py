"""The front page, its Chinese twin and the index of documents: what they name is there, and nothing is left out."""

import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from apps.core import errors
from apps.jobs.webhook_events import EVENTS
from config.env import PROJECT_ROOT
from llm_backend import patterns

DOCS = PROJECT_ROOT / "docs"
FRONT_PAGES = (PROJECT_ROOT / "README.md", PROJECT_ROOT / "README.zh.md")
INDEX = DOCS / "README.md"
PAGES = (*FRONT_PAGES, PROJECT_ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md")))
LINK = patterns.compile(r"\]\(([^()\s#]{1,200})(?:#[^()\s]{1,200})?\)")
COMMAND = patterns.compile(r"\./kongming ([a-z]+)")
# A file of this repository, as a page names it; or a name that a module has, as in `jobs/services.create_job`.
NAMED_FILE = patterns.compile(r"`(?:\./|\.\./)?([\w./-]{3,120}\.(?:py|html|js|css|md|toml|txt|yml|sh|npz))`")
NAMED_PART = patterns.compile(r"`((?!var/|/)[\w/]{2,80}/\w{2,40})\.([a-z_]\w{2,60})`")
# Written where it runs, or told as what others have.
ELSEWHERE = ("var/", "shared/")
# “One screen and a half”.
MOST_LINES = 100


@cache
def links(page: Path) -> tuple[Path, ...]:
    """Files and folders of this repository that a page leads to, one for each link."""
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    return tuple((page.parent / target).resolve() for target in targets if "://" not in target)


@pytest.mark.parametrize("page", [*FRONT_PAGES, *sorted(DOCS.rglob("*.md"))], ids=lambda page: page.name)
def test_what_a_page_links_to_exists(page: Path) -> None:
    assert [str(target) for target in links(page) if not target.exists()] == []


@cache
def endings() -> dict[str, list[Path]]:
    """Every file of the repository by every end of its path: `services.py`, `jobs/services.py`, `apps/jobs/services.py`."""
    listed = subprocess.run(["git", "ls-files"], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    by_ending: dict[str, list[Path]] = {}
    for name in listed.stdout.splitlines():
        parts = name.split("/")
        for start in range(len(parts)):
            by_ending.setdefault("/".join(parts[start:]), []).append(PROJECT_ROOT / name)
    return by_ending


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_files_and_functions_that_a_page_names_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    files = [name for name in NAMED_FILE.findall(text) if not name.startswith(ELSEWHERE)]
    # A second dot is the ending of a file.
    parts = [
        (module, part) for module, part in NAMED_PART.findall(text) if f"{module}.{part}" not in endings()
    ]
    defined = {
        (module, part)
        for module, part in parts
        if any(
            patterns.search(
                rf"(?m)^(?:async )?(?:def|class) {part}\b|^{part}\b", path.read_text(encoding="utf-8")
            )
            for path in endings().get(f"{module}.py", [])
        )
    }

    assert [name for name in files if name not in endings()] == []
    assert set(parts) - defined == set()


@pytest.mark.parametrize("page", sorted(set(DOCS.glob("*.md")) - {INDEX}), ids=lambda page: page.name)
def test_a_document_stands_in_the_index_once(page: Path) -> None:
    assert links(INDEX).count(page) == 1


def test_the_front_page_leads_to_the_same_files_in_both_languages() -> None:
    english, chinese = (
        {target for target in links(page) if target.suffix != ".png" and target not in FRONT_PAGES}
        for page in FRONT_PAGES
    )
    assert english == chinese


@pytest.mark.parametrize("page", FRONT_PAGES, ids=lambda page: page.name)
def test_the_front_page_is_short_and_shows_one_picture(page: Path) -> None:
    assert len(page.read_text(encoding="utf-8").splitlines()) <= MOST_LINES
    assert len([target for target in links(page) if target.suffix == ".png"]) == 1


@pytest.mark.parametrize("page", [*FRONT_PAGES, *sorted(DOCS.glob("*.md"))], ids=lambda page: page.name)
def test_the_commands_that_a_page_names_exist(page: Path) -> None:
    named = set(COMMAND.findall(page.read_text(encoding="utf-8")))
    assert named - verbs() == set()


def test_every_event_that_webhooks_are_told_of_is_documented() -> None:
    told = (DOCS / "webhooks.md").read_text(encoding="utf-8")
    assert [event for event in EVENTS if f"`{event}`" not in told] == []


def test_the_api_tells_when_it_answers_with_each_status_of_an_error(settings: Any) -> None:
    kinds = [each for each in vars(errors).values() if isinstance(each, type)]
    statuses = {each.status for each in kinds if issubclass(each, errors.ApplicationError)} - {500}
    told = settings.SPECTACULAR_SETTINGS["DESCRIPTION"]
    assert [status for status in sorted(statuses) if f"| {status} |" not in told] == []


@cache
def verbs() -> frozenset[str]:
    told = subprocess.run(
        [sys.executable, "-m", "stack", "--help"],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return frozenset(patterns.findall(r"(?m)^ {4}([a-z]+)\b", told))
