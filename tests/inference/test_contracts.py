from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from apps.accounts.actors import Actor
from apps.audit.models import AuditEntry
from apps.core.errors import Conflict, InvalidInput
from apps.inference import capability_checks, capability_pages
from apps.inference.models import ContractResult, Endpoint, InferenceCall, Purpose
from apps.jobs import runs
from apps.jobs.models import Job
from llm_backend.contract import checks
from tests.conftest import ApiClient
from tests.inference.conftest import MakeEndpoint
from tests.llm_backend.test_contract import CHOOSES_WELL, READS_WELL
from tests.scripted_engine_fixture import ScriptedEngine

pytestmark = pytest.mark.django_db

LONG = {"tokens": 10_000, "gap_ms": 5}
ORDER = '{"item": "green tea", "quantity": 2, "size": "large", "is_urgent": true}'
WHOLE: list[dict[str, Any]] = [
    *[{}, {}, {"text": "one two three "}, LONG, {}, {"text": ORDER}, {"text": "It is sunny."}],
    *[{"text": "51"}, {}, {"text": "7351"}, *READS_WELL, *CHOOSES_WELL, {"text": "北京"}, {"text": "Lyon"}],
]


def check(actor: Actor, endpoint: Endpoint) -> Job:
    job = capability_checks.start_contract_check(actor, endpoint)
    runs.execute(job.pk)
    return Job.objects.get(pk=job.pk)


@pytest.mark.slow
def test_a_check_is_a_job_whose_table_is_kept(
    alice_actor: Actor, endpoint: Endpoint, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script(*WHOLE)
    job = check(alice_actor, endpoint)
    assert (job.state, job.result) == ("succeeded", {"passed": 9, "failed": 1, "not_supported": 2})
    stored = ContractResult.objects.get()
    assert [row["name"] for row in stored.checks] == list(checks.CHECKS)
    assert (stored.organisation, stored.job, stored.model) == (alice_actor.organisation, job, "scripted")
    assert AuditEntry.objects.filter(action="endpoint.contract_checked").exists()


@pytest.mark.slow
def test_every_check_has_its_line_in_the_ledger(
    alice_actor: Actor, endpoint: Endpoint, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script(*WHOLE)
    job = check(alice_actor, endpoint)
    calls = InferenceCall.objects.filter(job=job)
    assert {call.prompt_name for call in calls} == {f"contract/{name}" for name in checks.CHECKS}
    assert calls.get(prompt_name="contract/streaming").output_tokens == 16


def test_an_endpoint_that_refuses_the_key_gets_its_table_too(
    alice_actor: Actor, endpoint: Endpoint, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script({"status": 401})
    assert check(alice_actor, endpoint).result == {"passed": 0, "failed": 12, "not_supported": 0}
    assert scripted_engine.record()["seen"] == 1


def test_the_last_ten_are_kept(
    alice_actor: Actor, endpoint: Endpoint, scripted_engine: ScriptedEngine
) -> None:
    for _ in range(capability_checks.KEPT_RESULTS):
        ContractResult.objects.create(
            organisation=alice_actor.organisation, endpoint=endpoint, model="old", provider="vllm"
        )
    scripted_engine.script({"status": 401})
    check(alice_actor, endpoint)
    models = list(ContractResult.objects.order_by("id").values_list("model", flat=True))
    assert models == ["old"] * 9 + ["scripted"]


def test_only_one_check_of_an_endpoint_runs_at_a_time(alice_actor: Actor, endpoint: Endpoint) -> None:
    capability_checks.start_contract_check(alice_actor, endpoint)
    with pytest.raises(Conflict):
        capability_checks.start_contract_check(alice_actor, endpoint)


def test_what_does_not_chat_cannot_be_checked(alice_actor: Actor, make_endpoint: MakeEndpoint) -> None:
    with pytest.raises(InvalidInput):
        capability_checks.start_contract_check(alice_actor, make_endpoint(purpose=Purpose.EMBEDDING))


def test_an_endpoint_removed_meanwhile_fails_the_job(alice_actor: Actor, endpoint: Endpoint) -> None:
    job = capability_checks.start_contract_check(alice_actor, endpoint)
    endpoint.delete()
    runs.execute(job.pk)
    assert Job.objects.get(pk=job.pk).error_code == "not_found"


@pytest.mark.slow
def test_the_table_is_read_in_ones_own_language(
    alice_actor: Actor, alice_browser: Client, endpoint: Endpoint, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script(*WHOLE)
    check(alice_actor, endpoint)
    page = alice_browser.get(reverse("inference:endpoint", args=[endpoint.pk])).content.decode()
    assert "It did not follow the instruction: “Lyon”." in page
    with translation.override("zh-hans"):
        shown = capability_pages.contract_view(ContractResult.objects.get())
        assert "Lyon" in shown.checks[-1].why
        assert "未按要求" in shown.checks[-1].why


def test_a_running_check_is_followed_on_the_page(alice_browser: Client, endpoint: Endpoint) -> None:
    address = reverse("inference:endpoint", args=[endpoint.pk])
    alice_browser.post(reverse("inference:check_contract", args=[endpoint.pk]))
    part = alice_browser.get(address, headers={"HX-Request": "true", "HX-Target": "contract"})
    assert str(Job.objects.get().pk) in part.content.decode()
    assert "<html" not in part.content.decode()


def test_the_api_starts_a_check_and_lists_results(
    alice_api: ApiClient, bob_api: ApiClient, endpoint: Endpoint, scripted_engine: ScriptedEngine
) -> None:
    address = f"/api/v1/inference/endpoints/{endpoint.pk}/"
    started = alice_api.post(f"{address}check_contract/")
    assert started.status_code == 202
    scripted_engine.script({"status": 401})
    runs.execute(started.json()["id"])
    [listed] = alice_api.get(f"{address}contract_results/").json()
    assert listed["checks"][0]["outcome"] == "failed"
    assert bob_api.post(f"{address}check_contract/").status_code == 404
    assert bob_api.get(f"{address}contract_results/").status_code == 404


def test_a_shared_endpoints_results_stay_with_who_asked(
    alice_api: ApiClient, bob_api: ApiClient, make_endpoint: MakeEndpoint, scripted_engine: ScriptedEngine
) -> None:
    address = f"/api/v1/inference/endpoints/{make_endpoint(organisation=None).pk}/"
    scripted_engine.script({"status": 401})
    runs.execute(alice_api.post(f"{address}check_contract/").json()["id"])
    assert len(alice_api.get(f"{address}contract_results/").json()) == 1
    assert bob_api.get(f"{address}contract_results/").json() == []
