"""Triggers that note in which hours jobs and calls changed, for the app's first migration.

They are ours and not in the models of jobs and inference, which know of no dashboards. A statement that inserts many rows
notes each hour once; a job that only renews its lease or tells its progress notes nothing.
"""

from django.db import migrations

NOTE = """
    INSERT INTO dashboards_changedhour (id, organisation_id, source, hour)
    SELECT gen_random_uuid(), changed.organisation_id, '{source}', date_trunc('hour', changed.created_at, 'UTC')
    FROM {rows} AS changed GROUP BY changed.organisation_id, date_trunc('hour', changed.created_at, 'UTC')
"""
FUNCTION = "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {note}; RETURN NULL; END $$"
AFTER_INSERT = """
    CREATE TRIGGER note_changed_hour AFTER INSERT ON {table}
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {function}()
"""
# PostgreSQL gives no table of new rows to a trigger for certain columns, so this one looks at each.
AFTER_STATE = """
    CREATE TRIGGER note_changed_state AFTER UPDATE OF state ON jobs_job FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION dashboards_note_state()
"""


def _inserts(source: str, table: str) -> list[str]:
    function = f"dashboards_note_{source}"
    note = NOTE.format(source=source, rows="new_rows")
    return [
        FUNCTION.format(name=function, note=note),
        AFTER_INSERT.format(table=table, function=function),
        # What was there before the triggers is rolled up like everything else.
        NOTE.format(source=source, rows=table),
    ]


OPERATIONS = [
    migrations.RunSQL(
        [
            *_inserts("jobs", "jobs_job"),
            *_inserts("calls", "inference_inferencecall"),
            FUNCTION.format(
                name="dashboards_note_state",
                note=NOTE.format(source="jobs", rows="(SELECT NEW.organisation_id, NEW.created_at)"),
            ),
            AFTER_STATE,
        ],
        migrations.RunSQL.noop,
    )
]
