"""What of a text was checked is said one by one, and that the rest was not."""

import pytest

from apps.accounts.actors import Actor
from apps.marketing.briefs.models import Brief, BriefFact
from apps.marketing.channels import selectors as channels
from apps.marketing.copywriting import services
from apps.marketing.copywriting.check_list import check_list
from tests.marketing.conftest import PAIR, NewBrief

TEXTS = {"body": "一盒好茶，慢慢喝。"}


def outcomes(
    *codes: tuple[str, str], texts: dict[str, str] = TEXTS, is_translation: bool = False
) -> dict[str, str]:
    found = [{"code": code, "severity": severity} for code, severity in codes]
    parts = check_list(found, texts, brief_language="zh", is_translation=is_translation)
    return {each.check: each.outcome for each in parts}


def test_what_nothing_was_found_in_is_named_and_everything_else_is_not_checked() -> None:
    parts = outcomes()
    assert parts.pop("other") == "not_checked"
    assert set(parts.values()) == {"passed"}
    assert "translation" not in parts


@pytest.mark.parametrize(
    ("code", "severity", "check", "outcome"),
    [
        ("too_long", "error", "length", "failed"),
        ("food_claim", "error", "wording", "failed"),
        ("price_not_in_brief", "error", "numbers", "failed"),
        ("contradicts_fact", "error", "denials", "failed"),
        ("name_not_in_brief", "warning", "names", "doubtful"),
        ("internal_words", "error", "goal", "failed"),
    ],
)
def test_a_violation_stands_at_its_check(code: str, severity: str, check: str, outcome: str) -> None:
    parts = outcomes((code, severity))
    assert [name for name, each in parts.items() if each == outcome] == [check]


def test_a_text_in_another_language_than_its_brief_is_not_compared_by_words() -> None:
    parts = outcomes(texts={"body": "A fine tea."}, is_translation=True)
    assert (parts["denials"], parts["names"], parts["numbers"]) == ("not_checked", "not_checked", "passed")
    assert parts["translation"] == "passed"


def test_what_took_too_long_to_check_was_not_checked() -> None:
    assert set(outcomes(("unchecked", "error")).values()) == {"not_checked"}


@pytest.mark.django_db
def test_a_fact_turned_round_is_an_error_of_the_stored_text(alice_actor: Actor, brief: Brief) -> None:
    BriefFact.objects.create(organisation=brief.organisation, brief=brief, name="", value="不支持明火加热")
    view = channels.channel(alice_actor.organisation, "xiaohongshu")
    texts = PAIR | {"body": f"{PAIR['body']}\n支持明火加热。"}

    variant = services.create_variant(alice_actor, brief, view, texts=texts)

    assert "contradicts_fact" in {each["code"] for each in variant.errors}
    assert {each.check: each.outcome for each in variant.checks}["denials"] == "failed"


@pytest.mark.django_db
def test_facts_in_the_other_language_are_not_called_checked(alice_actor: Actor, new_brief: NewBrief) -> None:
    facts = "Battery life: 30 h\nMicrophone: not included\nWater resistance: IPX4\n不支持有线连接\nWarranty: 2 years"
    brief = new_brief(product="AeroPods H7", facts=facts)
    view = channels.channel(alice_actor.organisation, "xiaohongshu")

    def outcome(body: str) -> tuple[str, list[str]]:
        found = services.check_copy(alice_actor, brief, view, texts={"title": "新耳机", "body": body})
        codes = [
            each.code
            for each in found.violations
            if each.code in ("fact_in_other_language", "contradicts_fact")
        ]
        return {each.check: each.outcome for each in found.checks}["denials"], codes

    assert outcome("通勤路上戴着听歌，很舒服。") == ("doubtful", ["fact_in_other_language"])
    # What is in the language of the text is compared though most of the brief is not.
    assert outcome("支持有线连接，飞机上也能听。")[1] == ["contradicts_fact", "fact_in_other_language"]
