from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from apps.accounts.models import Organisation, User
from apps.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
ADDRESS = "olga@example.org"


def run(*arguments: str) -> str:
    output = StringIO()
    call_command("operator", *arguments, stdout=output)
    return output.getvalue()


def test_somebody_new_gets_an_account_that_opens_the_admin() -> None:
    told = run(ADDRESS, "--name", "Olga")
    password = told.split("with the password")[1].split()[0]
    client = Client()

    client.post("/accounts/login/", {"login": ADDRESS, "password": password})

    assert client.get("/admin/").status_code == 200
    assert "/admin/" in told


def test_a_second_run_shows_no_password_and_makes_nobody() -> None:
    run(ADDRESS)

    assert "changepassword" in run(ADDRESS.upper())
    assert User.objects.filter(email__iexact=ADDRESS).count() == 1


def test_a_member_who_becomes_an_operator_stands_in_the_trail_of_the_organisation(
    tea_house: Organisation, alice: User
) -> None:
    run(alice.email)
    run(alice.email, "--dismiss")

    entries = AuditEntry.objects.within(tea_house).order_by("sequence").values_list("action", "actor_name")
    assert list(entries)[-2:] == [("operator.created", "Alice"), ("operator.dismissed", "Alice")]
    alice.refresh_from_db()
    assert (alice.is_staff, alice.is_superuser) == (False, False)


@pytest.mark.parametrize("arguments", [("nobody",), ("nobody@example.org", "--dismiss")])
def test_what_cannot_be_done_is_said(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        run(*arguments)
