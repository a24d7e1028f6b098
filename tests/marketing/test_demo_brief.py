"""The demo's brief stands there without a model, once, and its texts keep every rule."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.actors import Actor
from apps.marketing.briefs.contradictions import contradictions
from apps.marketing.briefs.models import Brief
from apps.marketing.busy_demo import COPY, FACTS
from apps.marketing.copywriting.models import CopyVariant
from domain.marketing.copy_checks.brief import BriefFacts, Fact
from domain.marketing.copy_checks.channels import channels as all_channels
from domain.marketing.copy_checks.check import check_copy

pytestmark = pytest.mark.django_db


def test_the_demo_shows_a_brief_with_two_texts(alice_actor: Actor) -> None:
    for _run in range(2):
        told = StringIO()
        call_command("demo_brief", "--organisation", "tea-house", stdout=told)

    brief = Brief.objects.get()
    assert brief.get_absolute_url() in told.getvalue()
    assert contradictions(brief) == []
    statuses = CopyVariant.objects.order_by("id").values_list("status", "violations")
    assert list(statuses) == [("approved", []), ("draft", [])]


@pytest.mark.parametrize("language", [0, 1])
def test_what_busy_activity_says_of_its_product_stands_in_its_facts(language: int) -> None:
    product = ("云岭白毫银针", "Yunling silver needle")[language]
    brief = BriefFacts(product, tuple(Fact(*each[language]) for each in FACTS))
    for texts in COPY:
        assert check_copy({"text": texts[language]}, all_channels()["moments"], brief) == []


def test_an_organisation_that_is_not_there_is_told(db: None) -> None:
    with pytest.raises(CommandError):
        call_command("demo_brief", "--organisation", "nowhere")
