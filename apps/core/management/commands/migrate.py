"""Django's `migrate`, which makes an empty database in one step.

Replaying all migrations builds most models anew at each of them, as here all are related by their organisation: half a
minute of the processor before anything starts, and more with every release. What they arrive at is known: the state of
the last one. `schema_fingerprint.txt` holds both ways to the same tables.
"""

from typing import Any

from django.contrib.postgres.operations import CreateExtension
from django.core.management.commands import migrate
from django.db import connection, transaction
from django.db.migrations import RunSQL
from django.db.migrations.executor import MigrationExecutor

from apps.core import schema


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        wants_less = (
            "app_label",
            "migration_name",
            "fake",
            "fake_initial",
            "plan",
            "check_unapplied",
            "prune",
        )
        if not any(options.get(name) for name in wants_less) and schema.is_empty():
            create_tables()
        super().handle(*args, **options)


def create_tables() -> None:
    """Into an empty database, all of it or nothing: the tables as the last migrations leave them, what these do in SQL
    beside the models, and the note that all have run.

    What is `elidable`, and Python, moves rows that an older version has stored; here are none.
    """
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes(), clean_start=True)
    state = executor.loader.project_state()
    operations = [(each.app_label, operation) for each, _ in plan for operation in each.operations]
    with transaction.atomic(), connection.schema_editor() as editor:
        for app_label, operation in operations:
            if isinstance(operation, CreateExtension):
                operation.database_forwards(app_label, editor, state, state)
        for model in state.apps.get_models():
            if model._meta.can_migrate(connection):
                editor.create_model(model)
        for app_label, operation in operations:
            if isinstance(operation, RunSQL) and not operation.elidable:
                operation.database_forwards(app_label, editor, state, state)
        executor.recorder.ensure_schema()
        for migration, _ in plan:
            executor.recorder.record_applied(migration.app_label, migration.name)
