from apps.accounts.actors import Actor
from apps.jobs import job_types, lifecycle, services
from apps.jobs.models import Job
from tests.conftest import ApiClient

STORE = job_types.JobType(
    "tests.api_store",
    queue="batch",
    label="Store",
    may_see=job_types.holders_of("jobs.view"),
    may_cancel=job_types.holders_of("jobs.manage"),
)


def queued(actor: Actor, **inputs: str) -> Job:
    return services.create_job(actor, kind=STORE, inputs=inputs)


def test_a_queued_job_shows_its_place_in_the_queue(alice_api: ApiClient, alice_actor: Actor) -> None:
    queued(alice_actor)
    second = queued(alice_actor)

    body = alice_api.get(f"/api/v1/jobs/{second.pk}/").json()

    assert body["state"] == "queued"
    assert body["queue_position"] == 2


def test_a_cancelled_queued_job_never_starts(alice_api: ApiClient, alice_actor: Actor) -> None:
    job = queued(alice_actor)

    answer = alice_api.post(f"/api/v1/jobs/{job.pk}/cancel/")

    assert answer.status_code == 202
    assert answer.json()["state"] == "cancelled"
    assert lifecycle.claim(job.pk) is None


def test_cancelling_a_finished_job_is_a_conflict(alice_api: ApiClient, alice_actor: Actor) -> None:
    job = queued(alice_actor)
    lifecycle.succeed(lifecycle.claim(job.pk), {})

    answer = alice_api.post(f"/api/v1/jobs/{job.pk}/cancel/")

    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "job_is_over"


def test_asking_with_the_wrong_method_is_no_question_of_permission(
    alice_api: ApiClient, alice_actor: Actor
) -> None:
    job = queued(alice_actor)

    answer = alice_api.get(f"/api/v1/jobs/{job.pk}/cancel/")

    assert answer.status_code == 405
    assert answer["Allow"] == "POST, OPTIONS"
    assert answer.json()["error"]["message"]


def test_a_failed_job_can_be_run_again(alice_api: ApiClient, alice_actor: Actor) -> None:
    job = queued(alice_actor)
    lifecycle.fail(lifecycle.claim(job.pk), code="broken", message="It broke.")

    answer = alice_api.post(f"/api/v1/jobs/{job.pk}/retry/")

    assert answer.json()["state"] == "queued"
    assert lifecycle.claim(job.pk).attempt == 2


def test_the_list_is_filtered_by_state(alice_api: ApiClient, alice_actor: Actor) -> None:
    queued(alice_actor)
    failed = queued(alice_actor)
    lifecycle.fail(lifecycle.claim(failed.pk), code="broken", message="It broke.")

    rows = alice_api.get("/api/v1/jobs/?state=failed").json()["results"]

    assert [row["id"] for row in rows] == [str(failed.pk)]
    assert rows[0]["error"]["message"] == "It broke."
