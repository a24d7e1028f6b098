import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.accounts.models import User
from apps.jobs import job_types, lifecycle, selectors, services
from apps.jobs.models import Job
from tests.live_pages import follows_jobs

STORE = job_types.JobType(
    "tests.store",
    queue="batch",
    label="Store",
    stages={"boxing": "Putting into boxes"},
    may_see=job_types.holders_of("jobs.view"),
    may_cancel=job_types.holders_of("jobs.manage"),
)
HTMX = {"HX-Request": "true"}


def queued(actor: Actor, subject: str = "") -> Job:
    return services.create_job(actor, kind=STORE, inputs={}, subject=subject)


def running(actor: Actor, subject: str = "") -> Job:
    job = lifecycle.claim(queued(actor, subject).pk)
    assert job
    return job


def failed(actor: Actor, subject: str = "") -> Job:
    job = running(actor, subject)
    lifecycle.fail(job, code="broken", message="It <b>broke</b>.")
    return job


@pytest.fixture
def charlie_browser(charlie: User) -> Client:
    client = Client()
    client.force_login(charlie, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_the_list_says_what_appears_here_while_it_is_empty(alice_browser: Client) -> None:
    page = alice_browser.get("/jobs/").content.decode()

    assert 'class="empty' in page
    assert not follows_jobs(page)


def test_rows_are_fetched_again_only_while_something_is_under_way(
    alice_browser: Client, alice_actor: Actor
) -> None:
    job = running(alice_actor)
    assert follows_jobs(alice_browser.get("/jobs/", headers=HTMX).content.decode())

    lifecycle.succeed(job, {"answer": 42})

    rows = alice_browser.get("/jobs/", headers=HTMX).content.decode()
    assert not follows_jobs(rows)
    assert "<html" not in rows


def test_the_list_is_filtered_by_state_and_subject(alice_browser: Client, alice_actor: Actor) -> None:
    tea, cup = failed(alice_actor, "green tea"), queued(alice_actor, "cup")

    page = alice_browser.get("/jobs/?state=failed&subject=TEA").content.decode()

    assert str(tea.pk) in page
    assert str(cup.pk) not in page


def test_nonsense_in_the_filters_filters_nothing(alice_browser: Client, alice_actor: Actor) -> None:
    job = queued(alice_actor)

    page = alice_browser.get("/jobs/?state=purple&before=yesterday").content.decode()

    assert str(job.pk) in page


def test_a_long_list_continues_on_the_next_page(
    alice_browser: Client, alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "PAGE_ROWS", 2)
    oldest, middle, newest = (queued(alice_actor) for _ in range(3))

    first = alice_browser.get("/jobs/").content.decode()
    second = alice_browser.get(f"/jobs/?before={middle.pk}").content.decode()

    assert str(newest.pk) in first
    assert str(oldest.pk) not in first
    assert f"before={middle.pk}" in first
    assert str(oldest.pk) in second


def test_the_list_costs_the_same_however_many_jobs_there_are(
    alice_browser: Client, alice_actor: Actor, django_assert_max_num_queries: object
) -> None:
    for _ in range(10):
        queued(alice_actor)

    with django_assert_max_num_queries(8):  # type: ignore[operator]
        alice_browser.get("/jobs/")


def test_a_failed_job_says_why_and_offers_another_run(alice_browser: Client, alice_actor: Actor) -> None:
    job = failed(alice_actor)

    page = alice_browser.get(f"/jobs/{job.pk}/").content.decode()

    assert "It &lt;b&gt;broke&lt;/b&gt;." in page
    assert f"/jobs/{job.pk}/retry/" in page


def test_a_stage_is_named_for_people(alice_browser: Client, alice_actor: Actor) -> None:
    job = running(alice_actor)
    lifecycle.note_progress(job, stage="boxing", progress=None)

    assert "Putting into boxes" in alice_browser.get("/jobs/").content.decode()
    assert "Putting into boxes" in alice_browser.get(f"/jobs/{job.pk}/").content.decode()


def test_a_result_is_shown_as_text_to_whoever_unfolds_it(alice_browser: Client, alice_actor: Actor) -> None:
    job = running(alice_actor)
    lifecycle.succeed(job, {"answer": "<script>alert(1)</script> 你好"})

    page = alice_browser.get(f"/jobs/{job.pk}/").content.decode()

    folded = page.partition("<details><summary")[2].partition("</details>")[0]
    assert "&lt;script&gt;alert(1)" in folded
    assert "你好" in folded


def test_running_a_failed_job_again_queues_it(alice_browser: Client, alice_actor: Actor) -> None:
    job = failed(alice_actor)

    answer = alice_browser.post(f"/jobs/{job.pk}/retry/")

    assert answer["Location"] == f"/jobs/{job.pk}/"
    assert Job.objects.get(pk=job.pk).state == Job.State.QUEUED


def test_cancelling_too_late_is_explained(alice_browser: Client, alice_actor: Actor) -> None:
    job = failed(alice_actor)

    page = alice_browser.post(f"/jobs/{job.pk}/cancel/", follow=True).content.decode()

    assert "notice-warn" in page


def test_a_viewer_sees_jobs_but_changes_none(charlie_browser: Client, alice_actor: Actor) -> None:
    job = queued(alice_actor)

    assert f"/jobs/{job.pk}/cancel/" not in charlie_browser.get(f"/jobs/{job.pk}/").content.decode()
    assert charlie_browser.post(f"/jobs/{job.pk}/cancel/").status_code == 403
    assert Job.objects.get(pk=job.pk).state == Job.State.QUEUED


def test_a_stranger_gets_404(bob_browser: Client, alice_actor: Actor) -> None:
    job = queued(alice_actor)

    assert bob_browser.get(f"/jobs/{job.pk}/").status_code == 404
    assert bob_browser.post(f"/jobs/{job.pk}/cancel/").status_code == 404
    assert str(job.pk) not in bob_browser.get("/jobs/").content.decode()


def test_a_subject_that_is_an_id_is_not_shown_and_words_are(
    alice_browser: Client, alice_actor: Actor
) -> None:
    queued(alice_actor, subject=f"conversation:{alice_actor.organisation.pk}")
    queued(alice_actor, subject="Handbook of tea")

    rows = alice_browser.get("/jobs/", headers=HTMX).content.decode()

    assert "conversation:" not in rows
    assert "Handbook of tea" in rows


def test_a_job_is_said_to_be_retried_only_while_it_will_be(alice_browser: Client, alice_actor: Actor) -> None:
    job = running(alice_actor)
    lifecycle.release(job, delay_seconds=60, code="model_unavailable", message="The model is away.")
    assert "It is retried automatically" in alice_browser.get(f"/jobs/{job.pk}/").text

    lifecycle.cancel_queued(job)

    assert "It is retried automatically" not in alice_browser.get(f"/jobs/{job.pk}/").text
