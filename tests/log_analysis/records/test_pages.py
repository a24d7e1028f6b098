"""Looking for records: empty, full, refused; within one organisation; in English and Chinese."""

import json
import math
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.accounts.models import User
from apps.audit.file_exports import UNQUOTED
from apps.audit.models import AuditEntry
from apps.log_analysis.records import selectors, storage, value_counts
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.templates.models import LogTemplate
from domain.logs.store import Filters
from domain.logs.store.query_turns import QueryTurns
from tests.conftest import browser_of
from tests.log_analysis.stored_lines import line, log_source, store

pytestmark = pytest.mark.django_db
RECORDS = "/logs/records/"
PATHS = ("", "histogram/", "export/csv/", "heat-map/", "compare/", "live/", "live/records/")


def page(client: Client, path: str = RECORDS, language: str = "en", **asked: object) -> str:
    answer = client.get(f"{path}?{urlencode(asked, doseq=True)}", headers={"Accept-Language": language})
    assert answer.status_code == 200
    return answer.content.decode()


def test_where_a_text_finds_nothing_the_page_says_that_capitals_count(
    alice_browser: Client, shop: LogSource
) -> None:
    assert "A text with capitals is found only as you write it" in page(alice_browser, text="DISK SDA2")
    assert "大小写完全一致" in page(alice_browser, language="zh-CN", text="DISK SDA2")
    assert "A text with capitals is found only as you write it" not in page(alice_browser, service="nobody")


def test_without_sources_the_page_says_how_records_come_in(alice_browser: Client) -> None:
    assert "No log records yet" in page(alice_browser)
    assert "还没有日志记录" in page(alice_browser, language="zh-CN")


def test_records_are_listed_newest_first_with_what_is_hidden_as_chips(
    alice_browser: Client, shop: LogSource
) -> None:
    shown = page(alice_browser)

    assert shown.index("disk sda2 is full") < shown.index("disk sda0 is full") < shown.index("/tea/9")
    assert "anna@tea.example" not in shown
    assert 'user <span class="log-masked">e-mail address' in shown
    assert "</span> signed in</div>" in shown
    assert shown.count('class="log-time"') == 14
    assert 'rel="next"' not in shown


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"text": "/tea/"}, 10),
        ({"level": "error"}, 3),
        ({"level": ["error", "info"]}, 14),
        ({"service": "storage, accounts"}, 4),
        ({"since": "2026-11-20T08:00:05Z", "until": "2026-11-20T08:00:08Z"}, 3),
        ({"last": "15m"}, 0),
        ({"trace": "x' OR 1=1 --"}, 0),
        ({"text": "nothing says this"}, 0),
    ],
)
def test_filters_leave_what_fulfils_all_of_them(
    alice_browser: Client, shop: LogSource, asked: dict[str, object], count: int
) -> None:
    shown = page(alice_browser, **asked)

    assert shown.count('class="log-time"') == count
    assert ("No matching records" in shown) is not count


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"since": "2026-11-20T08:00", "until": "2026-11-19T08:00"}, "The end is before the start."),
        ({"since": "yesterday"}, "Enter a valid date/time."),
        ({"since": "0001-01-01T00:00"}, "Choose a year"),
        ({"parameter": "1", "value": "a"}, "Choose one first."),
        ({"before": "here"}, "Invalid page position."),
        ({"level": "loud"}, "loud"),
    ],
)
def test_what_cannot_be_asked_is_explained(
    alice_browser: Client, shop: LogSource, asked: dict[str, object], reason: str
) -> None:
    assert reason in page(alice_browser, **asked)


def test_a_search_goes_on_page_by_page_without_repeating_a_record(
    alice_actor: Actor, shop: LogSource
) -> None:
    filters = selectors.filters_within(alice_actor.organisation, {})
    texts: list[str] = []
    before = None
    while True:
        found = selectors.search(alice_actor.organisation, filters, before=before, limit=4)
        texts += [view.text for view in found.views]
        if (before := found.after) is None:
            break

    assert len(texts) == len(set(texts)) == 14
    assert texts == sorted(texts, reverse=True)


@pytest.mark.slow
def test_columns_over_time_narrow_the_search_to_their_records(alice_browser: Client, shop: LogSource) -> None:
    shown = page(alice_browser, f"{RECORDS}histogram/", text="disk")

    assert "3 log records" in shown
    assert "fill-bad" in shown
    assert "fill-accent" not in shown.split("<figure")[1]
    address = shown.split('<a href="')[1].split('"')[0].replace("&amp;", "&")
    narrowed = alice_browser.get(address).content.decode()
    assert narrowed.count('class="log-time"') >= 1
    assert 'value="2026-11-20T' in narrowed


@pytest.mark.slow
def test_a_record_stands_between_what_came_before_and_after(alice_browser: Client, shop: LogSource) -> None:
    link = page(alice_browser, text="/tea/5").split('class="log-time" data-label="Time"><a href="')[1]
    address = link.split('"')[0]

    shown = alice_browser.get(address).content.decode()

    lines = shown.split('<ol class="log-context"')[1]
    assert lines.index("/tea/4") < lines.index('aria-current="true"') < lines.index("/tea/6")
    assert "Records with this value" in shown
    assert f"template={LogTemplate.objects.get(text__startswith='GET').pk}" in shown
    without_time = alice_browser.get(address.split("?")[0])
    assert without_time.status_code == 200
    assert alice_browser.get(f"{RECORDS}{shop.pk}/{10**30}/").status_code == 404
    assert alice_browser.get(f"{RECORDS}{shop.pk}/1/?at=x").status_code == 404


@pytest.mark.slow
def test_neighbours_stand_in_the_order_of_time_whichever_file_came_first(alice_actor: Actor) -> None:
    source = log_source(alice_actor.organisation)
    # As in an archive: app.log, app.log.1, app.log.2. A line stands in two of one time.
    for begin in (40, 20, 0):
        lines = [line(begin + second // 2 * 2, "INFO", f"tea {begin + second}") for second in range(20)]
        store(source, lines, stream=f"file-{begin}")
    filters = Filters(str(alice_actor.organisation.pk), (str(source.pk),), text="tea 37")
    [view] = selectors.search(alice_actor.organisation, filters).views

    before, after = selectors.context(alice_actor.organisation, view)

    numbers = [int(each.text.rpartition(" ")[2]) for each in (*before, view, *after)]
    assert numbers == list(range(27, 48))


def test_a_parameter_of_a_template_is_searched_for_by_its_value(
    alice_browser: Client, shop: LogSource
) -> None:
    template = LogTemplate.objects.get(text__startswith="GET")

    shown = page(alice_browser, template=template.pk, parameter=1, value="/tea/7")

    assert shown.count('class="log-time"') == 1
    assert "All templates" in shown


@pytest.mark.slow
def test_who_looks_for_what_is_hidden_finds_its_records(
    alice_browser: Client, bob_actor: Actor, shop: LogSource
) -> None:
    assert page(alice_browser, text="anna@tea.example").count('class="log-time"') == 1
    assert page(alice_browser, text="user anna@tea.example signed").count('class="log-time"') == 1
    assert page(alice_browser, text="anne@tea.example").count('class="log-time"') == 0
    own, other = (
        selectors.filters_within(organisation, {"text": "anna@tea.example"}).text
        for organisation in (shop.organisation, bob_actor.organisation)
    )
    assert own != other


def test_days_are_called_by_their_own_date_when_clocks_changed(alice_actor: Actor, shop: LogSource) -> None:
    hours = [f"2026-10-{day}T12:00:00Z INFO [web] web: tick" for day in (23, 24, 25, 26, 27)]
    store(shop, hours, stream="autumn")
    since, until = (datetime(2026, 10, day, tzinfo=UTC) for day in (22, 29))
    filters = selectors.filters_within(alice_actor.organisation, {"since": since, "until": until})

    with timezone.override(ZoneInfo("Europe/Berlin")):
        table = value_counts.count_by(alice_actor.organisation, filters, "day", 20)

    assert sorted(row.label for row in table.rows) == [f"2026-10-{day}" for day in (23, 24, 25, 26, 27)]


def test_the_heat_map_shows_templates_by_time(alice_browser: Client, shop: LogSource) -> None:
    shown = page(alice_browser, f"{RECORDS}heat-map/")

    assert shown.count("log-heat-name") == 3
    assert "fill-opacity" in shown
    assert "No matching records" in page(alice_browser, f"{RECORDS}heat-map/", text="nothing says this")


def test_two_windows_tell_what_is_new_and_what_is_gone(alice_browser: Client, shop: LogSource) -> None:
    path = f"{RECORDS}compare/"
    assert "Compare two windows" in page(alice_browser, path)

    shown = page(alice_browser, path, since="2026-11-20T08:02:00Z", until="2026-11-20T08:03:00Z",
                 other_since="2026-11-20T08:00:00Z", other_until="2026-11-20T08:01:00Z")  # fmt: skip

    rows = shown.split("<tbody>")[1].split("</tr>")
    assert ["new" if "disk" in row else "gone" for row in rows[:3]] == [
        "new" if ">new<" in row else "gone" for row in rows[:3]
    ]
    assert "Enter both times" in page(
        alice_browser, path, since="2026-11-20T08:02:00Z", other_since="2026-11-20T08:00:00Z"
    )


@pytest.mark.slow
def test_the_live_tail_shows_each_new_record_once(alice_browser: Client, shop: LogSource) -> None:
    shown = page(alice_browser, f"{RECORDS}live/", text="order")
    cursor = shown.split('name="cursor" value="')[1].split('"')[0]
    store(shop, [line(200 + number, "INFO", f"order {number} paid") for number in range(3)], stream="next")

    first = page(alice_browser, f"{RECORDS}live/records/", text="order", cursor=cursor)
    cursor = first.split('name="cursor" value="')[1].split('"')[0]
    second = page(alice_browser, f"{RECORDS}live/records/", text="order", cursor=cursor)

    assert first.index("order 2 paid") < first.index("order 0 paid")
    assert "hx-swap-oob" not in second


@pytest.mark.slow
def test_the_live_tail_shows_the_newest_of_all_sources_first(alice_actor: Actor, shop: LogSource) -> None:
    other = log_source(alice_actor.organisation, "kitchen")
    filters = selectors.filters_within(alice_actor.organisation, {})
    _none, cursor = selectors.tail(alice_actor.organisation, filters, None)
    for number, source in enumerate((shop, other, shop, other)):
        store(source, [line(300 + number, "INFO", f"step {number}")], stream=f"live {number}")

    found, _end = selectors.tail(alice_actor.organisation, filters, cursor)

    assert [view.text[-6:] for view in found] == [f"step {number}" for number in range(4)]


def test_a_search_is_taken_out_as_a_table(alice_browser: Client, shop: LogSource) -> None:
    asked = {"level": "error", "text": "write refused", "source": shop.pk}
    answer = alice_browser.get(f"{RECORDS}export/jsonl/", asked)
    rows = [json.loads(row) for row in answer.getvalue().splitlines()]

    assert [row["service"] for row in rows] == ["storage"] * 3
    assert rows[0]["text"].endswith("disk sda2 is full, write refused")
    taken = AuditEntry.objects.get(action="log_records.exported").details
    filters = {"level": ["error"], "text": UNQUOTED, "source": str(shop.pk)}
    assert taken == {"file_type": "jsonl", "filters": filters}, "how many is known when they are gone"
    table = alice_browser.get(f"{RECORDS}export/csv/").getvalue().decode()
    assert table.startswith("\ufefftime,level,service")
    assert alice_browser.get(f"{RECORDS}export/exe/").status_code == 404


def test_a_search_that_takes_too_long_says_what_to_do(
    alice_browser: Client, shop: LogSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage.log_reader(), "seconds", 0)

    assert "Choose a shorter period or a single source" in page(alice_browser)
    assert "Choose a shorter period or a single source" in page(alice_browser, f"{RECORDS}histogram/")
    assert alice_browser.get(f"{RECORDS}export/csv/").status_code == 503


def test_a_search_that_is_too_broad_says_what_to_do(
    alice_browser: Client, shop: LogSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.logs.store.text_search.MAX_LOOKS", 1)

    assert "Choose a shorter period, add a filter or change the text." in page(alice_browser, text="disk")
    assert "请缩短时间范围、增加筛选条件或更换搜索文字" in page(alice_browser, language="zh-CN", text="disk")


def test_who_searches_much_at_once_waits_and_others_do_not(
    alice_browser: Client, bob_browser: Client, shop: LogSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = storage.log_reader()
    monkeypatch.setattr(reader, "_turns", QueryTurns(4, 2, wait_seconds=0.01))
    asker = str(shop.organisation_id)
    with reader._turns.one(asker, math.inf), reader._turns.one(asker, math.inf):
        assert "Other searches are still running." in page(alice_browser)
        assert alice_browser.get(f"{RECORDS}export/csv/").status_code == 503
        assert "Other searches" not in page(bob_browser)


def test_who_may_not_see_logs_is_refused(charlie: User, shop: LogSource) -> None:
    viewer = browser_of(charlie)

    for path in PATHS:
        assert viewer.get(f"{RECORDS}{path}").status_code == 403


@pytest.mark.slow
def test_another_organisation_sees_nothing(
    bob_browser: Client, shop: LogSource, alice_actor: Actor, bob_actor: Actor
) -> None:
    log_source(bob_actor.organisation, "own")
    address = selectors.search(
        alice_actor.organisation, selectors.filters_within(alice_actor.organisation, {})
    ).views[0].url  # fmt: skip

    assert "disk" not in page(bob_browser)
    assert "log-heat-name" not in page(bob_browser, f"{RECORDS}heat-map/")
    tail = page(bob_browser, f"{RECORDS}live/records/", cursor=f"{shop.pk}:1")
    assert "disk" not in tail
    assert bob_browser.get(address).status_code == 404
    assert "Choose one of the list" in page(bob_browser, source=shop.pk)
    assert bob_browser.get(f"{RECORDS}export/csv/", {"source": shop.pk}).status_code == 404


def test_a_question_names_the_organisation_and_only_its_sources(
    alice_actor: Actor, bob_actor: Actor, shop: LogSource
) -> None:
    asked = selectors.filters_within(alice_actor.organisation, {})
    assert (asked.organisation, asked.sources) == (str(alice_actor.organisation.pk), (str(shop.pk),))

    without_sources = selectors.filters_within(bob_actor.organisation, {})
    foreign = replace(without_sources, organisation=asked.organisation)
    assert selectors.search(alice_actor.organisation, foreign).views == []
    assert isinstance(without_sources, Filters)
    assert without_sources.sources
