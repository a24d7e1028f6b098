import pytest
from django.test import Client


def directive(answer: object, name: str) -> str:
    policy = dict(part.strip().partition(" ")[::2] for part in answer["Content-Security-Policy"].split(";"))  # type: ignore[index]
    return policy.get(name, "")


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/jobs/", "/nowhere/"])
def test_our_pages_run_nothing_inline(alice_browser: Client, path: str) -> None:
    answer = alice_browser.get(path)

    assert directive(answer, "script-src") == "'self'"
    assert directive(answer, "style-src") == "'self'"


@pytest.mark.parametrize("path", ["/api/docs/", "/api/redoc/"])
def test_the_api_documentation_comes_from_this_machine(client: Client, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 200
    assert directive(answer, "script-src") == "'self'"
    assert "https://" not in answer.content.decode()


def test_the_dashboard_sends_strangers_to_the_one_sign_in(client: Client) -> None:
    assert client.get("/admin/login/")["Location"].startswith("/accounts/login/")


def test_members_who_are_not_staff_stay_out_of_the_dashboard(alice_browser: Client) -> None:
    assert alice_browser.get("/admin/", follow=True).status_code == 403
