"""Django's `migrate`, with models added to its state one by one.

Django builds every model anew that is related to one that a migration adds, and here all are, by their organisation: an
empty database took half a minute of the processor. A model that is new has nothing yet that refers to it, so what is
there can stay, and is told about the new one's foreign keys in place.
"""

from typing import cast

from django.core.management.commands import migrate
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ModelState, ProjectState, StateApps


class GrowingState(ProjectState):
    def add_model(self, model_state: ModelState) -> None:
        apps = cast(StateApps | None, self.__dict__.pop("apps", None))
        super().add_model(model_state)
        if apps is not None:
            apps.render_multiple([model_state])
            self.apps = apps

    def clone(self) -> "GrowingState":
        state = GrowingState({key: model.clone() for key, model in self.models.items()}, self.real_apps)
        if "apps" in self.__dict__:
            state.apps = self.apps.clone()
        state.is_delayed = self.is_delayed
        return state


class GrowingStateExecutor(MigrationExecutor):
    def _create_project_state(self, with_applied_migrations: bool = False) -> ProjectState:
        return GrowingState.clone(super()._create_project_state(with_applied_migrations))  # type: ignore[misc]


class Command(migrate.Command):
    pass


# The command names its executor nowhere but in its module.
migrate.MigrationExecutor = GrowingStateExecutor  # type: ignore[attr-defined]
