"""What many briefs of a house say of their products is a fact; of a product whose brief does not say it, it is invented."""

import pytest
from pytest_django import DjangoAssertNumQueries

from apps.accounts.actors import Actor
from apps.marketing.briefs import selectors, services
from apps.marketing.briefs.models import BriefFact
from apps.marketing.briefs.resources import BRIEFS
from apps.resources import services as resources
from domain.marketing.copy_checks.brief import Fact
from domain.marketing.copy_checks.catalogue import CatalogueFacts, foreign_facts
from tests.marketing.conftest import NewBrief

BRIEF = CatalogueFacts("衬衫", (Fact("款式", "不规则"),), others=(Fact("颜色", "白色"), Fact("款式", "规则")))


@pytest.mark.parametrize(
    ("text", "found"),
    [("这件白色衬衫。", ["白色"]), ("不规则的下摆。", []), ("很规则的下摆。", ["规则"]), ("衬衫。", [])],
)
def test_a_fact_of_another_product_is_named(text: str, found: list[str]) -> None:
    assert [each.text for each in foreign_facts({"body": text}, BRIEF)] == found


def test_an_english_value_is_a_whole_word() -> None:
    brief = CatalogueFacts("shirt", others=(Fact("colour", "red"),))

    assert [each.start for each in foreign_facts({"body": "Tired of Red?"}, brief)] == [9]


@pytest.mark.django_db
def test_only_what_many_briefs_have_is_a_catalogue(new_brief: NewBrief) -> None:
    for colour in ("红色", "白色", "黑色", "青色"):
        brief = new_brief(facts=f"颜色: {colour}\n尺码: 38\n故事: 很久以前，山里有一棵茶树")
    assert selectors.brief_facts(brief).others == ()

    fifth = new_brief(facts="颜色: 米色")

    assert {fact.value for fact in selectors.brief_facts(fifth).others} == {"红色", "白色", "黑色", "青色"}
    assert BriefFact.objects.filter(name="尺码").exists()


@pytest.mark.django_db
def test_another_house_is_no_catalogue(new_brief: NewBrief, bob_actor: object) -> None:
    for colour in ("红色", "白色", "黑色", "青色"):
        new_brief(facts=f"颜色: {colour}")
    BriefFact.objects.update(organisation=bob_actor.organisation)  # type: ignore[attr-defined]

    assert selectors.brief_facts(new_brief(facts="颜色: 米色")).others == ()


@pytest.mark.django_db
def test_a_catalogue_is_read_once_until_a_fact_is_changed(
    new_brief: NewBrief, alice_actor: Actor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for colour in ("红色", "白色", "黑色", "青色"):
        brief = new_brief(facts=f"颜色: {colour}")
    new_brief(facts="颜色: 米色")
    assert len(selectors.brief_facts(brief).others) == 4

    # Its own facts alone.
    with django_assert_num_queries(1):
        selectors.brief_facts(brief)

    services.delete_fact(alice_actor, BriefFact.objects.get(value="红色"))
    assert selectors.brief_facts(brief).others == ()
    new_brief(facts="颜色: 紫色")
    assert {fact.value for fact in selectors.brief_facts(brief).others} == {"白色", "黑色", "米色", "紫色"}
    resources.delete(alice_actor, BRIEFS, BriefFact.objects.get(value="紫色").brief)
    assert selectors.brief_facts(brief).others == ()
