"""What won an experiment is an example for the next brief, and proves nothing about its product."""

import pytest

from apps.accounts.actors import Actor
from apps.marketing.briefs.models import Brief
from apps.marketing.channels import selectors as channels
from apps.marketing.copywriting import selectors, services
from apps.marketing.copywriting.models import CopyVariant
from tests.marketing.conftest import PAIR, Answers, NewBrief, worked
from tests.scripted_engine_fixture import ScriptedEngine, prompt_of

pytestmark = pytest.mark.django_db
WINNER = {"title": "清明前的绿茶", "body": "一盒 88 克，清明前采摘。 #绿茶"}


def won(actor: Actor, brief: Brief, channel: str, texts: dict[str, str], reason: str) -> CopyVariant:
    view = channels.channel(actor.organisation, channel)
    made = services.create_variant(actor, brief, view, texts=texts)
    services.record_win(made, reason=reason)
    return made


@pytest.fixture
def winner(alice_actor: Actor, new_brief: NewBrief) -> CopyVariant:
    green = new_brief(product="绿茶", facts="净含量: 88 克\n采摘: 清明前")
    return won(alice_actor, green, "xiaohongshu", WINNER, "点击: 6.0%")


def test_the_model_reads_two_winners_of_the_channel_and_language(
    alice_actor: Actor, brief: Brief, new_brief: NewBrief, winner: CopyVariant
) -> None:
    english = new_brief(product="Tea", language="en", facts="weight: 88 g")
    won(alice_actor, english, "xiaohongshu", {"title": "Tea", "body": "88 g #tea"}, "x")
    won(alice_actor, brief, "weibo", {"text": "岩茶，一盒 250 克。"}, "x")
    translated = won(alice_actor, brief, "xiaohongshu", {"title": "Rock tea", "body": "250 g #tea"}, "x")
    CopyVariant.objects.filter(pk=translated.pk).update(language="en")
    later = [won(alice_actor, brief, "xiaohongshu", PAIR | {"title": f"岩茶{n}"}, "x") for n in "一二"]

    assert selectors.winning_examples(brief, "xiaohongshu") == later[::-1]
    assert translated in selectors.winning_examples(english, "xiaohongshu")


def test_a_number_of_an_example_is_no_fact_of_the_brief(
    alice_actor: Actor, brief: Brief, winner: CopyVariant, answers: Answers, engine: ScriptedEngine
) -> None:
    copied = PAIR | {"body": PAIR["body"].replace("250 克", "88 克")}
    answers(copied, copied, copied)

    request = services.request_copy(alice_actor, brief, channels=["xiaohongshu"], count=1)
    worked(request.job)

    first = prompt_of(engine, 0)
    assert f"<example>\n{WINNER['title']}\n{WINNER['body']}\n</example>" in first.replace(">\n", ">\n")
    assert "6.0%" in first
    (made,) = CopyVariant.objects.filter(request=request)
    assert made.repairs_count > 0
    assert "88" not in "".join(made.texts.values()) or made.status == CopyVariant.Status.DROPPED
