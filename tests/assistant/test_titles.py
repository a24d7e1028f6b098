"""A chat is called by its first question, or by what a reliable model says that it is about."""

from typing import Any

import pytest

from apps.accounts.actors import Actor
from apps.assistant import services, titles
from apps.assistant.models import Chat
from apps.jobs import runs
from apps.jobs.models import Job
from tests.assistant.conftest import Ask, Says
from tests.scripted_engine_fixture import ScriptedEngine

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("你好，帮我写一份通知", "写一份通知"),
        ("你好像把数据算错了", "你好像把数据算错了"),
        ("Hi, can you help?", "Help?"),
        ("please check iPhone prices", "Check iPhone prices"),
        ("iPhone 怎么连 Wi-Fi？", "iPhone 怎么连 Wi-Fi？"),
        ("https://shop.example/a 打不开", "https://shop.example/a 打不开"),
        ("Hi-fi speakers", "Hi-fi speakers"),
        ("谢谢！请问一下，帮我看看这份合同", "看看这份合同"),
        ("Hi!\n\nDear all,\nplease find the plan", "Find the plan"),
        ("```\nSELECT 1\n```", "SELECT 1"),
        ("```python\nprint(1)\n```\n这段代码有什么问题？", "这段代码有什么问题？"),
        ("请帮我把下面这段话改得正式一点：\n今天天气不错", "把下面这段话改得正式一点"),
    ],
)
def test_a_title_goes_without_a_greeting_and_keeps_a_word_that_begins_like_one(
    question: str, title: str
) -> None:
    assert titles.title_of(question) == title


def test_a_chat_is_titled_by_a_reliable_model_once(
    ask: Ask, says: Says, engine: ScriptedEngine, alice_actor: Actor
) -> None:
    says("Thirty days.", "“Returns of unopened tea.”", "Yes.")

    chat = ask("Hello! Could you tell me until when unopened tea can be returned?").chat
    assert chat.title == "Tell me until when unopened tea can be returned?"
    title_it(chat)
    chat.refresh_from_db()
    assert chat.title == "Returns of unopened tea"

    ask("And opened tea?", chat)
    assert Job.objects.filter(kind="assistant.title_chat").count() == 1


@pytest.mark.parametrize("written", ["", "First line\nsecond line", "x" * 61, "<b>Tea</b>"])
def test_what_is_no_title_leaves_the_question(ask: Ask, says: Says, engine: Any, written: str) -> None:
    says("Thirty days.", written)
    chat = ask("Until when?").chat

    title_it(chat)

    assert Chat.objects.get().title == "Until when?"


def test_a_chat_that_somebody_renamed_keeps_its_name(
    ask: Ask, says: Says, engine: Any, alice_actor: Actor
) -> None:
    says("Thirty days.", "Returns")
    chat = ask("Until when?").chat
    services.change_chat(alice_actor, chat, title="Mine")

    title_it(chat)

    assert Chat.objects.get().title == "Mine"


def test_a_model_that_was_not_measured_titles_nothing(ask: Ask, says: Says, unmeasured: Any) -> None:
    says("Thirty days.")

    ask("Until when?")

    assert not Job.objects.filter(kind="assistant.title_chat").exists()


def title_it(chat: Chat) -> None:
    runs.execute(Job.objects.get(kind="assistant.title_chat", inputs__chat_id=str(chat.pk)).pk)
