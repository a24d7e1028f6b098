"""A text in the other language is held to the text that it was made from, and to the channel it goes to."""

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.audit.models import AuditEntry
from apps.core.errors import Conflict
from apps.jobs.models import Job
from apps.marketing.briefs.models import Brief
from apps.marketing.channels import selectors as channels
from apps.marketing.copywriting import services, translation
from apps.marketing.copywriting.discounts import discounts_in_both_ways, discounts_in_percent
from apps.marketing.copywriting.models import CopyVariant
from tests.conftest import ApiClient
from tests.marketing.conftest import Answers, NewBrief, worked
from tests.scripted_engine_fixture import ScriptedEngine, prompt_of

pytestmark = pytest.mark.django_db
ZH = {
    "title": "Tea House 岩茶，中火焙香",
    "body": "产自福建武夷山的岩茶，不含香精，中火慢焙，250 克装。 #岩茶",
}
EN = {
    "title": "Tea House rock tea",
    "body": "Rock tea from Wuyi in Fujian. No added scent, slowly roasted, 250 g a box. #rocktea",
}


@pytest.fixture
def variant(alice_actor: Actor, new_brief: NewBrief) -> CopyVariant:
    brief = new_brief(must_say=["250 克"], brand_terms=["tea house = Tea House"])
    view = channels.channel(alice_actor.organisation, "xiaohongshu")
    return services.create_variant(alice_actor, brief, view, texts=ZH)


def translated(actor: Actor, variant: CopyVariant, channel: str = "") -> CopyVariant:
    job = worked(translation.request_translation(actor, variant, channel=channel))
    assert job.state == Job.State.SUCCEEDED
    return CopyVariant.objects.get(pk=job.result["copy_variant"])


def codes(variant: CopyVariant, severity: str = "error") -> set[str]:
    return {each["code"] for each in variant.violations if each["severity"] == severity}


def test_a_translation_is_a_text_of_its_own_to_be_reviewed(
    alice_actor: Actor, variant: CopyVariant, answers: Answers, engine: ScriptedEngine
) -> None:
    answers(EN)

    made = translated(alice_actor, variant)

    assert (made.language, made.translated_from, made.channel) == ("en", variant, "xiaohongshu")
    assert (made.status, made.texts, codes(made)) == ("draft", EN, set())
    # What must be said word for word stands in the text that was translated.
    assert "must_say_elsewhere" in codes(made, "warning")
    assert made.prompt.startswith("translate_copy@")
    prompt = prompt_of(engine)
    assert "from Simplified Chinese" in prompt
    assert "Tea House stays as it is." in prompt
    assert AuditEntry.objects.filter(action="copy_variant.translated").exists()


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"body": EN["body"].replace("250 g", "500 g")}, "translation_number"),
        ({"body": EN["body"].replace("No added scent, s", "S")}, "translation_denial"),
        ({"title": "A rock tea"}, "translation_name"),
        ({"title": "tea house rock tea"}, "brand_term"),
        ({"body": ZH["body"]}, "translation_language"),
        ({"body": EN["body"].replace("slowly", "the best in the world, slowly")}, "absolute_claim"),
    ],
)
def test_what_was_changed_is_named_repaired_and_else_shown(
    alice_actor: Actor,
    variant: CopyVariant,
    answers: Answers,
    engine: ScriptedEngine,
    changed: dict[str, str],
    code: str,
) -> None:
    wrong = EN | changed
    answers(wrong, wrong, wrong)

    made = translated(alice_actor, variant)

    assert (made.status, made.repairs_count) == ("draft", 2)
    assert code in codes(made)
    assert len(engine.requests()) == 3
    with pytest.raises(Conflict):
        services.approve_variant(alice_actor, made, version=1)


def test_a_named_problem_is_repaired(
    alice_actor: Actor, variant: CopyVariant, answers: Answers, engine: ScriptedEngine
) -> None:
    answers(EN | {"body": EN["body"].replace("250 g", "a lot")}, EN)

    made = translated(alice_actor, variant)

    assert (codes(made), made.repairs_count) == (set(), 1)
    assert "is missing the number “250”" in prompt_of(engine)


def test_another_channel_is_held_to_its_own_rules(
    alice_actor: Actor, variant: CopyVariant, answers: Answers
) -> None:
    text = "Tea House rock tea from Wuyi in Fujian: no added scent, slowly roasted, 250 g a box. #rocktea"
    answers({"text": text})

    made = translated(alice_actor, variant, "x")

    assert (made.channel, made.texts, codes(made)) == ("x", {"text": text}, set())


def test_an_approved_translation_was_compared_once_more(
    alice_actor: Actor, variant: CopyVariant, answers: Answers
) -> None:
    answers(EN)
    made = translated(alice_actor, variant)
    services.change_variant(alice_actor, variant, texts=ZH | {"title": "Tea House 岩茶 88"}, version=1)

    with pytest.raises(Conflict, match="88"):
        services.approve_variant(alice_actor, made, version=1)


def test_a_change_by_hand_is_compared_while_it_is_typed(
    alice_actor: Actor, variant: CopyVariant, answers: Answers, alice_browser: Client
) -> None:
    answers(EN)
    made = translated(alice_actor, variant)
    url = f"/marketing/briefs/{variant.brief_id}/check/xiaohongshu/?variant={made.pk}"
    typed = {f"text_{key}": text.replace("250", "900") for key, text in EN.items()}

    found = alice_browser.post(url, typed).content.decode()

    assert "The translation is missing the number “250”" in found
    assert "“250 克” is required: check that the translation includes it" in found


def test_english_becomes_chinese(alice_actor: Actor, new_brief: NewBrief, answers: Answers) -> None:
    brief = new_brief(
        product="rock tea", language="en", facts="origin: Wuyi, Fujian\nnet weight: 250 g\nroast: medium"
    )
    view = channels.channel(alice_actor.organisation, "xiaohongshu")
    source = services.create_variant(
        alice_actor, brief, view, texts={"title": "Rock tea", "body": "A box of 250 g, never bitter. #tea"}
    )
    answers({"title": "岩茶", "body": "一盒 250 克，茶汤从来不苦，回甘明显。 #岩茶"})

    made = translated(alice_actor, source)

    assert (made.language, codes(made)) == ("zh", set())


def test_an_answer_that_is_no_translation_is_dropped_with_the_reason(
    alice_actor: Actor, variant: CopyVariant, answers: Answers
) -> None:
    answers("{", "{", "{")

    made = translated(alice_actor, variant)

    assert (made.status, codes(made)) == ("dropped", {"translation_empty"})


def test_a_dropped_text_is_not_translated(alice_actor: Actor, variant: CopyVariant) -> None:
    variant.status = "dropped"

    with pytest.raises(Conflict):
        translation.request_translation(alice_actor, variant)


def test_it_is_asked_for_on_the_page_and_both_texts_lead_to_each_other(
    alice_browser: Client, alice_actor: Actor, variant: CopyVariant, answers: Answers
) -> None:
    page = alice_browser.post(
        f"{variant.get_absolute_url()}translate/", {"channel": "xiaohongshu"}, follow=True
    )
    assert "Translating" in page.content.decode()
    answers(EN)
    worked(Job.objects.get())
    made = CopyVariant.objects.get(language="en")

    assert made.get_absolute_url() in alice_browser.get(variant.get_absolute_url()).content.decode()
    assert variant.get_absolute_url() in alice_browser.get(made.get_absolute_url()).content.decode()


def test_the_same_by_the_api(
    alice_api: ApiClient, variant: CopyVariant, answers: Answers, brief: Brief
) -> None:
    url = f"/api/v1/marketing/copy/{variant.pk}/"

    made = alice_api.post_json(f"{url}translate/", {"channel": "x"})

    assert made.status_code == 202
    assert made.json()["events"].endswith("/events/")
    assert alice_api.get(url).json()["language"] == "zh"
    assert alice_api.post_json(f"{url}translate/", {"channel": "telegraph"}).status_code == 404


@pytest.mark.parametrize(
    ("text", "percent", "both"),
    [
        ("全场 8 折", "全场 20% off", "全场 8 折 (20% off)"),
        ("八五折起", "15% off起", "八五折 (15% off)起"),
        ("8.5折", "15% off", "8.5折 (15% off)"),
        ("Now 20% off", "Now 20% off", "Now 20% off (8 折)"),
        ("打折", "打折", "打折"),
        ("3 折叠杯", "3 折叠杯", "3 折叠杯"),
    ],
)
def test_a_discount_is_the_same_in_both_languages(text: str, percent: str, both: str) -> None:
    assert (discounts_in_percent(text), discounts_in_both_ways(text)) == (percent, both)


def test_a_discount_may_be_said_as_the_other_language_says_it(
    alice_actor: Actor, new_brief: NewBrief, answers: Answers
) -> None:
    brief = new_brief(facts="产地: 福建武夷山\n净含量: 250 克\n焙火: 中火\n优惠: 8 折")
    view = channels.channel(alice_actor.organisation, "xiaohongshu")
    source = services.create_variant(
        alice_actor,
        brief,
        view,
        texts={"title": "岩茶 8 折", "body": "产自福建武夷山的岩茶，现在 8 折，慢慢喝。 #岩茶"},
    )
    answers({"title": "Rock tea, 20% off", "body": "Rock tea from Wuyi in Fujian, now 20% off. #rocktea"})

    made = translated(alice_actor, source)

    assert codes(made) == set()
