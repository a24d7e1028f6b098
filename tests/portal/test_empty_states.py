"""Whoever opens a page of the menu in an organisation that has nothing yet reads what to do next, with a button."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Organisation
from apps.portal.navigation import ROOMS
from config.env import PROJECT_ROOT

# Pages that have something to show from the first day: forms, what is built in, who is there, and what was done.
NEVER_EMPTY = {
    "portal:home", "accounts:permissions", "capacity:plan", "model_lab:cards", "accounts:settings", "audit:entries",
    "accounts:sign_in_rules", "customer_service:agents", "customer_service:desk_settings", "dashboards:desks",
    "dashboards:system", "log_analysis:settings", "marketing:channel_overrides", "medical_records:preferences",
    "operations:prompts", "operations:switches", "privacy:retention", "assistant:chats", "workbench:settings",
    "model_lab:recommendation", "dashboards:settings",
}  # fmt: skip
# Where nothing is to be done, and that is good news.
NOTHING_TO_DO = {"accounts:confirmations", "medical_records:emergencies", "workbench:waiting_steps"}
BUTTONS = ("button-primary", 'type="file"')
# Parts of a row's page that are not there without rows: a document's passages, an incident's anomalies …
PARTS_WITH_ROWS = {
    "knowledge/document.html",
    "log_analysis/incidents/anomalies.html",
    "operations/prompts/versions.html",
}
EMPTY_STATES = ("components/empty.html", "op-empty", "{% empty %}")


@pytest.mark.slow
@pytest.mark.django_db
def test_a_page_without_rows_says_what_to_do_next(tea_house: Organisation, alice_browser: Client) -> None:
    names = {page.url_name for room in ROOMS for page in room.pages}
    silent = []
    for name in sorted(names - NEVER_EMPTY):
        page = alice_browser.get(reverse(name)).text.partition('<header class="page-header')[2]
        content = page.partition("</main>")[0]
        has_next = name in NOTHING_TO_DO or any(button in content for button in BUTTONS)
        if 'class="empty' not in content or not has_next:
            silent.append(name)

    assert silent == []
    assert names >= NEVER_EMPTY | NOTHING_TO_DO


def test_a_button_of_an_empty_state_has_words() -> None:
    root = PROJECT_ROOT / "templates"
    texts = {str(path.relative_to(root)): path.read_text() for path in root.rglob("*.html")}
    led = {
        path for path, text in texts.items() if "components/empty.html" in text and " as action_url" in text
    }

    assert len(led) > 10
    assert {path for path in led if "action_label" not in texts[path]} == set()


def test_a_list_has_a_template_for_being_empty() -> None:
    root = PROJECT_ROOT / "templates"
    lists = {
        str(path.relative_to(root)): text
        for path in root.rglob("*.html")
        if "components/pagination.html" in (text := path.read_text()) or "components/older_rows.html" in text
    }

    silent = {name for name, text in lists.items() if not any(each in text for each in EMPTY_STATES)}

    assert silent == PARTS_WITH_ROWS
