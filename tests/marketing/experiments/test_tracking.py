"""What people reach who got a message: links, the pixel, the way out."""

from uuid import uuid4

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.marketing.channels import selectors as channels
from apps.marketing.copywriting.models import CopyVariant
from apps.marketing.experiments import public_pages, tracking
from apps.marketing.experiments.models import EventBatch, Experiment, Exposure, MarketingEvent, OrderSettings
from apps.marketing.experiments.order_values import order_signature
from apps.marketing.profiles import services as profiles
from apps.marketing.profiles.models import Person
from domain.marketing.copy_checks.brief import BriefFacts
from domain.marketing.copy_checks.check import check_copy
from tests.marketing.experiments.conftest import LINK, NewExperiment, counted, shown

pytestmark = pytest.mark.django_db


@pytest.fixture
def exposure(new_experiment: NewExperiment, texts: list[CopyVariant]) -> Exposure:
    (made,) = shown(new_experiment(variants=texts[2:]), 1)
    return made


def link_of(exposure: Exposure, number: int = 0) -> str:
    return f"/m/{exposure.pk}/{number}"


def test_a_text_goes_out_with_short_links(exposure: Exposure, settings: object) -> None:
    texts = tracking.texts_with_links(exposure.arm, exposure)

    assert texts["text"].endswith(f"：{tracking.short_link(exposure.pk, 0)}")
    assert LINK not in texts["text"]


def test_an_sms_is_checked_with_its_short_link(alice_actor: Actor, exposure: Exposure) -> None:
    sms = channels.channel(alice_actor.organisation, "sms").rules
    assert sms.sent_link_characters == len(tracking.short_link(exposure.pk, 0))
    assert not channels.channel(alice_actor.organisation, "email").rules.sent_link_characters
    facts, link = BriefFacts("岩茶", links=("https://t.example/a",)), "https://t.example/a"

    def too_long(words: int) -> bool:
        text = f"【茶舍】{'茶' * words}{link} 拒收请回复R"
        return "too_long" in {each.code for each in check_copy({"body": text}, sms, facts)}

    # Three messages of 67, of which the signature and the way out take 11, and the link what it is when it is sent.
    room = 3 * 67 - 11 - sms.sent_link_characters
    assert (too_long(room - 1), too_long(room + 1)) == (False, True)


def test_a_short_link_leads_where_the_text_did_and_counts(exposure: Exposure) -> None:
    answer = Client().get(link_of(exposure))

    assert (answer.status_code, answer["Location"]) == (
        302,
        f"{LINK}&utm_source=weibo&utm_medium=social&utm_campaign=Spring&utm_content=weibo-1",
    )
    counted(exposure.experiment)
    exposure.refresh_from_db()
    assert exposure.clicked_at is not None


def test_an_address_in_the_request_leads_nowhere(exposure: Exposure) -> None:
    answer = Client().get(f"{link_of(exposure)}?next=https://evil.example&url=https://evil.example")

    assert "evil" not in answer["Location"]


@pytest.mark.parametrize(
    "headers",
    [
        {"purpose": "prefetch"},
        {"sec-purpose": "prefetch;prerender"},
        {"x-moz": "prefetch"},
        {"x-purpose": "preview"},
    ],
)
def test_what_a_program_opens_beforehand_is_not_counted(exposure: Exposure, headers: dict[str, str]) -> None:
    assert Client(headers=headers).get(link_of(exposure)).status_code == 302
    assert Client().head(link_of(exposure)).status_code == 302
    assert Client(headers=headers).get(f"/m/{exposure.pk}.gif").status_code == 200

    assert not EventBatch.objects.exists()


def test_the_pixel_counts_an_opening_once(exposure: Exposure) -> None:
    answers = [Client().get(f"/m/{exposure.pk}.gif") for _ in range(3)]

    assert {answer["Content-Type"] for answer in answers} == {"image/gif"}
    assert answers[0].content.startswith(b"GIF89a")
    assert answers[0]["Cache-Control"] == "no-store"
    assert EventBatch.objects.count() == 1
    counted(exposure.experiment)
    exposure.refresh_from_db()
    assert exposure.opened_at is not None


def test_the_pixel_of_a_thank_you_page_counts_one_conversion(exposure: Exposure) -> None:
    """What it was worth is another matter: test_order_values.py."""
    for order in ("1", "1", "2"):
        Client().get(f"/m/{exposure.pk}.gif?event=conversion&order={order}")
    Client().get(f"/m/{exposure.pk}.gif?event=conversion&value=lots&order=3")
    Client().get(f"/m/{exposure.pk}.gif?event=unsubscribe")

    intake = counted(exposure.experiment)

    exposure.refresh_from_db()
    assert (exposure.converted_at is not None, exposure.revenue, intake.counted) == (True, 0, 1)
    assert exposure.unsubscribed_at is None


def test_looking_at_the_way_out_changes_nothing(exposure: Exposure) -> None:
    page = Client().get(f"/m/{exposure.pk}/unsubscribe/")

    assert page["X-Robots-Tag"] == "noindex"
    assert "退订" in page.content.decode()
    assert not EventBatch.objects.exists()


def test_one_click_of_a_mail_program_unsubscribes(exposure: Exposure) -> None:
    client = Client(enforce_csrf_checks=True)

    answer = client.post(f"/m/{exposure.pk}/unsubscribe/", {"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    counted(exposure.experiment)
    exposure.refresh_from_db()
    assert exposure.unsubscribed_at is not None


def test_who_leaves_is_left_alone_though_counting_is_behind(
    exposure: Exposure, alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also somebody who was imported after the message."""
    profiles.store_rows(alice_actor, [{"external_id": exposure.subject, "consents": ["weibo", "email"]}])
    monkeypatch.setattr(public_pages.services, "MAX_WAITING_BATCHES", 0)
    Client().get(f"/m/{exposure.pk}.gif")

    page = Client().post(f"/m/{exposure.pk}/unsubscribe/")

    assert "已退订" in page.content.decode()
    assert EventBatch.objects.count() == 1
    assert Person.objects.get(external_id=exposure.subject).unsubscribed == ["weibo"]


def test_who_left_before_being_imported_stays_away_though_counting_was_behind(
    exposure: Exposure, alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public_pages.services, "MAX_WAITING_BATCHES", 0)
    Client().get(f"/m/{exposure.pk}.gif")
    Client().post(f"/m/{exposure.pk}/unsubscribe/")

    profiles.store_rows(alice_actor, [{"external_id": exposure.subject, "consents": ["weibo", "email"]}])

    assert Person.objects.get(external_id=exposure.subject).unsubscribed == ["weibo"]


def test_what_is_not_there_is_said_to_nobody(exposure: Exposure) -> None:
    unknown = uuid4()
    paths = [f"/m/{unknown}.gif", f"/m/{unknown}/0", f"/m/{unknown}/unsubscribe/", link_of(exposure, 9)]

    assert [Client().get(path).status_code for path in paths] == [404] * 4


@pytest.mark.slow
def test_one_exposure_cannot_fill_the_tables(exposure: Exposure) -> None:
    key = OrderSettings(organisation=exposure.organisation).signing_key
    for number in range(public_pages.MAX_EXPOSURE_EVENTS + 20):
        order = f"order={number}&signature={order_signature(key, exposure.pk, str(number), '1')}"
        Client().get(f"/m/{exposure.pk}.gif?event=conversion&value=1&{order}")

    # A minute may end meanwhile.
    assert EventBatch.objects.count() <= 2 * public_pages.MAX_EXPOSURE_EVENTS


def test_a_link_leads_on_though_counting_is_behind(
    exposure: Exposure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public_pages.services, "MAX_WAITING_BATCHES", 0)
    Client().get(f"/m/{exposure.pk}.gif")

    assert Client().get(link_of(exposure)).status_code == 302
    assert not MarketingEvent.objects.exists()
    assert EventBatch.objects.count() == 1


def test_an_experiment_of_nobody_in_particular_tags_its_links(experiment: Experiment) -> None:
    assert tracking.campaign_name(experiment) == "Spring"
