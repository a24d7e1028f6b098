"""The demo's campaign is there within seconds, once, marked as made up, and shows what the truth behind it is."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from apps.accounts.actors import Actor
from apps.core.errors import Conflict
from apps.marketing.campaigns import exports, services
from apps.marketing.campaigns.models import Campaign
from apps.marketing.experiments import selectors as experiments
from apps.marketing.experiments.models import Exposure, MarketingEvent
from apps.marketing.management.commands import demo_campaign
from apps.marketing.profiles.models import Person

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def campaign(alice_actor: Actor) -> Campaign:
    call_command("demo_campaign", "--organisation", "tea-house", stdout=StringIO())
    return Campaign.objects.select_related("experiment").get()


def test_two_weeks_of_answers_show_that_the_campaign_brings_more(campaign: Campaign) -> None:
    figures = experiments.experiment_figures(campaign.experiment)

    assert campaign.experiment.is_simulated
    assert campaign.status == Campaign.Status.SENT
    assert figures.exposures == demo_campaign.PEOPLE
    assert len(experiments.daily_totals(campaign.experiment)) == demo_campaign.DAYS
    assert figures.messages_lift
    assert figures.messages_lift.value > 0
    assert figures.state != "broken_split"
    assert MarketingEvent.objects.filter(type="click").count() > 50
    assert Exposure.objects.exclude(delivered_at=None).count() > demo_campaign.PEOPLE / 2


def test_it_is_made_once(campaign: Campaign) -> None:
    told = StringIO()
    call_command("demo_campaign", "--organisation", "tea-house", stdout=told)

    assert campaign.get_absolute_url() in told.getvalue()
    assert Campaign.objects.count() == 1
    assert Person.objects.count() == demo_campaign.PEOPLE


def test_nothing_can_be_sent_to_people_who_are_made_up(campaign: Campaign, alice_actor: Actor) -> None:
    with pytest.raises(Conflict, match="simulated"):
        services.send_again(alice_actor, campaign)
    with pytest.raises(Conflict, match="simulated"):
        exports.export_messages(alice_actor, campaign, "sms", file_type="csv")


def test_its_page_says_that_it_is_made_up(campaign: Campaign, alice_browser: Client) -> None:
    page = alice_browser.get(campaign.get_absolute_url()).content.decode()

    assert "simulated: nothing was sent" in page
    assert "Messages simulated" in page
    assert "Messages sent" not in page
    assert "simulated: nothing was sent" in alice_browser.get("/marketing/campaigns/").content.decode()


def test_an_organisation_that_is_not_there_is_told(db: None) -> None:
    with pytest.raises(CommandError):
        call_command("demo_campaign", "--organisation", "nowhere")
