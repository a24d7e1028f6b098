"""Rows that benches need, made by the platform's own services."""

import pytest

from apps.accounts import services as accounts
from apps.accounts.models import ApiKey, User
from benchmarks.shop import make_staff


@pytest.mark.django_db
def test_staff_get_a_key_for_what_agents_may_and_a_session() -> None:
    user = User.objects.create_user("bench@kongming.example", None)
    accounts.create_organisation(name="Bench", slug="bench", owner=user)

    [(token, cookie)] = make_staff(1)

    key = ApiKey.objects.get(name="Agent 0")
    assert token.startswith(f"km_{key.prefix}")
    assert key.scopes
    assert "keys.manage" not in key.scopes
    assert cookie
