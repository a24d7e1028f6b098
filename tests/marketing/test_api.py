"""The same through the REST API."""

import pytest

from apps.accounts.actors import Actor
from apps.marketing.briefs.models import BriefFact
from apps.marketing.copywriting.models import CopyRequest, CopyVariant
from tests.conftest import ApiClient, api_client
from tests.marketing.conftest import PAIR, Answers, worked

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/marketing/"
FACTS = [
    {"name": "产地", "value": "福建武夷山"},
    {"name": "净含量", "value": "250 克"},
    {"name": "焙火", "value": "中火"},
]


def new_brief(api: ApiClient, **values: object) -> dict[str, object]:
    made = api.post_json(f"{ROOT}briefs/", {"product": "岩茶", "facts": FACTS, **values})
    assert made.status_code == 201, made.content
    body: dict[str, object] = made.json()
    return body


def test_from_a_brief_to_approved_copy(alice_api: ApiClient, answers: Answers) -> None:
    brief = new_brief(alice_api, must_say=["250 克"], industries=["food"])
    assert [fact["value"] for fact in brief["facts"]] == ["福建武夷山", "250 克", "中火"]  # type: ignore[attr-defined]
    assert brief["contradictions"] == []

    answers(PAIR)
    made = alice_api.post_json(
        f"{ROOT}copy-requests/", {"brief": brief["id"], "channels": ["xiaohongshu"], "count": 1}
    )
    assert made.status_code == 202, made.content
    assert made.json()["events"].endswith("/events/")
    worked(CopyRequest.objects.get().job)

    (variant,) = alice_api.get(f"{ROOT}copy/?brief={brief['id']}").json()["results"]
    assert (variant["texts"], variant["status"], variant["model"]) == (PAIR, "draft", "scripted")
    url = f"{ROOT}copy/{variant['id']}/"
    changed = alice_api.patch(
        url, {"version": 1, "texts": {"title": "慢慢喝岩茶"}}, content_type="application/json"
    ).json()
    assert (changed["version"], changed["texts"]["body"]) == (2, PAIR["body"])
    assert alice_api.post_json(f"{url}approve/", {"version": 1}).status_code == 409
    approved = alice_api.post_json(f"{url}approve/", {"version": 2}).json()
    assert approved["status"] == "approved"
    figures = alice_api.get(f"{ROOT}figures/").json()
    assert figures["approved"] == 1


def test_copy_is_checked_without_being_stored(alice_api: ApiClient) -> None:
    brief = new_brief(alice_api)
    texts = {"title": "全国第一", "body": PAIR["body"].replace("250", "500")}

    found = alice_api.post_json(
        f"{ROOT}copy/check/", {"brief": brief["id"], "channel": "xiaohongshu", "texts": texts}
    ).json()

    assert {each["code"] for each in found["violations"]} == {"absolute_claim", "number_not_in_brief"}
    outcomes = {each["check"]: each["outcome"] for each in found["checks"]}
    assert (outcomes["wording"], outcomes["numbers"], outcomes["denials"]) == ("failed", "failed", "passed")
    assert outcomes["other"] == "not_checked"
    assert not CopyVariant.objects.exists()


def test_a_brief_that_contradicts_itself_says_so_and_is_not_written_from(alice_api: ApiClient) -> None:
    brief = new_brief(alice_api, must_say=["全国第一的岩茶"])
    assert [each["is_blocking"] for each in brief["contradictions"]] == [True]  # type: ignore[attr-defined]

    made = alice_api.post_json(f"{ROOT}copy-requests/", {"brief": brief["id"], "channels": ["sms"]})

    assert made.status_code == 400
    assert made.json()["error"]["code"] == "contradictory_brief"


def test_a_change_of_one_field_keeps_the_facts(alice_api: ApiClient) -> None:
    brief = new_brief(alice_api)

    changed = alice_api.patch(
        f"{ROOT}briefs/{brief['id']}/", {"goal": "sell"}, content_type="application/json"
    ).json()

    assert (changed["goal"], len(changed["facts"])) == ("sell", 3)


def test_a_proposed_fact_is_confirmed(alice_api: ApiClient, alice_actor: Actor) -> None:
    brief = new_brief(alice_api)
    fact = BriefFact.objects.create(
        organisation=alice_actor.organisation,
        brief_id=brief["id"],
        name="等级",
        value="特级",
        is_confirmed=False,
    )

    url = f"{ROOT}briefs/{brief['id']}/facts/{fact.pk}/confirm/"
    assert alice_api.post_json(url).status_code == 200

    fact.refresh_from_db()
    assert fact.is_confirmed


def test_a_key_without_the_right_to_approve_is_refused(alice_actor: Actor, alice_api: ApiClient) -> None:
    brief = new_brief(alice_api)
    made = alice_api.post_json(
        f"{ROOT}copy/", {"brief": brief["id"], "channel": "xiaohongshu", "texts": PAIR}
    ).json()
    writer = api_client(alice_actor, "marketing.use")

    url = f"{ROOT}copy/{made['id']}/"
    assert writer.get(url).status_code == 200
    assert writer.post_json(f"{url}approve/", {"version": 1}).status_code == 403
    assert writer.post_json(f"{url}return/", {"comment": "x"}).status_code == 403


def test_channels_tell_their_rules(alice_api: ApiClient) -> None:
    rules = {each["key"]: each for each in alice_api.get(f"{ROOT}channels/").json()}

    assert rules["xiaohongshu"]["min_hashtags"] == 1
    assert [each["key"] for each in rules["xiaohongshu"]["texts"]] == ["title", "body"]
