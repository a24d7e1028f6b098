"""One's own chats are searched, as long as somebody waits for it."""

import pytest

from apps.accounts.actors import Actor
from apps.assistant import search
from apps.assistant.models import Chat
from tests.assistant.conftest import Ask, Says

pytestmark = pytest.mark.django_db


def test_all_ones_chats_are_searched_by_words_of_titles_and_messages(
    alice_actor: Actor, colleague_actor: Actor, chat: Chat, ask: Ask, says: Says
) -> None:
    says("茉莉花茶的采收从五月开始。")
    chinese = ask("茉莉什么时候采收").chat

    found = search.find(alice_actor, "MAY jasmine")
    assert [(each.chat, each.match) for each in found.messages] == [(chat, "May")]
    assert found.is_complete
    assert {each.chat for each in search.find(alice_actor, "采收").messages} == {chinese}
    assert {each.chat for each in search.find(alice_actor, "harvest").messages} == {chat}
    assert not search.find(alice_actor, "m").messages
    assert not search.find(colleague_actor, "jasmine").messages


def test_a_search_says_where_it_gave_up(
    alice_actor: Actor, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MAX_MESSAGES", 2)
    assert search.find(alice_actor, "jasmine").is_complete, "there is nothing older"

    monkeypatch.setattr(search, "MAX_MESSAGES", 1)
    found = search.find(alice_actor, "jasmine")
    assert (len(found.messages), found.is_complete) == (1, False)
