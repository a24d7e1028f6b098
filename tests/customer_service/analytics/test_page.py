"""The page of figures, its files and its API."""

import io
import json
import zipfile

import pytest
from django.test import Client

from apps.audit.models import AuditEntry
from apps.customer_service.channels.models import Channel
from tests.customer_service.figures_fixtures import DAY, MINUTE

pytestmark = pytest.mark.django_db
PAGE = "/conversations/figures/"


def content(answer):
    return answer.getvalue()


def test_without_conversations_the_page_says_what_it_will_show(alice_browser):
    page = alice_browser.get(PAGE)

    assert page.status_code == 200
    assert "No conversations in this period" in page.text


def test_the_page_shows_figures_charts_and_how_they_are_counted(alice_browser, past):
    for _ in range(6):
        conversation = past.settled()
    past.handed_off(conversation, "negative", after=MINUTE)

    page = alice_browser.get(PAGE).text

    assert "Automated resolution" in page
    assert "100%" in page
    assert "How is this calculated?" in page
    assert "visitor is getting upset" in page
    assert 'class="svg-chart chart-days"' in page


def test_where_there_is_too_little_for_a_line_words_stand_in_place_of_axes(alice_browser, past):
    past.understood(past.asked(past.conversation()), trend=0.5)

    page = alice_browser.get(PAGE).text

    assert "The chart appears once two weeks have at least five conversations each." in page
    assert page.count('class="svg-chart chart-days"') == 1


def test_charts_carry_no_styles(alice_browser, past):
    """The Content-Security-Policy would drop them."""
    past.understood(past.asked(past.conversation()), trend=0.5)

    page = alice_browser.get(PAGE).text

    assert " style=" not in page
    assert "<style" not in page


def test_few_conversations_are_counted_but_give_no_percentage(alice_browser, past):
    past.settled()

    page = alice_browser.get(PAGE).text

    assert "1 of 1" in page
    assert "100%" not in page


def test_staff_without_the_right_see_no_table_of_colleagues(alice_browser, charlie, past):
    past.replied(past.settled(), after=MINUTE)
    browser = Client()
    browser.force_login(charlie, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert "Only managers of this desk" in alice_browser.get(PAGE).text
    assert "Only managers of this desk" not in browser.get(PAGE).text


def test_unusable_days_are_explained_and_the_page_stays(alice_browser, past):
    past.settled()

    page = alice_browser.get(f"{PAGE}?from=2026-07-02&to=2026-07-01")

    assert page.status_code == 200
    assert "Swap them" in page.text


def test_a_channel_of_another_shop_is_refused(alice_browser, past, rival_channel):
    past.settled()

    page = alice_browser.get(f"{PAGE}?channel={rival_channel.pk}")

    assert "cannot be shown" in page.text


def test_conversations_are_exported_as_csv_without_formulas(alice_browser, past, alice_actor):
    named = Channel.objects.create(organisation=alice_actor.organisation, name="=HYPERLINK(1)", language="en")
    past.settled(channel=named)

    answer = alice_browser.get(f"{PAGE}export/conversations/csv/")

    text = content(answer).decode("utf-8-sig")
    assert text.splitlines()[0].startswith("id,created_at,channel,")
    assert ",'=HYPERLINK(1)," in text
    assert AuditEntry.objects.filter(action="figures.exported").exists()


def test_conversations_are_exported_for_excel_as_text(alice_browser, past, alice_actor):
    named = Channel.objects.create(organisation=alice_actor.organisation, name="=1+1", language="en")
    past.settled(channel=named)

    answer = alice_browser.get(f"{PAGE}export/conversations/xlsx/")

    with zipfile.ZipFile(io.BytesIO(content(answer))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "=1+1" in sheet
    assert "<f>" not in sheet


def test_figures_are_exported_with_those_of_the_period_before(alice_browser, past):
    past.settled()

    lines = content(alice_browser.get(f"{PAGE}export/figures/csv/")).decode("utf-8-sig").splitlines()

    assert lines[0] == "metric,name,unit,now,before"
    assert "conversations,Conversations,count,1,0" in lines
    assert "resolved,,,1,0" in lines


def test_conversations_are_exported_as_json_lines(alice_browser, past):
    past.settled()

    rows = content(alice_browser.get(f"{PAGE}export/conversations/jsonl/")).decode().splitlines()

    assert json.loads(rows[0])["bot_seconds"] == pytest.approx(3)


def test_unknown_kinds_of_file_are_not_found(alice_browser):
    assert alice_browser.get(f"{PAGE}export/figures/pdf/").status_code == 404


def test_the_api_gives_the_same_figures(alice_api, past):
    past.settled()
    past.settled(ago=40 * DAY)

    body = alice_api.get("/api/v1/customer-service/figures/?days=30").json()

    assert body["now"]["conversations"] == 1
    assert body["before"]["conversations"] == 1
    assert body["now"]["automated_share"] == {"part": 1, "whole": 1, "percent": None}
    assert body["period"]["days"] == 30
    assert body["costs"]["currency"] == "CNY"


def test_the_api_says_which_day_is_wrong(alice_api):
    refused = alice_api.get("/api/v1/customer-service/figures/?from=yesterday")

    assert refused.status_code == 400
    assert "from" in refused.json()["error"]["fields"]
