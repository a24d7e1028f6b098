import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.inference.models import Endpoint, InferenceCall, Quota

pytestmark = pytest.mark.django_db

USAGE = "/models/"
FORM = {
    "name": "big",
    "purpose": "chat",
    "provider": "vllm",
    "first_token_seconds": 60,
    "url": "https://models.example.com/v1",
    "model": "qwen",
    "context_tokens": 8192,
    "max_concurrency": 8,
    "input_price": 1,
    "output_price": 2,
    "priority": 10,
    "is_enabled": "on",
}


def test_the_page_shows_endpoints_quotas_and_usage(alice_browser: Client, alice_actor: Actor) -> None:
    organisation = alice_actor.organisation
    Endpoint.objects.create(
        organisation=organisation, name="Big one", purpose="chat", url="http://x", model="m"
    )
    Quota.objects.create(organisation=organisation, metric="tokens", hard_limit=4321)
    InferenceCall.objects.create(
        organisation=organisation, purpose="chat", model="qwen-x", status="succeeded", output_tokens=77
    )
    page = alice_browser.get(USAGE).content.decode()
    assert all(text in page for text in ("Big one", "4,321", "qwen-x", "77"))


def test_a_row_of_the_usage_leads_to_its_requests_in_units_that_people_read(
    alice_browser: Client, alice_actor: Actor
) -> None:
    measured = {"first_token_ms": 180, "latency_ms": 163_443, "input_tokens": 5_312_422, "cost": "0.00224"}
    for model in ("large", "small"):
        InferenceCall.objects.create(
            organisation=alice_actor.organisation,
            purpose="chat",
            model=model,
            status="succeeded",
            **measured,
        )
    InferenceCall.objects.update(status="failed", error_code="model_refused_connection")
    rows = {row["group"]: row for row in alice_browser.get(USAGE).context["rows"]}

    page = alice_browser.get(rows["large"]["url"])

    assert [call.model for call in page.context["page"].rows] == ["large"]
    assert all(text in page.text for text in ("180 ms", "2 min 43 s", "5,312,422", "0.0022", "1 result"))
    assert ">model_refused_connection<" not in page.text
    assert "Cannot connect to the model." in page.text


@pytest.mark.parametrize("group", ["model", "purpose", "prompt", "day", "member", "api_key", "nonsense"])
def test_usage_can_be_grouped(alice_browser: Client, alice_actor: Actor, group: str) -> None:
    InferenceCall.objects.create(
        organisation=alice_actor.organisation, purpose="chat", model="m", status="failed"
    )
    assert alice_browser.get(USAGE, {"group_by": group}).status_code == 200


def test_an_endpoint_is_added_changed_and_removed(alice_browser: Client) -> None:
    alice_browser.post(reverse("inference:create_endpoint"), FORM | {"api_key": "secret"})
    endpoint = Endpoint.objects.get()
    assert endpoint.api_key == "secret"
    address = reverse("inference:change_endpoint", args=[endpoint.pk])
    assert "secret" not in alice_browser.get(address).content.decode()
    alice_browser.post(address, FORM | {"name": "bigger"})
    endpoint.refresh_from_db()
    assert (endpoint.name, endpoint.api_key) == ("bigger", "secret")
    alice_browser.post(reverse("inference:delete_endpoint", args=[endpoint.pk]))
    assert not Endpoint.objects.exists()


def test_a_forbidden_address_is_told_at_its_field(alice_browser: Client) -> None:
    page = alice_browser.post(reverse("inference:create_endpoint"), FORM | {"url": "http://169.254.169.254/"})
    assert page.status_code == 200
    assert page.context["form"].errors["url"]
    assert not Endpoint.objects.exists()


def test_a_quota_is_everyones_until_somebody_is_chosen(alice_browser: Client) -> None:
    page = alice_browser.get(reverse("inference:new_quota")).text

    assert '<option value="" selected>everyone</option>' in page
    assert '<option value="" selected>All keys</option>' in page
    assert "---------" not in page
    assert '<option value="" selected>Choose a metric</option>' in page
    assert page.count("In the unit of the metric") == 2


def test_what_the_installation_brings_along_is_called_by_what_it_does(
    alice_browser: Client, tea_house: Organisation
) -> None:
    address = {"url": "http://127.0.0.1:1/v1", "model": "small"}
    Endpoint.objects.create(name="default embedding", purpose="embedding", **address)
    Endpoint.objects.create(name="default", purpose="chat", organisation=tea_house, **address)

    page = alice_browser.get(reverse("inference:usage")).text

    assert "Built-in embedding model" in page
    assert "Built-in chat model" not in page


def test_a_quota_is_added_once_and_removed(alice_browser: Client) -> None:
    form = {"metric": "requests", "window": "day", "hard_limit": 5}
    alice_browser.post(reverse("inference:new_quota"), form)
    again = alice_browser.post(reverse("inference:new_quota"), form)
    assert again.context["form"].errors["metric"]
    quota = Quota.objects.get()
    alice_browser.post(reverse("inference:delete_quota", args=[quota.pk]))
    assert not Quota.objects.exists()


def test_a_soft_limit_that_would_warn_nobody_is_refused(alice_browser: Client) -> None:
    form = {"metric": "requests", "window": "day", "soft_limit": 50, "hard_limit": 5}

    refused = alice_browser.post(reverse("inference:new_quota"), form)

    assert refused.context["form"].errors["soft_limit"]
    assert not Quota.objects.exists()


def test_a_stranger_gets_404(bob_browser: Client, alice_actor: Actor) -> None:
    organisation = alice_actor.organisation
    endpoint = Endpoint.objects.create(
        organisation=organisation, name="a", purpose="chat", url="http://x", model="m"
    )
    quota = Quota.objects.create(organisation=organisation, metric="tokens", hard_limit=1)
    for name, row in (("change_endpoint", endpoint), ("delete_endpoint", endpoint), ("delete_quota", quota)):
        assert bob_browser.post(reverse(f"inference:{name}", args=[row.pk]), FORM).status_code == 404


def test_shared_endpoints_cannot_be_changed_here(alice_browser: Client) -> None:
    shared = Endpoint.objects.create(name="a", purpose="chat", url="http://x", model="m")
    assert alice_browser.get(reverse("inference:change_endpoint", args=[shared.pk])).status_code == 404
