"""SQL over the tables of a run: typed, bounded, and without a way out."""

import json
import subprocess
import sys
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.core.errors import InvalidInput
from apps.jobs.models import Job
from apps.workbench import services
from apps.workbench.models import AppRun, AppVersion, StepRun
from apps.workbench.problem_words import sentence
from domain.workflows import queries
from domain.workflows.queries import QueryFailed, QueryShape
from tests.workbench.conftest import Answers, RunApp, problem_codes, published, worked
from tests.workbench.test_running import execution_of

pytestmark = pytest.mark.django_db
SQL = "select city, sum(total) as total from orders where total >= $least group by city order by city"
ORDERS = [
    {"city": "Suzhou", "total": 3, "paid": True},
    {"city": "Hangzhou", "total": 4, "paid": False},
    {"city": "Suzhou", "total": 5, "paid": True},
]


def app_text(sql: str = SQL, **changes: str) -> str:
    text = f"""\
app: totals
title: Totals
inputs: {{least: {{type: number}}}}
steps:
  - id: found
    kind: extract
    prompt: Orders, please.
    fields:
      orders:
        type: list
        of: {{type: record, fields: {{city: {{type: text}}, total: {{type: number}}, paid: {{type: flag}}}}}}
  - id: rows
    kind: query
    tables: {{orders: "{{{{ found.orders }}}}"}}
    sql: {json.dumps(sql)}
    parameters: {{least: "{{{{ inputs.least }}}}"}}
    columns: {{city: {{type: text}}, total: {{type: number}}}}
outputs: {{rows: {{value: "{{{{ rows.rows }}}}"}}}}
"""
    for before, after in changes.items():
        assert before in text
        text = text.replace(before, after)
    return text


def test_rows_of_a_list_are_counted_with_values_bound(
    alice_actor: Actor, answers: Answers, run_app: RunApp
) -> None:
    answers({"orders": ORDERS})
    run = run_app(published(alice_actor, app_text()), least=4)

    assert run.outputs == {"rows": [{"city": "Hangzhou", "total": 4.0}, {"city": "Suzhou", "total": 5.0}]}


def test_what_sql_does_not_know_is_nothing(alice_actor: Actor, answers: Answers, run_app: RunApp) -> None:
    answers({"orders": ORDERS})
    sql = "select null as city, $least / 0 as total"
    run = run_app(published(alice_actor, app_text(sql)), least=4)

    assert run.outputs == {"rows": [{"city": "", "total": None}]}


@pytest.mark.parametrize(
    ("sql", "codes"),
    [
        ("copy orders to '/tmp/stolen.csv'", ["no_query"]),
        ("attach '/tmp/other.db'", ["no_query"]),
        ("install httpfs", ["no_query"]),
        ("pragma database_list", ["no_query"]),
        ("set threads = 8", ["no_query"]),
        ("select $least; drop table orders", ["no_query"]),
        ("insert into orders values ($least)", ["no_query"]),
        ("selec city from orders", ["bad_query"]),
        ("select " + "(" * 4000 + "1" + ")" * 4000, ["bad_query"]),
        ("select city, total from orders where city = $town", ["argument_missing", "unknown_argument"]),
    ],
)
def test_what_is_not_one_query_is_refused_when_it_is_saved(sql: str, codes: list[str]) -> None:
    assert sorted(problem_codes(app_text(sql))) == codes


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("{{ found.orders }}", "{{ inputs.least }}", "no_table"),
        ("{{ found.orders }}", "{{ found.orders }} and more", "not_writable"),
        ("total: {type: number}}\n", "total: {type: list, of: {type: text}}}\n", "not_in_query"),
        ("{{ inputs.least }}", "{{ found.orders }}", "not_in_query"),
    ],
)
def test_tables_and_columns_have_types(before: str, after: str, code: str) -> None:
    assert code in problem_codes(app_text(**{before: after}))


@pytest.mark.parametrize(
    ("sql", "line", "told"),
    [
        ("select city,\n  town as total\nfrom orders", 2, '"town"'),
        ("select city, total\nfrom ordres", 2, "ordres"),
        ("select city, nosuch(total) as total from orders", 1, "nosuch"),
        ("select city, total from orders where sum(total) > 3", 1, "aggregates"),
        ("select city,\ntotal from orders group by city", 2, "GROUP BY"),
        ("select city, total, paid from orders", 1, "city, total, paid"),
    ],
)
def test_a_query_that_names_what_is_not_there_is_told_with_its_line_before_it_is_published(
    alice_actor: Actor, sql: str, line: int, told: str
) -> None:
    block = "sql: |\n" + "".join(f"      {each}\n" for each in sql.split("\n"))
    text = app_text("", **{'sql: ""\n': block, 'parameters: {least: "{{ inputs.least }}"}': "parameters: {}"})
    problems = AppVersion(organisation=alice_actor.organisation, text=text).problems

    first = text.split("\n").index("    sql: |") + 2
    assert [each.mark.line - first + 1 for each in problems] == [line]
    sentences = [sentence(each) for each in problems]
    assert told in sentences[0]
    assert "orders (city, total, paid)" in sentences[0] or "says city, total" in sentences[0]
    with pytest.raises(InvalidInput):
        published(alice_actor, text)


@pytest.mark.parametrize(
    "sql",
    [
        "select city, quantile_cont(total, $least) as total from orders group by city",
        "select substr(city, 1, $least) as city, round(total, $least) as total from orders limit $least",
    ],
)
def test_what_depends_on_a_value_is_left_to_the_run(alice_actor: Actor, sql: str) -> None:
    assert AppVersion(organisation=alice_actor.organisation, text=app_text(sql)).problems == []


@pytest.mark.parametrize(
    "sql",
    [
        "select content as city, 1 as total from read_text('/etc/passwd')",
        "select column0 as city, 1 as total from read_csv('/etc/passwd')",
        "select file as city, 1 as total from glob('/*')",
        "select city, 1 as total from '/etc/passwd'",
        # Names of the program that runs the query are no tables.
        "select city, 1 as total from arrays",
    ],
)
def test_nothing_but_its_tables_is_reached_when_a_query_is_checked_and_when_it_is_run(sql: str) -> None:
    columns = {"city": "text", "total": "number"}
    shape = QueryShape((("orders", tuple(columns.items())),), sql, (), tuple(columns))
    tables = {"orders": {name: (kind, ()) for name, kind in columns.items()}}

    for failed in (queries.bind(shape), queries.query(tables, sql, {}, columns)):
        assert isinstance(failed, QueryFailed)
        assert failed.code == "bad_query"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("select total as city, city as total from orders where total > $least", "other_columns"),
        ("select 'x' as city, range as total from range(0, 6000) where range >= $least", "query_too_large"),
        (
            "with recursive t as (select $least as n union all select n + 1 from t) "
            "select 'x' as city, max(n) as total from t",
            "query_too_large",
        ),
        (
            "select 'x' as city, sum(a.range * b.range * c.range) + $least as total "
            "from range(100000) a, range(100000) b, range(100000) c",
            "query_too_large",
        ),
        (
            "select string_agg(repeat('x', 100000), '') as city, $least as total from range(100000)",
            "query_too_large",
        ),
    ],
)
def test_hostile_sql_ends_with_a_reason(alice_actor: Actor, answers: Answers, sql: str, code: str) -> None:
    answers({"orders": ORDERS})
    job = failed_job(
        services.start_run(alice_actor, published(alice_actor, app_text(sql)), inputs={"least": 0})
    )

    assert job.error_code == code


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("select town as city, $least as total from orders", "Referenced column &quot;town&quot; not found"),
        ("select city, total, paid from orders where total > $least", "The query gives the columns: city"),
        ("select city, city::double + $least as total from orders", "Could not convert string"),
    ],
)
def test_what_is_wrong_with_a_query_is_told_at_its_step(
    alice_browser: Client, alice_actor: Actor, answers: Answers, sql: str, told: str
) -> None:
    answers({"orders": ORDERS})
    app = published(alice_actor, app_text())
    # As it may have been published before queries were checked.
    app.versions.update(text=app_text(sql))
    run = services.start_run(alice_actor, app, inputs={"least": 0})
    job = failed_job(run)

    assert told in alice_browser.get(run.get_absolute_url()).content.decode()
    # What DuckDB says may quote rows, and lies sealed.
    assert not any(word in job.error_message for word in ("town", "Suzhou", "Hangzhou"))


def test_a_step_that_failed_is_done_by_a_later_attempt(alice_actor: Actor, answers: Answers) -> None:
    answers({"orders": ORDERS})
    run = services.start_run(alice_actor, published(alice_actor, app_text()), inputs={"least": 4})
    execution = execution_of(run)
    failure = {"code": "bad_query", "reason": "Out of luck"}
    execution.results.store(
        execution.app.file.steps[1], "rows", StepRun.State.FAILED, failure, timezone.now()
    )
    worked(run)

    assert len(run.outputs["rows"]) == 2
    assert set(StepRun.objects.values_list("state", flat=True)) == {StepRun.State.DONE}


LOADED_BY_A_QUERY = """
import sys
from importlib import import_module
from domain.workflows import queries
for library in queries.LIBRARIES:
    import_module(library)
before = set(sys.modules)
queries.query({"t": {"a": ("text", ["x"])}}, "select a from t", {}, {"a": "text"})
print(*{name.partition(".")[0] for name in set(sys.modules) - before})
"""


def test_no_library_is_loaded_within_the_time_of_a_query() -> None:
    """On a busy machine that alone took longer than a query may."""
    told = subprocess.run(
        [sys.executable, "-c", LOADED_BY_A_QUERY], capture_output=True, text=True, check=True
    )

    assert "pandas" not in told.stdout.split()


def test_reasons_name_no_paths() -> None:
    error = ValueError('IO Error: Extension "/root/.duckdb/x.duckdb_extension" not found, 4 / 2\nHint')

    assert queries._first_line(error) == "IO Error: Extension … not found, 4 / 2"


def test_rows_are_bounded(alice_actor: Actor, answers: Answers, run_app: RunApp) -> None:
    answers({"orders": ORDERS})
    sql = "select 'x' as city, range + $least as total from range(5000)"
    run = run_app(published(alice_actor, app_text(sql)), least=0)

    rows: list[Any] = run.outputs["rows"]
    assert len(rows) == 5000


def failed_job(run: AppRun) -> Job:
    job = worked(run)
    assert job.state == Job.State.FAILED
    return job
