"""Own texts of prompts: one person writes, another approves, and every version can be gone back to."""

import json

import pytest
import redis
from django.test import Client
from django.urls import reverse
from redis.backoff import NoBackoff
from redis.retry import Retry

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, Organisation, User
from apps.accounts.permissions import PERMISSIONS
from apps.answering.passages import NumberedPassage
from apps.audit.models import AuditEntry
from apps.core import redis_client
from apps.core.errors import Conflict, InvalidInput, PermissionDenied
from apps.inference import prompts
from apps.inference.models import Endpoint, InferenceCall, PromptVersion
from apps.inference.prompt_catalogue import shipped_prompt, shipped_prompts
from apps.inference.resources import QUOTAS
from apps.jobs.models import Job
from apps.operations.alerts import proposed_prompts
from apps.operations.prompts import selectors, services
from apps.resources import services as resources
from llm_backend.prompts import Prompt
from tests.conftest import PASSWORD, browser_of
from tests.customer_service.handoff_fixtures import together

pytestmark = pytest.mark.django_db

SHORTEN = shipped_prompt("shorten")
TEXT = SHORTEN.prompt.text.replace("about half as long", "in one sentence")


@pytest.fixture
def dora_actor(alice_actor: Actor) -> Actor:
    """An administrator beside alice."""
    dora = User.objects.create_user("dora@tea.example", PASSWORD, name="Dora")
    member = Membership.objects.create(organisation=alice_actor.organisation, user=dora, role="admin")
    return Actor.from_member(member)


def colleague(actor: Actor, role: str) -> Actor:
    user = User.objects.create_user(f"{role}@tea.example", PASSWORD, name=role)
    return Actor.from_member(Membership.objects.create(organisation=actor.organisation, user=user, role=role))


def propose(actor: Actor, text: str = TEXT) -> PromptVersion:
    return services.propose(
        actor, name="shorten", text=text, temperature=0.3, max_tokens=90, note="Shorter still"
    )


def rendered(actor: Actor) -> Prompt:
    return prompts.load(actor.organisation, SHORTEN.path)


def test_a_second_person_approves_and_the_text_is_in_use(alice_actor: Actor, dora_actor: Actor) -> None:
    version = propose(alice_actor)
    assert rendered(alice_actor) is SHORTEN.prompt
    with pytest.raises(PermissionDenied):
        services.approve(alice_actor, version, note="mine")

    services.approve(dora_actor, version, note="")

    assert rendered(alice_actor).text == TEXT
    version.refresh_from_db()
    assert (version.state, version.approver) == ("active", dora_actor.member)
    assert [entry.action for entry in AuditEntry.objects.order_by("sequence")][-2:] == [
        "prompt.proposed",
        "prompt.approved",
    ]


@pytest.mark.django_db(transaction=True)
def test_two_people_who_write_the_first_version_at_once_both_keep_theirs(
    alice_actor: Actor, dora_actor: Actor
) -> None:
    made = together(lambda: propose(alice_actor), lambda: propose(dora_actor))

    assert sorted(PromptVersion.objects.values_list("number", flat=True)) == [1, 2], made


@pytest.mark.django_db(transaction=True)
def test_two_people_who_go_back_to_different_versions_leave_one_in_use(
    alice_actor: Actor, dora_actor: Actor
) -> None:
    versions = [propose(alice_actor, TEXT + " " * number) for number in range(3)]
    for version in versions:
        services.approve(dora_actor, version, note="")

    together(
        lambda: services.roll_back(alice_actor, versions[0]),
        lambda: services.roll_back(dora_actor, versions[1]),
    )

    assert PromptVersion.objects.filter(state="active").count() == 1
    assert AuditEntry.objects.filter(action="prompt.rolled_back").count() == 2


def test_who_is_alone_approves_with_a_note(alice_actor: Actor) -> None:
    version = propose(alice_actor)
    with pytest.raises(InvalidInput):
        services.approve(alice_actor, version, note=" ")

    services.approve(alice_actor, version, note="Nobody else works here")

    assert rendered(alice_actor).text == TEXT


def test_any_text_that_was_in_use_can_be_gone_back_to(alice_actor: Actor, dora_actor: Actor) -> None:
    first, second = propose(alice_actor), propose(alice_actor, TEXT.replace("polite", "friendly"))
    services.approve(dora_actor, first, note="")
    services.approve(dora_actor, second, note="")
    assert "friendly" in rendered(alice_actor).text
    with pytest.raises(Conflict):
        services.approve(dora_actor, second, note="")

    services.roll_back(alice_actor, first)
    assert rendered(alice_actor).text == TEXT

    services.use_shipped(alice_actor, "shorten")
    assert rendered(alice_actor) is SHORTEN.prompt
    with pytest.raises(Conflict):
        services.use_shipped(alice_actor, "shorten")


def test_what_was_rejected_is_never_used(alice_actor: Actor, dora_actor: Actor) -> None:
    version = propose(alice_actor)
    services.reject(dora_actor, version, note="Too short")

    with pytest.raises(Conflict):
        services.roll_back(alice_actor, version)
    assert rendered(alice_actor) is SHORTEN.prompt


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("shorten", TEXT.replace('{{ tagged("reply", text) }}', "{{ text }}"), "can contain outside text"),
        ("shorten", "Be short.", "Begin the text with"),
        ("choose_intent", "## system\nx\n## user\ny", "locked"),
    ],
)
def test_a_text_that_cannot_be_used_is_not_kept(alice_actor: Actor, name: str, text: str, told: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        services.propose(alice_actor, name=name, text=text, temperature=0, max_tokens=None, note="")

    assert told in refusal.value.reason
    assert not PromptVersion.objects.exists()


def test_a_release_that_changed_the_shipped_text_shows(alice_actor: Actor, alice_browser: Client) -> None:
    version = propose(alice_actor)
    services.approve(alice_actor, version, note="alone")
    PromptVersion.objects.update(based_on=SHORTEN.prompt.text.replace("half", "a third"))

    view = selectors.prompt_view(alice_actor.organisation, SHORTEN)
    page = alice_browser.get(reverse("operations:prompt", args=["shorten"])).content.decode()

    assert view.is_outdated
    assert "Your version is based on an older default" in page
    assert "<del>a third</del><ins>half</ins>" in page.replace("\n", "")


@pytest.mark.slow
def test_pages_list_show_and_keep_texts(alice_actor: Actor, alice_browser: Client) -> None:
    InferenceCall.objects.create(
        organisation=alice_actor.organisation,
        purpose="chat",
        model="m",
        prompt_name="shorten",
        prompt_hash=SHORTEN.prompt.hash,
        status="failed",
        input_tokens=40,
    )
    listed = alice_browser.get(reverse("operations:prompts")).content.decode()
    assert "Shorten a reply" in listed
    assert "100%" in listed

    change = reverse("operations:change_prompt", args=["shorten"])
    refused = alice_browser.post(change, {"text": "## system\nx", "temperature": 3}).content.decode()
    assert "Enter at most 2." in refused
    answer = alice_browser.post(change, {"text": TEXT, "temperature": 0.3, "max_tokens": "", "note": "why"})
    assert answer.status_code == 302
    version = PromptVersion.objects.get()
    page = alice_browser.get(answer["Location"]).content.decode()
    assert "No one else can approve this" in page
    assert "Default text ·" in page

    alice_browser.post(reverse("operations:approve_prompt", args=[version.pk]), {"note": "alone"})
    assert (
        "custom, version 1"
        in alice_browser.get(reverse("operations:prompt", args=["shorten"])).content.decode()
    )


def test_a_text_is_tried_beside_the_shipped_one(alice_actor: Actor, alice_browser: Client) -> None:
    endpoint = Endpoint.objects.create(
        organisation=alice_actor.organisation, name="e", purpose="chat", url="http://127.0.0.1:9", model="m"
    )
    sent = {"text": TEXT, "temperature": "0.3", "max_tokens": "90", "endpoint": str(endpoint.pk)}
    address = reverse("operations:try_prompt", args=["shorten"])

    wrong = alice_browser.post(address, sent | {"values": '{"language": "English"}'}).content.decode()
    assert "Enter an object with exactly these names: language, text" in wrong
    part = alice_browser.post(address, sent | {"values": '{"language": "English", "text": "Hello"}'})

    jobs = list(Job.objects.order_by("id"))
    assert [job.inputs for job in jobs] == [{"endpoint_id": str(endpoint.pk)}] * 2
    assert part.content.decode().count("data-trial ") == 2


def test_an_endpoint_that_is_switched_on_is_offered_for_a_trial_first(
    alice_actor: Actor, alice_browser: Client
) -> None:
    for name, priority, is_enabled in (("off", 1, False), ("on", 2, True)):
        Endpoint.objects.create(
            organisation=alice_actor.organisation,
            name=name,
            purpose="chat",
            url="http://127.0.0.1:9",
            model="m",
            priority=priority,
            is_enabled=is_enabled,
        )

    page = alice_browser.get(reverse("operations:change_prompt", args=["shorten"]))

    assert page.context["trial_form"]["endpoint"].value() == Endpoint.objects.get(name="on").pk


def test_a_trial_that_is_refused_half_way_leaves_no_job(alice_actor: Actor, alice_browser: Client) -> None:
    endpoint = Endpoint.objects.create(
        organisation=alice_actor.organisation, name="e", purpose="chat", url="http://127.0.0.1:9", model="m"
    )
    resources.save(alice_actor, QUOTAS, {"metric": "concurrent_jobs", "hard_limit": 1})
    sent = {"text": TEXT, "temperature": "0.3", "max_tokens": "90", "endpoint": str(endpoint.pk)}

    page = alice_browser.post(
        reverse("operations:try_prompt", args=["shorten"]),
        sent | {"values": '{"language": "English", "text": "Hello"}'},
    ).content.decode()

    assert "Cannot try this version" in page
    assert not Job.objects.exists()


@pytest.mark.slow
def test_versions_beyond_the_first_page_can_be_decided_and_gone_back_to(
    alice_actor: Actor, dora_actor: Actor, alice_browser: Client
) -> None:
    first, waiting = propose(alice_actor), propose(dora_actor)
    services.approve(dora_actor, first, note="")
    for number in range(2, 25):
        services.reject(dora_actor, propose(alice_actor, TEXT + " " * number), note="")
    address = reverse("operations:prompt", args=["shorten"])

    assert "Page 1 of 2" in alice_browser.get(address).content.decode()
    page = alice_browser.get(f"{address}?page=2").content.decode()

    assert reverse("operations:approve_prompt", args=[waiting.pk]) in page


def test_nobody_without_the_right_comes_near(charlie: User, alice_actor: Actor) -> None:
    browser = browser_of(charlie)

    assert browser.get(reverse("operations:prompts")).status_code == 403


def test_the_start_page_tells_others_of_a_text_that_waits(alice_actor: Actor, dora_actor: Actor) -> None:
    propose(alice_actor)

    told = proposed_prompts(dora_actor)

    assert told
    assert told.url == reverse("operations:prompt", args=["shorten"])
    assert proposed_prompts(alice_actor) is None


@pytest.mark.parametrize(
    ("before", "after", "pieces"),
    [
        (
            "a about half as long, ok",
            "a in one sentence, ok",
            ["same a ", "removed about half as long", "added in one sentence", "same , ok"],
        ),
        ("one\ntwo", "one\n2", ["same one\n", "removed two", "added 2"]),
        ("same", "same", ["same same"]),
    ],
)
def test_differences_read_as_phrases(before: str, after: str, pieces: list[str]) -> None:
    assert [f"{piece.kind} {piece.text}" for piece in selectors.changes(before, after)] == pieces


def test_real_inputs_are_recorded_on_request_and_tried(alice_actor: Actor, alice_browser: Client) -> None:
    endpoint = Endpoint.objects.create(
        organisation=alice_actor.organisation,
        name="Ours",
        purpose="chat",
        url="http://127.0.0.1:9",
        model="m",
    )
    rendered(alice_actor).render(language="English", text="Nobody asked to keep this.")
    alice_browser.post(reverse("operations:record_prompt_inputs", args=["shorten"]))

    for number in range(prompts.MAX_INPUTS + 1):
        rendered(alice_actor).render(language="English", text=f"The parcel {number} left on Monday.")

    page = alice_browser.get(reverse("operations:prompt", args=["shorten"]))
    texts = [each.values["text"] for each in page.context["recording"].inputs]
    assert texts == [f"The parcel {number} left on Monday." for number in range(prompts.MAX_INPUTS)]
    values = alice_browser.get(reverse("operations:prompt_values", args=["shorten"]) + "?input=2")
    assert "The parcel 1 left on Monday." in values.text
    form = {"text": TEXT, "temperature": 0.3, "values": json.dumps({"language": "English", "text": texts[1]})}
    tried = alice_browser.post(
        reverse("operations:try_prompt", args=["shorten"]), form | {"endpoint": endpoint.pk}
    )
    assert len(tried.context["trials"]) == 2
    assert AuditEntry.objects.filter(action="prompt.inputs_recorded").count() == 1


def test_recorded_inputs_are_sealed_and_of_one_organisation(alice_actor: Actor, rival: Organisation) -> None:
    services.record_inputs(alice_actor, "shorten")
    rendered(alice_actor).render(language="English", text="Mrs Wang waits.")
    prompts.load(rival, SHORTEN.path).render(language="English", text="Of somebody else")

    connection = redis_client.synchronous()
    stored = [
        row
        for key in connection.scan_iter("prompt-inputs:*:shorten")
        for row in connection.lrange(key, 0, -1)
    ]
    assert len(stored) == 1
    assert b"Wang" not in stored[0]
    assert 0 < connection.ttl(f"prompt-inputs:{alice_actor.organisation.pk}:shorten") <= prompts.KEPT_SECONDS

    services.delete_inputs(alice_actor, "shorten")
    assert selectors.recording(alice_actor.organisation, "shorten") == selectors.Recording([])


def test_what_was_recorded_of_objects_fills_the_prompt_again(alice_actor: Actor) -> None:
    """Passages are objects with methods of their own; JSON holds what the text reads of them."""
    shipped = shipped_prompt("draft")
    services.record_inputs(alice_actor, "draft")
    passages = [NumberedPassage(1, None, "Handbook", "Delivery", "Parcels leave on Monday.")]
    values = shipped.sample | {"passages": passages}
    first = prompts.load(alice_actor.organisation, shipped.path).render(**values)

    [recorded] = selectors.recording(alice_actor.organisation, "draft").inputs
    assert shipped.prompt.render(**recorded.values).messages == first.messages


@pytest.mark.parametrize(
    ("role", "name", "may_see"),
    [
        ("owner", "shorten", True),
        ("admin", "shorten", True),
        ("operator", "shorten", False),
        ("operator", "explain_incident", True),
        ("operator", "write_shots", False),
        ("admin", "describe_group", True),
    ],
)
def test_inputs_are_for_whoever_may_see_what_the_desk_feeds_its_prompts(
    alice_actor: Actor, role: str, name: str, may_see: bool
) -> None:
    """An operator cannot see conversations, not even by way of the prompts that are filled with them."""
    reader = colleague(alice_actor, role)
    browser = browser_of(reader.member.user)
    services.record_inputs(alice_actor, name)
    shipped = shipped_prompt(name)
    sample = shipped.sample | dict.fromkeys(
        ["text", "figures", "product"] & shipped.sample.keys(), "Mrs Wang waits."
    )
    prompts.record_input(alice_actor.organisation.pk, shipped.prompt, sample)

    page = browser.get(reverse("operations:prompt", args=[name]))
    change = browser.get(reverse("operations:change_prompt", args=[name]) + "?input=1")
    values = browser.get(reverse("operations:prompt_values", args=[name]) + "?input=1")
    started = browser.post(reverse("operations:record_prompt_inputs", args=[name]))

    assert [page.status_code, change.status_code, values.status_code] == [200] * 3
    assert started.status_code == (302 if may_see else 403)
    assert bool(page.context["recording"].inputs) is may_see
    assert ("Stop and delete" in page.text) is may_see
    if name != "explain_incident":
        assert ["Mrs Wang" in each.text for each in (page, change, values)] == [may_see] * 3
    assert AuditEntry.objects.filter(action="prompt.inputs_recorded").count() == 1 + may_see
    if not may_see:
        with pytest.raises(PermissionDenied):
            services.record_inputs(reader, name)
        with pytest.raises(PermissionDenied):
            services.read_inputs(reader, name)


@pytest.mark.parametrize("role", ["analyst", "agent", "marketer", "viewer"])
def test_whoever_may_see_the_content_alone_records_nothing(alice_actor: Actor, role: str) -> None:
    with pytest.raises(PermissionDenied):
        services.record_inputs(colleague(alice_actor, role), "shorten")


def test_reading_inputs_is_on_the_trail(alice_actor: Actor, dora_actor: Actor) -> None:
    services.record_inputs(alice_actor, "shorten")
    for number in range(2):
        rendered(alice_actor).render(language="English", text=f"Parcel {number}")

    assert len(services.read_inputs(dora_actor, "shorten").inputs) == 2
    browser_of(dora_actor.member.user).get(reverse("operations:prompt_values", args=["shorten"]) + "?input=2")

    entries = AuditEntry.objects.filter(action="prompt.inputs_read").order_by("pk")
    assert [entry.actor_name for entry in entries] == ["Dora"] * 2
    assert [entry.details["name"] for entry in entries] == [SHORTEN.prompt.settings.title] * 2
    assert [entry.details["inputs"] for entry in entries] == [2, 1]


def test_opening_a_prompt_of_which_nothing_is_recorded_leaves_no_line(alice_browser: Client) -> None:
    alice_browser.get(reverse("operations:prompt", args=["shorten"]))

    assert not AuditEntry.objects.filter(action="prompt.inputs_read").exists()


def test_every_desk_says_who_sees_what_its_prompts_are_filled_with() -> None:
    for shipped in shipped_prompts().values():
        assert shipped.reader_permission in PERMISSIONS, shipped.name


def test_the_inputs_of_a_locked_prompt_are_never_recorded(alice_actor: Actor) -> None:
    with pytest.raises(Conflict):
        services.record_inputs(alice_actor, "draft_section")


def test_work_goes_on_while_inputs_cannot_be_recorded(
    alice_actor: Actor, alice_browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.record_inputs(alice_actor, "shorten")
    prompt = rendered(alice_actor)
    # Tried once: waiting for it takes seven seconds.
    dead = redis.Redis(port=1, retry=Retry(NoBackoff(), 0))
    monkeypatch.setattr(redis_client, "synchronous", lambda: dead)

    assert "Mrs Wang" in str(prompt.render(language="English", text="Mrs Wang waits.").messages)
    page = alice_browser.get(reverse("operations:prompt", args=["shorten"]))
    assert "Recorded inputs are unavailable" in page.text
