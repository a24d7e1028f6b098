import pytest
from django.test import Client

from apps.accounts.models import User
from tests.conftest import PASSWORD, browser_of


@pytest.fixture
def olga(db: None) -> User:
    """Runs the installation and is a member of nothing."""
    return User.objects.create_superuser("olga@host.example", PASSWORD, name="Olga")


@pytest.fixture
def olga_browser(olga: User) -> Client:
    return browser_of(olga)
