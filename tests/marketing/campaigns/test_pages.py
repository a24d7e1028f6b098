"""The pages and the API of campaigns, from the plan to what was sent."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, User
from apps.marketing.briefs.models import Brief
from apps.marketing.campaigns import services
from apps.marketing.campaigns.models import Campaign
from apps.marketing.experiments.models import Exposure
from apps.marketing.profiles.models import Person
from apps.marketing.segments import services as segmentation
from tests.conftest import ApiClient, api_client, browser_of
from tests.live_pages import follows_jobs
from tests.marketing.campaigns.conftest import LINK, SMS, MailServer, NewCampaign, NewText, work

pytestmark = pytest.mark.django_db
PLAN = {
    "name": "Spring tea",
    "control_percent": "10",
    "metric": "click",
    "allocation": "thompson",
    "min_exposures": "500",
    "starts_at": "",
}


def page(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_first_page_leads_to_the_first_campaign(alice_browser: Client) -> None:
    assert "No campaigns yet" in page(alice_browser, "/marketing/campaigns/")
    assert "No briefs yet" in page(alice_browser, "/marketing/campaigns/new/")
    assert "Nothing scheduled this month" in page(alice_browser, "/marketing/campaigns/calendar/")


@pytest.mark.slow
def test_a_campaign_goes_from_the_form_to_approval(
    alice_browser: Client, new_text: NewText, tea: Brief, people: list[Person], carol_actor: Actor
) -> None:
    variant = new_text()
    assert tea.product in page(alice_browser, "/marketing/campaigns/new/")

    answer = alice_browser.post(
        f"/marketing/campaigns/new/?brief={tea.pk}", {**PLAN, "variants": [str(variant.pk)]}
    )

    campaign = Campaign.objects.get()
    assert answer["Location"] == campaign.get_absolute_url()
    text = page(alice_browser, campaign.get_absolute_url())
    assert "6 people, 3 can be reached" in text
    assert "中火岩茶到店" in text
    alice_browser.post(f"{campaign.get_absolute_url()}submit/")
    assert "You created this campaign" in page(alice_browser, campaign.get_absolute_url())
    carols = browser_of(carol_actor.member.user)  # type: ignore[union-attr]
    carols.post(f"{campaign.get_absolute_url()}approve/", {"version": 1, "comment": "Fine."})
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.APPROVED
    assert "Fine." in page(carols, campaign.get_absolute_url())


def test_a_form_that_lacks_a_text_says_so(alice_browser: Client, new_text: NewText, tea: Brief) -> None:
    new_text()

    answer = alice_browser.post(f"/marketing/campaigns/new/?brief={tea.pk}", PLAN)

    assert "This field is required" in answer.content.decode()


def test_a_brief_without_approved_texts_leads_back_to_it(alice_browser: Client, tea: Brief) -> None:
    assert "no approved texts" in page(alice_browser, f"/marketing/campaigns/new/?brief={tea.pk}")


def test_a_change_by_the_form_shows_what_is_new_since_the_approval(
    alice_browser: Client, approved: NewCampaign
) -> None:
    campaign = approved()
    change = f"{campaign.get_absolute_url()}change/"
    assert "withdraws the approval" in page(alice_browser, change)
    variants = [str(arm.variant_id) for arm in campaign.experiment.arms.all() if arm.variant_id]

    alice_browser.post(change, {**PLAN, "name": "Autumn tea", "variants": variants, "version": 1})

    text = page(alice_browser, campaign.get_absolute_url())
    assert "<ins>Autumn tea</ins" in text
    assert "draft" in text


def test_an_older_page_changes_nothing(alice_browser: Client, approved: NewCampaign) -> None:
    campaign = approved()

    variants = [str(arm.variant_id) for arm in campaign.experiment.arms.all() if arm.variant_id]
    answer = alice_browser.post(
        f"{campaign.get_absolute_url()}change/", {**PLAN, "variants": variants, "version": 7}
    )

    assert "was changed by someone else" in answer.content.decode()


def test_it_is_moved_in_the_calendar_by_a_form(alice_browser: Client, new_campaign: NewCampaign) -> None:
    campaign = new_campaign()
    moment = timezone.localtime() + timedelta(days=40)

    alice_browser.post(
        f"{campaign.get_absolute_url()}move/", {"version": 1, "starts_at": f"{moment:%Y-%m-%dT%H:%M}"}
    )

    text = page(alice_browser, f"/marketing/campaigns/calendar/?month={moment:%Y-%m}")
    assert campaign.name in text
    assert campaign.name not in page(alice_browser, "/marketing/campaigns/calendar/?month=2020-02")


@pytest.mark.slow
def test_how_far_it_has_come_stands_on_its_page(
    alice_browser: Client, approved: NewCampaign, people: list[Person], mail_server: MailServer
) -> None:
    mail_server.answers = {"p1@home.example": ["550 no such user"]}
    campaign = approved()
    alice_browser.post(f"{campaign.get_absolute_url()}start/")
    assert follows_jobs(page(alice_browser, f"{campaign.get_absolute_url()}progress/"))

    work(campaign)

    text = page(alice_browser, campaign.get_absolute_url())
    assert "The mail server rejected the address" in text
    assert "No consent" in text
    assert not follows_jobs(text)


def test_the_start_is_confirmed_by_how_many_get_what_by_which_way(
    alice_browser: Client, approved: NewCampaign, new_text: NewText, people: list[Person], settings: Any
) -> None:
    campaign = approved(variants=[new_text("sms", SMS)], control_share=0.1)

    asked = alice_browser.get(campaign.get_absolute_url()).context["question"]

    assert asked.splitlines()[:3] == [
        "Send to 3 people?",
        "Audience: everyone who consented",
        "SMS: 3, as a file that you download and send yourself",
    ]
    assert "10% of them get no message" in asked


def test_who_is_mailed_is_asked_for_in_one_sentence(
    alice_browser: Client, approved: NewCampaign, people: list[Person], mail_server: MailServer
) -> None:
    asked = alice_browser.get(approved().get_absolute_url()).context["question"]

    assert asked.startswith("Send an e-mail to 3 people?\n")
    assert "by the mail server" in asked


@pytest.mark.slow
def test_what_nobody_got_is_not_called_sent(
    alice_browser: Client, alice_actor: Actor, approved: NewCampaign, new_text: NewText, people: list[Person]
) -> None:
    campaign = approved(variants=[new_text("sms", SMS)])
    services.start_campaign(alice_actor, campaign)
    work(campaign)
    assert campaign.status == Campaign.Status.SENT

    for path in (campaign.get_absolute_url(), "/marketing/campaigns/"):
        text = page(alice_browser, path)
        assert "waiting for export: 3" in text
        assert ">sent<" not in text
    export = f"{campaign.get_absolute_url()}export/sms/csv/"
    # The page stays when the file has come, and the button works once more.
    button = page(alice_browser, campaign.get_absolute_url()).partition(export)[0].rpartition("<form")[2]
    assert "data-downloads" in button
    alice_browser.post(export)
    assert ">sent<" in page(alice_browser, "/marketing/campaigns/")


def test_a_campaign_that_reached_nobody_says_so(
    alice_browser: Client, alice_actor: Actor, approved: NewCampaign
) -> None:
    campaign = approved()
    services.start_campaign(alice_actor, campaign)
    work(campaign)

    assert "nothing sent" in page(alice_browser, "/marketing/campaigns/")


def test_a_marketer_sends_and_does_not_approve(approved: NewCampaign, new_campaign: NewCampaign) -> None:
    campaign, other = approved(), new_campaign(name="other")
    user = User.objects.create_user("mia@tea.example")
    Membership.objects.create(organisation=campaign.organisation, user=user, role="marketer")
    browser = browser_of(user)

    assert browser.post(f"{other.get_absolute_url()}approve/", {"version": 1}).status_code == 403
    assert browser.post(f"{campaign.get_absolute_url()}start/").status_code == 302
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.SENDING


def test_whoever_only_looks_on_sends_nothing(charlie: User, approved: NewCampaign) -> None:
    campaign = approved()

    assert browser_of(charlie).post(f"{campaign.get_absolute_url()}start/").status_code == 403


def test_a_link_is_built_with_utm_parameters_to_be_copied(alice_browser: Client, tea: Brief) -> None:
    path = f"/marketing/briefs/{tea.pk}/links/"

    text = page(alice_browser, f"{path}?link={LINK}&channel=sms&campaign=spring&content=a")

    assert f"{LINK}?utm_source=sms&amp;utm_medium=sms&amp;utm_campaign=spring&amp;utm_content=a" in text
    assert "data-copy" in text
    # Only links of the brief.
    other = page(alice_browser, f"{path}?link=https://other.example/&channel=sms&campaign=spring")
    assert "utm_source" not in other


def test_a_brief_with_a_campaign_stays(
    alice_browser: Client, alice_api: ApiClient, new_campaign: NewCampaign, tea: Brief
) -> None:
    new_campaign()

    answer = alice_browser.post(f"/marketing/briefs/{tea.pk}/delete/", follow=True)

    assert "This is in use" in answer.content.decode()
    assert alice_api.delete(f"/api/v1/marketing/briefs/{tea.pk}/").status_code == 409
    assert Brief.objects.filter(pk=tea.pk).exists()


def test_the_page_of_a_campaign_for_a_segment_leads_to_it(
    alice_browser: Client, alice_actor: Actor, new_campaign: NewCampaign, people: list[Person]
) -> None:
    rule = {"all": [{"attribute": "city", "is": "=", "value": "北京"}]}
    city = segmentation.create_segment(alice_actor, name="Big city", rule=rule)

    text = page(alice_browser, new_campaign(segment=city, segments=[city]).get_absolute_url())

    assert city.get_absolute_url() in text
    assert "0 people, 0 can be reached" in text


def test_only_channels_of_the_campaign_are_exported(alice_api: ApiClient, approved: NewCampaign) -> None:
    path = f"/api/v1/marketing/campaigns/{approved().pk}/export/"

    assert alice_api.post_json(path, {"channel": "sms"}).status_code == 400


def test_the_start_page_tells_an_approver_what_waits(
    alice_browser: Client, new_campaign: NewCampaign, alice_actor: Actor
) -> None:
    services.submit_campaign(alice_actor, new_campaign())

    assert "1 campaign is waiting for approval" in page(alice_browser, "/")


def test_pages_speak_chinese(alice_browser: Client, approved: NewCampaign, people: list[Person]) -> None:
    campaign = approved()
    alice_browser.cookies["django_language"] = "zh-hans"

    for path in (campaign.get_absolute_url(), "/marketing/campaigns/", "/marketing/campaigns/calendar/"):
        text = alice_browser.get(path, headers={"Accept-Language": "zh-hans"}).content.decode()
        assert "营销活动" in text
    translation.deactivate()


@pytest.mark.slow
def test_the_api_plans_approves_sends_and_tells(
    alice_api: ApiClient, new_text: NewText, tea: Brief, people: list[Person], mail_server: MailServer
) -> None:
    def post(path: str, body: object = None) -> Any:
        return alice_api.post_json(f"/api/v1/marketing/campaigns/{path}", body)

    variants = [str(new_text().pk), str(new_text("sms", SMS).pk)]
    made = post("", {"brief": str(tea.pk), "name": "Spring", "variants": variants, "control_share": 0.1})
    assert made.status_code == 201
    pk = made.json()["id"]
    path = f"/api/v1/marketing/campaigns/{pk}/"
    changed = alice_api.patch(path, {"version": 1, "variants": variants[:1]}, content_type="application/json")
    assert (changed.json()["version"], changed.json()["variants"]) == (2, variants[:1])
    assert alice_api.get(f"{path}reach/").json()["reached"] == 3

    assert post(f"{pk}/submit/").status_code == 200
    assert post(f"{pk}/approve/", {"version": 1}).status_code == 409
    assert post(f"{pk}/approve/", {"version": 2}).json()["status"] == "approved"
    assert post(f"{pk}/start/").json()["status"] == "sending"
    work(Campaign.objects.get())

    figures = alice_api.get(f"{path}figures/").json()
    delivered = Exposure.objects.exclude(delivered_at=None).count()
    assert sum(arm["delivered"] for arm in figures["arms"]) == delivered == len(mail_server.envelopes)
    assert figures["skipped"] == {"no_consent": 1, "unsubscribed": 1, "no_address": 1}
    assert post(f"{pk}/pause/").status_code == 409


def test_the_api_knows_only_rows_of_the_house(
    bob_api: ApiClient, alice_api: ApiClient, approved: NewCampaign, new_text: NewText, tea: Brief
) -> None:
    campaign, variant = approved(), new_text()
    body = {"brief": str(tea.pk), "name": "Spring", "variants": [str(variant.pk)]}

    assert bob_api.get(f"/api/v1/marketing/campaigns/{campaign.pk}/").status_code == 404
    assert bob_api.post_json("/api/v1/marketing/campaigns/", body).status_code == 404
    missing = {**body, "segment": "01920000-0000-7000-8000-000000000000"}
    assert alice_api.post_json("/api/v1/marketing/campaigns/", missing).status_code == 404


def test_a_key_without_the_scope_sends_nothing(alice_actor: Actor, approved: NewCampaign) -> None:
    campaign = approved()
    key = api_client(alice_actor, "marketing.use")

    assert key.post_json(f"/api/v1/marketing/campaigns/{campaign.pk}/start/").status_code == 403
