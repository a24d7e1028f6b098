"""The demo's rows. The conversation itself is played against a running installation."""

import pytest

from apps.accounts.models import ApiKey, Organisation, User
from apps.customer_service.management.commands import demo
from apps.customer_service.models import Channel

pytestmark = pytest.mark.django_db


def test_a_second_run_reuses_what_the_first_one_made() -> None:
    owner, password = demo.demo_owner()
    channel = demo.demo_channel(owner)

    again, no_password = demo.demo_owner()

    assert password
    assert no_password is None
    assert demo.demo_channel(again) == channel
    assert (Organisation.objects.count(), User.objects.count(), Channel.objects.count()) == (1, 1, 1)


def test_the_password_is_stored_nowhere_in_clear() -> None:
    _, password = demo.demo_owner()

    user = User.objects.get(email=demo.EMAIL)
    assert password not in user.password
    assert user.check_password(str(password))


def test_the_key_of_a_run_is_revoked_after_it() -> None:
    owner, _ = demo.demo_owner()

    with demo.temporary_key(owner) as token:
        assert ApiKey.objects.usable().count() == 1

    assert token.startswith("km_")
    assert ApiKey.objects.usable().count() == 0


def test_the_handbooks_are_there() -> None:
    assert all(path.stat().st_size > 1000 for path in demo.HANDBOOKS)
