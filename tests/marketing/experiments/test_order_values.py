"""What an order is worth is told by the shop's server: a recipient knows an exposure's address, and counts for nothing."""

import hashlib
import hmac
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, Organisation, User
from apps.audit.models import AuditEntry
from apps.core.errors import PermissionDenied
from apps.marketing.copywriting.models import CopyVariant
from apps.marketing.experiments import order_settings, selectors, services
from apps.marketing.experiments.models import Exposure, LeftOutRevenue, MarketingEvent, OrderSettings
from apps.marketing.experiments.order_settings import ORDER_SETTINGS
from tests.conftest import PASSWORD, browser_of
from tests.marketing.experiments.conftest import NewExperiment, counted, event_of, shown

pytestmark = pytest.mark.django_db


@pytest.fixture
def exposure(new_experiment: NewExperiment, texts: list[CopyVariant]) -> Exposure:
    (made,) = shown(new_experiment(variants=texts[2:]), 1)
    return made


@pytest.fixture
def key(alice_actor: Actor) -> str:
    return order_settings.show_key(alice_actor)


def bought(
    exposure: Exposure, order: str, value: str, key: str = "", changed: dict[str, str] | None = None
) -> None:
    """As a page of thanks does; with a key, as docs/marketing.md says that the shop's server signs it."""
    query = {"event": "conversion", "order": order, "value": value}
    if key:
        text = f"{exposure.pk}\n{order}\n{value}"
        query["signature"] = hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()
    answer = Client().get(f"/m/{exposure.pk}.gif?{urlencode(query | (changed or {}))}")
    assert answer.status_code == 200


def left_out(exposure: Exposure) -> dict[str, tuple[int, float]]:
    rows = LeftOutRevenue.objects.filter(experiment=exposure.experiment)
    return {row.reason: (row.orders, row.revenue) for row in rows}


def booked(exposure: Exposure) -> float:
    counted(exposure.experiment)
    exposure.refresh_from_db()
    return exposure.revenue


def test_a_forged_order_is_a_conversion_without_a_value(exposure: Exposure) -> None:
    for number in range(5):
        bought(exposure, str(number), "1000000000")

    assert booked(exposure) == 0
    assert exposure.converted_at is not None
    assert MarketingEvent.objects.get().revenue == 0
    assert left_out(exposure) == {"unsigned": (1, 1e9)}


def test_a_signed_order_counts_its_value(exposure: Exposure, key: str) -> None:
    bought(exposure, "4711", "12.50", key)

    assert booked(exposure) == 12.5
    assert left_out(exposure) == {}


def test_the_same_order_twice_counts_once(exposure: Exposure, key: str) -> None:
    bought(exposure, "4711", "12.50", key)
    bought(exposure, "4711", "12.50", key)
    # Another hour, in which nothing is remembered.
    services.receive_events(
        exposure.organisation,
        [event_of(exposure, "conversion", event_key=f"order:{exposure.pk}:4711", revenue=12.5)],
        "pixel",
    )

    assert booked(exposure) == 12.5


@pytest.mark.parametrize(
    "changed",
    [
        {"value": "1250"},
        {"order": "4712"},
        {"signature": "0" * 64},
        {"signature": "é"},
        {"order": "47\n11"},
    ],
)
def test_a_signature_is_for_one_exposure_order_and_amount(
    exposure: Exposure, key: str, changed: dict[str, str]
) -> None:
    bought(exposure, "4711", "12.50", key, changed)

    assert booked(exposure) == 0
    assert left_out(exposure).keys() == {"bad_signature"}


def test_neither_another_exposures_nor_another_organisations_signature_counts(
    new_experiment: NewExperiment, texts: list[CopyVariant], key: str, rival: Organisation
) -> None:
    one, other = shown(new_experiment(variants=texts[2:]), 2)
    text = f"{one.pk}\n1\n5"
    signature = hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()
    bought(other, "1", "5", changed={"signature": signature})
    bought(one, "1", "5", OrderSettings(organisation=rival).signing_key)

    assert (booked(one), booked(other)) == (0, 0)


@pytest.mark.slow
def test_orders_of_an_exposure_end_somewhere_and_the_rest_is_told(exposure: Exposure, key: str) -> None:
    for number in range(7):
        bought(exposure, str(number), "10", key)

    assert booked(exposure) == 50
    assert left_out(exposure) == {"too_many": (2, 20)}
    events = [event_of(exposure, "conversion", event_key=f"later-{number}", revenue=3) for number in range(2)]
    services.receive_events(exposure.organisation, events, "api")
    assert booked(exposure) == 50
    assert left_out(exposure) == {"too_many": (4, 26)}


def test_the_limit_of_orders_is_the_organisations(alice_actor: Actor, exposure: Exposure) -> None:
    ORDER_SETTINGS.change(alice_actor, changes={"max_orders_per_exposure": 1})
    events = [event_of(exposure, "conversion", event_key=str(number), revenue=3) for number in (1, 1, 2)]
    services.receive_events(exposure.organisation, events, "api")

    assert booked(exposure) == 3
    assert left_out(exposure) == {"too_many": (1, 3)}


def test_an_amount_has_an_upper_bound(alice_actor: Actor, exposure: Exposure, key: str) -> None:
    ORDER_SETTINGS.change(alice_actor, changes={"max_order_value": 1000})
    bought(exposure, "1", "1000.01", key)
    checked = services.receive_events(
        exposure.organisation, [event_of(exposure, "conversion", revenue=1001)], "api"
    )

    assert [each.code for each in checked.refused] == ["too_large"]
    assert booked(exposure) == 0
    assert left_out(exposure) == {"too_large": (1, 1000.01)}


def test_what_is_sent_cannot_say_itself_why_it_is_left_out(exposure: Exposure) -> None:
    event = event_of(exposure, "conversion", revenue=3) | {"left_out": "too_many", "claimed": 9}
    services.receive_events(exposure.organisation, [event], "api")

    assert booked(exposure) == 3
    assert left_out(exposure) == {}


def test_page_and_api_show_what_was_left_out_and_why(exposure: Exposure, alice_browser: Client) -> None:
    bought(exposure, "1", "99.5")
    counted(exposure.experiment)

    page = alice_browser.get(exposure.experiment.get_absolute_url())
    figures = alice_browser.get(f"/api/v1/marketing/experiments/{exposure.experiment.pk}/figures/").json()

    assert "Revenue left out" in page.text
    assert "99.50" in page.text
    assert figures["left_out"] == [
        {"reason": "unsigned", "label": "the value was not signed", "orders": 1, "revenue": 99.5}
    ]
    assert selectors.left_out_revenue(exposure.experiment)[0].orders == 1


@pytest.mark.slow
def test_the_key_is_shown_and_replaced_by_who_manages_marketing(
    alice_actor: Actor, alice_browser: Client, exposure: Exposure, key: str
) -> None:
    settings_page = alice_browser.get(reverse("marketing:order_settings"))
    shown_page = alice_browser.post(reverse("marketing:show_order_key"))
    replaced_page = alice_browser.post(reverse("marketing:replace_order_key"))

    assert key not in settings_page.text
    assert key in shown_page.text
    assert key not in replaced_page.text
    bought(exposure, "1", "5", key)
    bought(exposure, "2", "7", order_settings.show_key(alice_actor))
    assert booked(exposure) == 7
    entries = AuditEntry.objects.filter(action__startswith="order_key.").order_by("sequence")
    seen, replaced = "order_key.shown", "order_key.replaced"
    assert [entry.action for entry in entries] == [seen, seen, replaced, seen]


def test_whoever_only_writes_copy_sees_no_key(alice_actor: Actor) -> None:
    user = User.objects.create_user("erin@tea.example", PASSWORD, name="Erin")
    member = Membership.objects.create(organisation=alice_actor.organisation, user=user, role="copy_approver")
    for act in (order_settings.show_key, order_settings.replace_key):
        with pytest.raises(PermissionDenied):
            act(Actor.from_member(member))

    assert browser_of(user).post(reverse("marketing:show_order_key")).status_code == 403
