"""Link checkers, monitors and download managers ask for the head alone."""

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.audit.models import AuditEntry

PAGES = ("/", "/jobs/", "/translation/", "/audit/", "/recordings/", "/marketing/segments/")
# What a line in the trail says that it left, what never ends, and what takes the mark “unread” away.
ONLY_WHOLE = ("/jobs/export/", "/jobs/moves/", "/audit/export/csv/", "/conversations/tags/export/")


@pytest.mark.parametrize("address", PAGES)
def test_a_page_answers_who_asks_for_its_head_as_it_answers_a_reader(
    alice_browser: Client, address: str
) -> None:
    page, head = alice_browser.get(address), alice_browser.head(address)

    assert (page.status_code, head.status_code) == (200, 200)
    assert head["Content-Type"] == page["Content-Type"]
    assert head.content == b""


def test_a_stranger_who_asks_for_a_head_is_led_to_sign_in_as_a_reader_is() -> None:
    assert Client().head("/jobs/")["Location"] == Client().get("/jobs/")["Location"]


@pytest.mark.parametrize("address", ONLY_WHOLE)
def test_a_head_takes_no_file_and_holds_no_stream(
    alice_browser: Client, alice_actor: Actor, address: str
) -> None:
    assert alice_browser.head(address).status_code == 405
    assert not AuditEntry.objects.filter(action__endswith="exported").exists()
