from collections.abc import Callable

import pytest

from apps.accounts.actors import Actor
from apps.log_analysis.sources.models import LogSource

MakeSource = Callable[..., LogSource]


@pytest.fixture
def make_source(alice_actor: Actor) -> MakeSource:
    def make(name: str = "web", **values: object) -> LogSource:
        return LogSource.objects.create(organisation=alice_actor.organisation, name=name, **values)

    return make


@pytest.fixture
def source(make_source: MakeSource) -> LogSource:
    return make_source()
