"""Reports by mail, set up and sent by programs."""

import pytest

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, User
from apps.dashboards.mailed_reports.models import MailedReport
from apps.jobs.models import Job, Schedule
from tests.conftest import ApiClient
from tests.mail_server_fixture import MailServer

ADDRESS, JSON = "/api/v1/mailed-reports/", "application/json"


@pytest.fixture
def body(alice_actor: Actor) -> dict[str, object]:
    assert alice_actor.member
    return {
        "name": "Monday numbers",
        "report": "jobs",
        "filters": {"desk": "translation"},
        "language": "en",
        "recipients": [str(alice_actor.member.pk)],
        "is_enabled": False,
    }


def test_a_program_sets_up_changes_sends_and_deletes_a_report(
    alice_api: ApiClient, body: dict[str, object], mail_server: MailServer
) -> None:
    made = alice_api.post(ADDRESS, body, JSON)
    assert made.status_code == 201, made.text
    row = made.json()
    assert (row["report"], row["filters"], row["days"]) == ("jobs", {"desk": "translation"}, "week")
    assert (row["recipients"], row["last_at"]) == (body["recipients"], None)
    own = f"{ADDRESS}{row['id']}/"

    changed = alice_api.patch(own, {"days": "day", "has_csv": True}, JSON).json()
    assert changed == row | {"days": "day", "has_csv": True}
    # Another report has filters of its own.
    assert alice_api.patch(own, {"report": "models"}, JSON).json()["filters"] == {}

    sent = alice_api.post(f"{own}send/")
    assert sent.status_code == 202
    assert Job.objects.get(pk=sent.json()["id"]).subject == f"mailed_report:{row['id']}"
    assert [each["id"] for each in alice_api.get(ADDRESS).json()["results"]] == [row["id"]]

    assert alice_api.delete(own).status_code == 204
    assert not MailedReport.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"report": "nothing"}, "report"),
        ({"filters": {"colour": "red"}}, "filters"),
        ({"filters": {"desk": "nowhere"}}, "filters"),
        ({"cron": "nonsense"}, "cron"),
        ({"time_zone": "Moon/Base"}, "time_zone"),
        ({"recipients": ["0190163d-8694-739b-aea5-966c26f8ad91"]}, "recipients"),
        ({"days": "year"}, "days"),
    ],
)
def test_what_is_wrong_is_named_by_its_field(
    alice_api: ApiClient, body: dict[str, object], wrong: dict[str, object], field: str
) -> None:
    answer = alice_api.post(ADDRESS, body | wrong, JSON)

    assert answer.status_code == 400
    assert field in answer.json()["error"]["fields"]
    assert not MailedReport.objects.exists()


def test_times_are_set_by_a_person_and_a_key_leaves_them_to_that_person(
    alice_actor: Actor, alice_browser: object, alice_api: ApiClient, body: dict[str, object]
) -> None:
    assert "API keys" in alice_api.post(ADDRESS, body | {"is_enabled": True}, JSON).text
    assert not MailedReport.objects.exists()

    made = alice_browser.post(ADDRESS, body | {"is_enabled": True}, JSON)  # type: ignore[attr-defined]
    assert made.status_code == 201
    alice_api.patch(f"{ADDRESS}{made.json()['id']}/", {"cron": "0 9 * * 1"}, JSON)

    schedule = Schedule.objects.get()
    assert (schedule.cron, schedule.member) == ("0 9 * * 1", alice_actor.member)


def test_a_recipient_who_left_does_not_stand_in_the_way_of_a_change(
    alice_actor: Actor, alice_api: ApiClient, body: dict[str, object]
) -> None:
    user = User.objects.create_user("lee@tea.example", name="Lee")
    lee = Membership.objects.create(organisation=alice_actor.organisation, user=user, role="admin")
    row = alice_api.post(ADDRESS, body | {"recipients": [*body["recipients"], str(lee.pk)]}, JSON).json()  # type: ignore[misc]
    Membership.objects.filter(pk=lee.pk).update(is_active=False)

    changed = alice_api.patch(f"{ADDRESS}{row['id']}/", {"name": "Mondays"}, JSON)

    assert (changed.status_code, changed.json()["recipients"]) == (200, body["recipients"])
