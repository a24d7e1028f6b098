"""Votes on answers whose models are hidden: no way to the names before, one vote each, and scores for all."""

import threading

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from apps.accounts.actors import Actor
from apps.core.errors import Conflict, InvalidInput
from apps.inference.models import Endpoint, Purpose
from apps.model_lab.side_by_side import selectors, services
from apps.model_lab.side_by_side.models import ArenaVote, ModelComparison
from apps.model_lab.side_by_side.services import ComparedQuestion
from tests.conftest import ApiClient
from tests.model_lab.conftest import Ask, answered
from tests.model_lab.test_side_by_side import told_by
from tests.scripted_engine_fixture import ScriptedEngine, endpoint_of

pytestmark = pytest.mark.django_db
ARENA = "/model-lab/arena/"
NAMES = ("Green", "Black", "greentea", "blacktea")


def say_something(engine: ScriptedEngine) -> None:
    engine.script({"text": "Hot."}, {"text": "Cold."})


@pytest.fixture
def blind(ask: Ask, scripted_engine: ScriptedEngine) -> ModelComparison:
    say_something(scripted_engine)
    return ask(is_blind=True)


def cast(browser: Client, comparison: ModelComparison, vote: str = "a") -> str:
    address = reverse("model_lab:cast_vote", args=[comparison.pk])
    return browser.post(address, {"vote": vote}, follow=True).content.decode()


def votes(organisation: Actor, first: str, second: str, *given: str) -> None:
    for vote in given:
        ArenaVote.objects.create(
            organisation=organisation.organisation, first=first, second=second, vote=vote
        )


@pytest.mark.slow
def test_names_are_nowhere_before_the_vote(
    alice_browser: Client, ask: Ask, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script(*[{"text": "Hot.", "reasoning": "I am greentea."}] * 2)
    comparison = ask(is_blind=True)
    answer = selectors.answers_of(comparison)[0]
    assert answer.job
    seen = [
        comparison.get_absolute_url(),
        reverse("model_lab:compared_answer", args=[answer.pk]),
        reverse("jobs:job", args=[answer.job_id]),
        reverse("jobs:jobs"),
        f"/api/v1/jobs/{answer.job_id}/",
        f"/api/v1/model-lab/comparisons/{comparison.pk}/",
        "/model-lab/side-by-side/",
    ]

    pages = {address: alice_browser.get(address) for address in seen}
    assert {page.status_code for page in pages.values()} == {200}
    texts = {address: page.content.decode() for address, page in pages.items()}
    texts["stream"] = told_by(answer.job)
    # Of the form for the next question, where all of them can be chosen.
    texts["/model-lab/side-by-side/"] = texts["/model-lab/side-by-side/"].partition("asked-title")[2]
    leaks = {address: name for address, text in texts.items() for name in NAMES if name in text}
    assert leaks == {}
    assert not any(str(answer.endpoint_id) in text for text in texts.values())
    assert "tokens/s" not in texts[seen[0]], "its speed tells a model, too"


def test_names_and_figures_appear_with_the_vote_which_counts(
    alice_browser: Client, blind: ModelComparison
) -> None:
    page = cast(alice_browser, blind, "b")

    assert "Your vote counts" in page
    assert "greentea-7b" in page
    assert "tokens/s" in page
    vote = ArenaVote.objects.get()
    assert [vote.first, vote.second] == [answer.model for answer in selectors.answers_of(blind)]
    assert vote.vote == "b"


def test_who_saw_the_names_votes_without_counting(alice_browser: Client, blind: ModelComparison) -> None:
    page = alice_browser.post(reverse("model_lab:show_names", args=[blind.pk]), follow=True).content.decode()
    assert "greentea-7b" in page
    assert "will not count" in page

    assert "you saw the names before" in cast(alice_browser, blind)
    assert not ArenaVote.objects.exists()
    blind.refresh_from_db()
    assert blind.vote == "a"


def test_an_answer_that_names_its_model_is_not_counted(
    alice_browser: Client, ask: Ask, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script({"text": "I am Greentea."}, {"text": "Cold."})

    assert "an answer names its model" in cast(alice_browser, ask(is_blind=True))
    assert not ArenaVote.objects.exists()


def test_a_vote_is_given_once_and_never_changed(alice_browser: Client, blind: ModelComparison) -> None:
    cast(alice_browser, blind, "a")

    assert "cannot be changed" in cast(alice_browser, blind, "b")
    assert ArenaVote.objects.get().vote == "a"
    assert "cannot be changed" not in cast(alice_browser, blind, "nonsense")


def test_answers_that_are_not_there_yet_or_failed_are_not_voted_on(
    alice_actor: Actor, ask: Ask, scripted_engine: ScriptedEngine
) -> None:
    comparison = ask(is_blind=True, is_done=False)
    with pytest.raises(Conflict, match="Wait until both"):
        services.cast_vote(alice_actor, comparison, vote="a")

    scripted_engine.script({"text": "Hot."}, *[{"repeat": "over and over again "}] * 2)
    for answer in selectors.answers_of(comparison):
        answered(answer)
    with pytest.raises(Conflict, match="nothing to vote on"):
        services.cast_vote(alice_actor, comparison, vote="a")
    with pytest.raises(Conflict, match="without names"):
        services.cast_vote(alice_actor, ask(), vote="a")


@pytest.mark.django_db(transaction=True)
def test_two_tabs_vote_once(alice_actor: Actor, blind: ModelComparison) -> None:
    outcomes: list[str] = []

    def vote(choice: str) -> None:
        try:
            services.cast_vote(alice_actor, blind, vote=choice)
            outcomes.append("voted")
        except Conflict:
            outcomes.append("refused")
        finally:
            connection.close()

    tabs = [threading.Thread(target=vote, args=[choice]) for choice in "ab"]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()

    assert sorted(outcomes) == ["refused", "voted"]
    assert ArenaVote.objects.count() == 1


def test_two_models_are_drawn_in_any_order_and_never_one_against_itself(
    alice_actor: Actor, endpoints: list[Endpoint], scripted_engine: ScriptedEngine
) -> None:
    twin = endpoint_of(scripted_engine, alice_actor, Purpose.CHAT, name="Green twin", model="greentea-7b")
    drawn = set()
    for _time in range(24):
        made = services.ask_side_by_side(alice_actor, ComparedQuestion("Which tea?", is_blind=True))
        drawn.add(tuple(answer.model for answer in selectors.answers_of(made)))

    assert drawn == {("greentea-7b", "blacktea-7b"), ("blacktea-7b", "greentea-7b")}
    pool = [endpoints[0].pk, twin.pk]
    with pytest.raises(InvalidInput):
        services.ask_side_by_side(alice_actor, ComparedQuestion("Which tea?", pool, is_blind=True))


def test_a_vote_outlives_its_question(
    alice_actor: Actor, alice_browser: Client, blind: ModelComparison
) -> None:
    cast(alice_browser, blind)
    blind.refresh_from_db()
    services.delete_comparison(alice_actor, blind)

    assert selectors.arena(alice_actor.organisation).votes == 1


def test_scores_are_of_the_organisation_and_honest(
    alice_browser: Client, alice_actor: Actor, bob_actor: Actor
) -> None:
    assert "No votes yet" in alice_browser.get(ARENA).content.decode()
    votes(alice_actor, "greentea", "blacktea", *"aaaaaa", *"bb", "equal", "both_bad")
    votes(alice_actor, "blacktea", "greentea", *"bbb")
    votes(alice_actor, "oolong", "greentea", *"aa")
    votes(bob_actor, "greentea", "blacktea", *"bbbbbbbbb")

    green, black, oolong = selectors.arena(alice_actor.organisation).rows
    assert (green.model, green.votes, green.wins) == ("greentea", 15, 10)
    assert green.strength
    assert black.strength
    assert green.strength.value > 1000 > black.strength.value
    assert (oolong.model, oolong.strength) == ("oolong", None)
    page = alice_browser.get(ARENA).content.decode()
    assert "not comparable yet" in page
    assert 'class="interval"' in page
    assert "alice" not in page.partition("<main")[2].lower()


def test_a_program_votes_and_reads_the_scores(
    alice_api: ApiClient, endpoints: list[Endpoint], scripted_engine: ScriptedEngine
) -> None:
    say_something(scripted_engine)
    comparison = "/api/v1/model-lab/comparisons/"
    made = alice_api.post_json(comparison, {"prompt": "Which tea?", "is_blind": True}).json()
    own = f"{comparison}{made['id']}/"
    assert alice_api.post_json(f"{own}vote/", {"vote": "a"}).status_code == 409
    for answer in selectors.answers_of(ModelComparison.objects.get()):
        answered(answer)
    assert [
        (each["title"], each["model"], each["metrics"]) for each in alice_api.get(own).json()["answers"]
    ] == [
        ("A", "", {}),
        ("B", "", {}),
    ]

    assert alice_api.post_json(f"{own}vote/", {"vote": "best"}).status_code == 400
    voted = alice_api.post_json(f"{own}vote/", {"vote": "equal"}).json()

    assert (voted["vote"], voted["is_counted"]) == ("equal", True)
    assert {each["model"] for each in voted["answers"]} == {"greentea-7b", "blacktea-7b"}
    scores = alice_api.get("/api/v1/model-lab/arena/").json()
    assert [round(each["score"]) for each in scores] == [1000, 1000]
    assert scores[0]["win_percent"] == 50
