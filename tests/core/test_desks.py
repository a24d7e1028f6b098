"""A desk that nobody told the frame of: what its folder says is found by every part of the frame that asks."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
# Each starts a process of the whole platform.
pytestmark = pytest.mark.slow

FILES = {
    "__init__.py": "",
    "desk.py": """
from apps.core.desks import Desk, FileTaker, OnboardingStep, Page, PeriodicTask, Role, Room

DESK = Desk(
    app="apps.tea_tasting",
    label="Tea tasting",
    url_prefix="tea/",
    permissions={"tea.taste": "Taste tea", "tea.judge": "Judge tea"},
    role_permissions={"admin": ["tea.taste"], "viewer": ["tea.taste"]},
    roles=(Role("taster", "tea taster", "Tastes and judges.", ["tea.taste", "tea.judge"]),),
    room=Room("Tea", "book", (Page("Cups", "tea_tasting:cups", "tea.taste"),)),
    onboarding=(OnboardingStep("Boil water", "It takes a while.", "Boil", "tea_tasting:cups", "tea.taste"),),
    takes=(
        FileTaker(
            "Tea picture", "It is tasted.", "pictures (.png)", "book", ("tea.taste",), ("image/",),
            uploads="api:teas", opens="tea_tasting:cups",
        ),
    ),
    webhook_events={"tea.tasted": "a tea was tasted"},
    audit_sentences={"tea.judged": "Judged a tea"},
    audit_details={"aroma": "Aroma"},
    jobs=("brewing.services",),
    schedule=(PeriodicTask("apps.tea_tasting.brewing.tasks.steep", 30, queue="interactive"),),
    middleware=("apps.tea_tasting.views.steaming",),
)
""",
    "urls.py": """
from django.urls import path
from apps.tea_tasting import views

app_name = "tea_tasting"
urlpatterns = [path("cups/", views.cups, name="cups")]
""",
    "api_urls.py": """
from django.urls import path
from apps.tea_tasting import views

urlpatterns = [path("teas/", views.cups, name="teas")]
""",
    "views.py": """
def cups(request): ...
def steaming(get_response): return get_response
""",
    "brewing/__init__.py": "",
    "brewing/services.py": """
from apps.jobs.job_types import JobType

TASTE = JobType("tea_tasting.taste", queue="batch", label="Taste")

@TASTE.service
def taste(run): return {}
""",
    "brewing/tasks.py": """
from celery import shared_task

@shared_task
def steep() -> None: ...
""",
}
START = """
import json, sys
import apps
apps.__path__.append(sys.argv[1])
import django
django.setup()
imported = sorted(sys.modules)
from django.conf import settings
from django.core.management import call_command
from django.urls import reverse
from django.utils import translation
from apps.accounts import permissions
from apps.audit.presenters import DETAILS
from apps.audit.sentences import SENTENCES
from apps.jobs import job_types, webhook_events
from apps.portal.file_takers import FILE_TAKERS, FileOffer
from apps.portal.onboarding import STEPS
from apps.portal.navigation import ROOMS
from config.celery import app
app.loader.import_default_modules()
translation.activate("en")
call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)
print(json.dumps({
    "addresses": [reverse("tea_tasting:cups"), reverse("api:teas")],
    "menu": [(str(room.label), page.url) for room in ROOMS for page in room.pages],
    "file takers": [
        (FileOffer(taker).uploads_url, FileOffer(taker).opens_url)
        for taker in FILE_TAKERS if taker.takes("image/heic")
    ],
    "first steps": [step.url for step in STEPS],
    "roles": {name: sorted(held) for name, held in permissions.ROLE_PERMISSIONS.items()},
    "role choices": [name for name, label in permissions.role_choices()],
    "areas": [(str(area), names) for area, names in permissions.areas_of(["tea.taste"])],
    "webhook events": dict(webhook_events.choices())["tea.tasted"],
    "sentence": SENTENCES["tea.judged"],
    "detail": DETAILS["aroma"],
    "middleware": settings.MIDDLEWARE,
    "job": str(job_types.by_name("tea_tasting.taste").label),
    "kinds": sorted(kind.name for kind in job_types.all_kinds()),
    "served kinds": sorted(job_types.served_kinds()),
    "imported": imported,
    "schedule": app.conf.beat_schedule["apps.tea_tasting.brewing.tasks.steep"],
    "is task": "apps.tea_tasting.brewing.tasks.steep" in app.tasks,
}, default=str))
"""


# With a desk that an installed package brings. What it makes in the database is rolled back.
INSTALLED = """
import json
import django
django.setup()
from django.conf import settings
from django.contrib import admin
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client, override_settings
from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.core import desks
from apps.jobs import job_types
from kongming_tasting.models import Cup
call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)
plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
with transaction.atomic(), override_settings(STORAGES=settings.STORAGES | plain):
    call_command("migrate", "kongming_tasting", verbosity=0)
    owner = User.objects.create_user("owner@tasting.example", "longjing-and-dahongpao", name="Owner")
    shop = accounts.create_organisation(name="Shop", slug="tasting-shop", owner=owner)
    Cup.objects.create(organisation=shop, tea="Longjing")
    client = Client()
    client.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get("/tasting/cups/", headers={"host": "localhost"}).content.decode()
    transaction.set_rollback(True)
print(json.dumps({
    "page": page,
    "job": str(job_types.by_name("kongming_tasting.taste").label),
    "served kinds": sorted(job_types.served_kinds()),
    "desk of a module": desks.name_of_module("kongming_tasting.pages"),
    "in the admin": admin.site.is_registered(Cup),
}))
"""


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a process answers that starts with the desk among its apps, and finds no migration to be made."""
    apps = tmp_path_factory.mktemp("apps")
    for name, text in FILES.items():
        path = apps / "tea_tasting" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    started = subprocess.run(
        [sys.executable, "-c", START, str(apps)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert started.returncode == 0, started.stderr
    return dict(json.loads(started.stdout.splitlines()[-1]))


def test_its_pages_and_its_api_have_addresses(platform: dict[str, Any]) -> None:
    assert platform["addresses"] == ["/tea/cups/", "/api/v1/teas/"]


def test_it_stands_in_the_menu_after_home_and_among_the_first_steps(platform: dict[str, Any]) -> None:
    labels = [label for label, url in platform["menu"]]

    assert ["Tea", "/tea/cups/"] in platform["menu"]
    assert labels.index("Home") < labels.index("Tea") < labels.index("Resources")
    assert "/tea/cups/" in platform["first steps"]


def test_it_takes_its_files_of_the_start_page(platform: dict[str, Any]) -> None:
    assert platform["file takers"] == [["/api/v1/teas/", "/tea/cups/"]]


def test_its_permissions_go_to_owners_to_its_own_role_and_to_whom_it_names(platform: dict[str, Any]) -> None:
    holders = {role for role, held in platform["roles"].items() if "tea.taste" in held}
    judges = {role for role, held in platform["roles"].items() if "tea.judge" in held}

    assert (holders, judges) == ({"owner", "admin", "viewer", "taster"}, {"owner", "taster"})
    assert "taster" in platform["role choices"]
    assert platform["areas"] == [["Tea tasting", [["tea.taste", "Taste tea"]]]]


def test_other_systems_and_the_audit_trail_are_told_of_it(platform: dict[str, Any]) -> None:
    assert platform["webhook events"] == "a tea was tasted"
    assert (platform["sentence"], platform["detail"]) == ("Judged a tea", "Aroma")


def test_its_work_is_known_and_sent_on_time(platform: dict[str, Any]) -> None:
    assert platform["job"] == "Taste"
    assert platform["is task"]
    assert platform["schedule"] == {
        "task": "apps.tea_tasting.brewing.tasks.steep",
        "schedule": 30,
        "options": {"expires": 30, "queue": "interactive"},
    }


def test_every_kind_of_job_is_known_in_each_process_with_the_service_that_does_it(
    platform: dict[str, Any],
) -> None:
    """Also in a web process and a command, which import no tasks."""
    declaring = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in (ROOT / "apps").rglob("*.py")
        if re.search(r"^[A-Z_]+ = JobType\(|^@\S+\.service$", path.read_text(), re.MULTILINE)
    }

    assert len(declaring) > 30
    assert declaring - set(platform["imported"]) == set(), "name them in `jobs` of the desk's manifest"
    assert platform["kinds"] == platform["served kinds"]


def test_its_middleware_runs_once_the_sender_is_known(platform: dict[str, Any]) -> None:
    order = platform["middleware"]

    assert order.index("apps.tea_tasting.views.steaming") > order.index(
        "apps.accounts.middleware.session_rules"
    )


@pytest.mark.django_db
def test_an_installed_package_brings_a_desk() -> None:
    database = connection.settings_dict
    owner = f"{database['USER']}:{database['PASSWORD']}"
    place = f"host={database['HOST']}&port={database['PORT']}"
    environment = {
        **os.environ,
        "DATABASE_URL": f"postgresql://{owner}@/{database['NAME']}?{place}",
        "PYTHONPATH": str(ROOT / "tests/example_package"),
    }
    started = subprocess.run(
        [sys.executable, "-c", INSTALLED],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.returncode == 0, started.stderr
    told = json.loads(started.stdout.splitlines()[-1])

    assert "Longjing" in told["page"]
    assert 'href="/tasting/cups/"' in told["page"], "its room stands in the menu"
    assert told["job"] == "Taste"
    assert "kongming_tasting.taste" in told["served kinds"]
    assert told["desk of a module"] == "kongming_tasting"
    assert told["in the admin"]
