from pathlib import Path
from typing import Any

import pytest

from apps.accounts.actors import Actor
from apps.customer_service.channels.models import Channel


@pytest.fixture(autouse=True)
def _own_uploads(settings: Any, tmp_path: Path) -> None:
    """Nothing of another test lies there."""
    storage = {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path / "uploads"}}
    settings.STORAGES = {**settings.STORAGES, "default": storage}


@pytest.fixture
def channel(alice_actor: Actor) -> Channel:
    return Channel.objects.create(organisation=alice_actor.organisation, name="Tea chat", language="en")
