"""The drill of upgrades: what it calls a difference, and that there is none."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from psycopg.conninfo import make_conninfo

from benchmarks import upgrade
from benchmarks.upgrade import compare
from stack.database_tools import connection_to
from stack.layout import PROJECT_ROOT

ROWS = """
    CREATE TABLE tea (id int, name varchar(10), picked date);
    INSERT INTO tea VALUES (1, '龙井', '2026-04-01'), (2, 'Keemun', NULL), (3, 'Pu''er', '2026-05-01');
    CREATE TABLE django_content_type (id int);
    INSERT INTO django_content_type VALUES (1);
"""


def execute(address: str, statement: str) -> None:
    with connection_to(address) as connection:
        connection.execute(statement)


@pytest.fixture
def addresses() -> Iterator[tuple[str, str]]:
    """Two databases of their own with the same rows."""
    server = os.environ["DATABASE_URL"]
    names = [f"{side}_{os.getpid()}" for side in ("before", "after")]
    for name in names:
        execute(server, f"CREATE DATABASE {name} TEMPLATE template0")
    before, after = (make_conninfo(server, dbname=name) for name in names)
    execute(before, ROWS)
    execute(after, ROWS)
    yield before, after
    for name in names:
        execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize(
    ("change", "differences"),
    [
        ("UPDATE tea SET name = 'Longjing' WHERE id = 1", {"tea": 2}),
        ("UPDATE tea SET picked = NULL WHERE id = 1", {"tea": 2}),
        ("DELETE FROM tea WHERE id = 2", {"tea": 1}),
        ("INSERT INTO tea VALUES (1, '龙井', '2026-04-01')", {"tea": 1}),
        ("DELETE FROM django_content_type", {"django_content_type": 1}),
        # What a migration may do without losing anything.
        ("INSERT INTO django_content_type VALUES (2)", {}),
        ("ALTER TABLE tea ADD COLUMN price int NOT NULL DEFAULT 3", {}),
        ("ALTER TABLE tea DROP COLUMN picked", {}),
        ("ALTER TABLE tea ALTER COLUMN name TYPE text", {}),
        ("CREATE TABLE cups AS SELECT 1 AS id", {}),
    ],
)
def test_a_row_that_both_schemas_know_and_one_lacks_is_a_difference(
    addresses: tuple[str, str], change: str, differences: dict[str, int]
) -> None:
    before, after = addresses
    execute(after, change)

    comparison = compare(before, after)

    assert comparison.differences == differences
    assert (comparison.tables, comparison.rows, comparison.unknown) == (2, 4, [])


def test_a_table_that_is_gone_is_named(addresses: tuple[str, str]) -> None:
    before, after = addresses
    execute(after, "ALTER TABLE tea RENAME TO teas")

    assert compare(before, after).unknown == ["tea"]


@pytest.mark.slow
def test_a_commit_that_is_not_here_is_said() -> None:
    command = [sys.executable, "-m", "benchmarks", "bench", "upgrade", "--from", "0" * 40]
    done = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "is not here: this is a shallow clone" in done.stderr
    assert "--from" in done.stderr


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_filled_database_of_an_earlier_commit_comes_here_and_goes_back_without_a_difference() -> None:
    is_here = subprocess.run(
        ["git", "cat-file", "-e", f"{upgrade.EARLIER}^{{commit}}"],
        cwd=PROJECT_ROOT, capture_output=True, check=False,
    )  # fmt: skip
    if is_here.returncode:
        pytest.skip("The earlier commit is not in this clone: the upgrade was not tried.")

    figures = upgrade.run(days=2, jobs=10)

    assert figures["differences"] == 0, json.dumps(figures)
    assert figures["rows"] > 500
    assert figures["sealed"] > 50
