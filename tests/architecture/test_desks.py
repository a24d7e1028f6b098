"""The frame knows no desk by name, and what a manifest names is there."""

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.utils.module_loading import import_string
from drf_spectacular.plumbing import deep_import_string

from apps.accounts.permissions import PERMISSIONS, ROLES
from apps.core import desks
from apps.core.desks import Desk, OnboardingStep, Page
from tests.architecture.test_code import ROOT, sources

NAMES = [desk.name for desk in desks.all_desks()]

every_desk = pytest.mark.parametrize("desk", desks.all_desks(), ids=NAMES)


def pages_of(desk: Desk) -> list[Page | OnboardingStep]:
    own = [*desk.room.pages, *desk.room.actions] if desk.room else []
    return [
        *desk.onboarding,
        *own,
        *(page for tab in (*desk.resource_tabs, *desk.home_tabs) for page in tab.pages),
    ]


def frame_files() -> list[Path]:
    """All that no desk owns, less what measures desks and what tests them."""
    code = [path for path in sources() if path.parts[len(ROOT.parts)] not in ("benchmarks", "tests")]
    pages = [path for path in (ROOT / "templates").rglob("*") if path.is_file()]
    found = [*code, *pages, ROOT / "pyproject.toml"]
    return [path for path in found if not set(NAMES).intersection(path.relative_to(ROOT).parts)]


def test_no_file_of_the_frame_names_a_desk() -> None:
    # As part of a path, of a module or of an address: a desk may be called by a word that others use, too.
    named = re.compile(rf"(?:\bapps[./]|[/\"'])(?:{'|'.join(NAMES)})\b(?=[./:\"'])")
    # OpenAI's API calls one side of a chat so, and a purpose of endpoints is called after what it serves.
    texts = {path: path.read_text().replace('"assistant"', "") for path in frame_files()}
    naming = [str(path.relative_to(ROOT)) for path, text in texts.items() if named.search(text)]

    assert len(frame_files()) > 300
    assert naming == []


@every_desk
def test_a_manifest_is_of_its_own_folder(desk: Desk) -> None:
    assert import_module(f"{desk.app}.desk").DESK is desk


@every_desk
def test_everything_that_a_manifest_names_is_there(desk: Desk) -> None:
    of_takers = [name for each in desk.takes for name in (each.recognises, each.form) if name]
    dotted = [*desk.middleware, *(each.task for each in desk.schedule), *of_takers]
    dotted += [desk.request_actor] if desk.request_actor else []

    assert [name for name in dotted if not callable(import_string(name))] == []
    assert all(deep_import_string(choices) for choices in desk.api_enum_names.values())
    assert all(page.url.startswith("/") for page in pages_of(desk))


@every_desk
def test_a_manifest_gives_permissions_that_exist_to_roles_that_exist(desk: Desk) -> None:
    own_areas = {name.partition(".")[0] for name in desk.permissions}
    others = {name for each in desks.all_desks() if each is not desk for name in each.permissions}
    granted = {name for names in desk.role_permissions.values() for name in names}

    assert desk.role_permissions.keys() <= {role.name for role in ROLES}
    assert granted <= desk.permissions.keys()
    assert {name for role in desk.roles for name in role.permissions} <= PERMISSIONS.keys()
    assert {name for name in others if name.partition(".")[0] in own_areas} == set()
    assert {page.permission for page in pages_of(desk)} <= {None, *PERMISSIONS}


@pytest.mark.parametrize(
    "part", ["permissions", "webhook_events", "audit_sentences", "audit_details", "api_enum_names"]
)
def test_no_two_desks_say_the_same(part: str) -> None:
    said: list[Any] = [name for desk in desks.all_desks() for name in getattr(desk, part)]

    assert sorted(said) == sorted(set(said))
