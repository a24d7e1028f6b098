import pytest

from apps.accounts.actors import Actor
from apps.log_analysis.records import storage
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.templates.models import LogTemplate
from tests.conftest import ApiClient, api_client

pytestmark = pytest.mark.django_db
SEARCH = "/api/v1/logs/search/"


def test_a_search_goes_on_where_the_last_page_ended(alice_api: ApiClient, shop: LogSource) -> None:
    first = alice_api.get(SEARCH, {"service": "storage", "page_size": 2}).json()
    second = alice_api.get(SEARCH, {"service": "storage", "page_size": 2, "before": first["older"]}).json()

    assert [len(first["records"]), len(second["records"])] == [2, 1]
    assert second["older"] is None
    newest = first["records"][0]
    assert newest["source"] == str(shop.pk)
    assert newest["level"] == "error"
    assert newest["time"].startswith("2026-11-20T")
    assert newest["template"] == str(LogTemplate.objects.get(text__startswith="disk").pk)
    assert "sda2" in newest["text"]


def test_the_histogram_counts_errors_apart(alice_api: ApiClient, shop: LogSource) -> None:
    columns = alice_api.get("/api/v1/logs/histogram/").json()["columns"]

    assert sum(column["records"] for column in columns) == 14
    assert sum(column["error_count"] for column in columns) == 3


def test_templates_are_counted_the_most_frequent_first(alice_api: ApiClient, shop: LogSource) -> None:
    counts = alice_api.get("/api/v1/logs/template-counts/", {"until": "2026-11-20T08:02:02Z"}).json()

    assert [each["records"] for each in counts] == [10, 2, 1]


def test_what_is_wrong_is_named_by_its_field(
    alice_api: ApiClient, shop: LogSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = alice_api.get(SEARCH, {"since": "2026-11-20T08:00Z", "until": "2026-11-19T08:00Z"})
    assert (wrong.status_code, list(wrong.json()["error"]["fields"])) == (400, ["until"])
    assert alice_api.get(SEARCH, {"page_size": 100_000}).status_code == 400
    assert alice_api.get(SEARCH, {"text": "x" * 2_000}).status_code == 400
    for path, name in ((SEARCH, "level"), (SEARCH, "last"), ("/api/v1/logs/counts/", "by")):
        choice = alice_api.get(path, {name: "nonsense"})
        assert (choice.status_code, list(choice.json()["error"]["fields"])) == (400, [name])

    monkeypatch.setattr(storage.log_reader(), "seconds", 0)
    late = alice_api.get(SEARCH)
    assert (late.status_code, late.json()["error"]["code"]) == (503, "search_timeout")
    assert late["Retry-After"] == "5"


def test_another_organisation_finds_nothing_and_a_key_without_the_right_is_refused(
    alice_actor: Actor, bob_api: ApiClient, shop: LogSource
) -> None:
    assert bob_api.get(SEARCH).json()["records"] == []
    assert bob_api.get("/api/v1/logs/template-counts/").json() == []
    assert bob_api.get("/api/v1/logs/histogram/").json()["columns"] == []
    assert bob_api.get(SEARCH, {"source": str(shop.pk)}).status_code == 404
    assert bob_api.get(SEARCH, {"template": str(LogTemplate.objects.all()[0].pk)}).status_code == 404

    writer = api_client(alice_actor, "logs.write")
    for path in (SEARCH, "/api/v1/logs/histogram/", "/api/v1/logs/template-counts/"):
        assert writer.get(path).status_code == 403
