"""The demo's rows. The conversation itself is played against a running installation."""

from io import StringIO
from uuid import uuid4

import pytest
from rich.console import Console

from apps.accounts.models import ApiKey, Organisation, User
from apps.customer_service.channels.models import Channel
from apps.customer_service.demo_client import StreamedAnswer
from apps.customer_service.management.commands import demo_shop as demo

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
    assert all(path.stat().st_size > 1000 for path in demo.HANDBOOKS.values())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("streamed", "is_repeated"), [("Tea keeps [2].", True), ("Tea keeps [1].", False)])
async def test_a_number_that_the_check_changed_is_shown_as_it_is_stored(
    streamed: str, is_repeated: bool
) -> None:
    citation = {"number": 1, "document_title": "Handbook", "heading": "Storage"}
    result = {"text": "Tea keeps [1].", "citations": [citation], "sentences": [], "source": "model"}
    console = Console(file=StringIO(), width=120)

    await demo.show_answer(console, StreamedAnswer(str(uuid4()), 0.0, text=streamed, result=result))

    assert ("after the check: Tea keeps [1]." in console.file.getvalue()) == is_repeated  # type: ignore[attr-defined]
