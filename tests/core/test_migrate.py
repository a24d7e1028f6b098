"""`migrate` adds models to its state without building anew what is there."""

from django.core.management import get_commands, load_command_class
from django.core.management.commands import migrate
from django.db import models
from django.db.migrations.state import ModelState

from apps.core.management.commands.migrate import GrowingState, GrowingStateExecutor


def model_state(name: str, **fields: models.Field) -> ModelState:
    return ModelState("drill", name, [("id", models.AutoField(primary_key=True)), *fields.items()])


def test_a_new_model_is_built_and_those_before_it_stay_and_know_of_it() -> None:
    state = GrowingState()
    state.add_model(model_state("Parent"))
    parent = state.apps.get_model("drill", "Parent")

    earlier = state.clone()
    state.add_model(model_state("Child", parent=models.ForeignKey("drill.Parent", models.CASCADE)))

    child = state.apps.get_model("drill", "Child")
    assert state.apps.get_model("drill", "Parent") is parent
    assert child._meta.get_field("parent").remote_field.model is parent
    assert [relation.related_model for relation in parent._meta.related_objects] == [child]
    assert "child" not in earlier.apps.all_models["drill"]


def test_the_command_works_with_it() -> None:
    load_command_class(get_commands()["migrate"], "migrate")

    assert migrate.MigrationExecutor is GrowingStateExecutor
