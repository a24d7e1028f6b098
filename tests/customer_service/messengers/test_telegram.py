"""Telegram: updates as its Bot API documents them, answers to a server that stands in for api.telegram.org."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.customer_service.conversations import services
from apps.customer_service.conversations.models import Conversation, Message, OutgoingMessage
from apps.customer_service.delivery import outbox
from apps.customer_service.inbox.models import Note
from apps.customer_service.messengers import services as messengers
from apps.customer_service.messengers import telegram
from apps.customer_service.messengers.models import MessengerAccount
from apps.knowledge.models import Document
from tests.customer_service.conftest import Desk, Say
from tests.loopback_server import LoopbackServer, Reply, serving

pytestmark = pytest.mark.django_db

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
SEND = f"/bot{TOKEN}/sendMessage"
SENDER = {"id": 5551, "is_bot": False, "first_name": "Vera", "last_name": "Wang", "language_code": "en"}
CHAT = {"id": 5551, "first_name": "Vera", "last_name": "Wang", "type": "private"}


def ok(result: object = True) -> Reply:
    return Reply(json.dumps({"ok": True, "result": result}).encode(), content_type="application/json")


def refusal(status: int, description: str, **parameters: int) -> Reply:
    body = {"ok": False, "error_code": status, "description": description, "parameters": parameters}
    return Reply(json.dumps(body).encode(), status=status, content_type="application/json")


def update(number: int, text: str | None = "How long does delivery take?", **message: Any) -> dict[str, Any]:
    content = {"message_id": number, "from": SENDER, "chat": CHAT, "date": 1764000000, **message}
    return {"update_id": number, "message": content if text is None else {**content, "text": text}}


@pytest.fixture
def api(settings: Any) -> Iterator[LoopbackServer]:
    with serving({"*": ok({"message_id": 7})}) as server:
        settings.TELEGRAM_API_URL = server.url
        yield server


@pytest.fixture
def account(alice_actor: Actor, handbook: Document, api: LoopbackServer) -> MessengerAccount:
    return messengers.create_messenger_channel(
        alice_actor, kind="telegram", name="Tea bot", language="en", credentials={"token": TOKEN}
    )


def bring(account: MessengerAccount, body: Any, secret: str | None = None) -> int:
    path = f"/hooks/telegram/{account.pk}/"
    headers = {telegram.SECRET_HEADER: account.hook_secret if secret is None else secret}
    content = body if isinstance(body, (bytes, str)) else json.dumps(body)
    answer = Client().post(path, content, content_type="application/json", headers=headers)
    return answer.status_code


def sent(api: LoopbackServer) -> list[dict[str, Any]]:
    return [request["body"] for request in api.requests if request["path"] == SEND]


def test_a_message_is_answered_in_its_chat(
    account: MessengerAccount, api: LoopbackServer, desk: Desk, says: Say
) -> None:
    says("Delivery inside the city takes two to four working days [1].")

    assert bring(account, update(1)) == 200
    message = Message.objects.select_related("conversation", "job").get()
    assert (message.author, message.conversation.visitor_name) == ("visitor", "Vera Wang")
    desk.work(message.job)
    outbox.deliver_due()

    [message] = sent(api)
    assert message["chat_id"] == "5551"
    assert message["text"].startswith("Delivery inside the city takes two to four working days [1].")
    assert message["text"].endswith("[1] Handbook")
    assert "parse_mode" not in message
    outgoing = OutgoingMessage.objects.get()
    assert (outgoing.state, outgoing.external_id) == ("sent", "7")


def test_the_same_update_again_changes_nothing(account: MessengerAccount) -> None:
    for _ in range(3):
        assert bring(account, update(1)) == 200

    assert Message.objects.count() == 1


def test_a_chat_is_one_conversation(account: MessengerAccount, desk: Desk) -> None:
    bring(account, update(1, "First"))
    services.resolve(desk.actor, conversation_id=Conversation.objects.get().pk)
    bring(account, update(2, "Second"))

    conversation = Conversation.objects.get()
    assert (conversation.message_count, conversation.reopen_count) == (2, 1)


@pytest.mark.parametrize("secret", ["", "wrong", "x" * 500, "密"])
def test_nobody_else_can_bring_messages(account: MessengerAccount, secret: str) -> None:
    assert bring(account, update(1), secret=secret.encode().decode("latin-1")) == 401
    assert not Conversation.objects.exists()


def test_a_channel_that_is_closed_or_unknown_takes_nothing(
    account: MessengerAccount, alice_actor: Actor
) -> None:
    answer = Client().post(f"/hooks/telegram/{alice_actor.organisation.pk}/", {})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    assert Client().post(f"/hooks/feishu/{account.pk}/", {}).status_code == 404
    account.channel.is_enabled = False
    account.channel.save()
    assert bring(account, update(1)) == 404


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"7",
        b"{}",
        b'{"update_id": "x"}',
        b'{"update_id": 1, "message": 7}',
        b'{"update_id": 1, "message": {"chat": {"id": {}, "type": "private"}}}',
        b"[" * 100_000,
    ],
)
def test_what_makes_no_sense_is_not_brought_again(account: MessengerAccount, body: bytes) -> None:
    assert bring(account, body) == 200
    assert not Conversation.objects.exists()


def test_a_body_that_is_too_large_is_refused(account: MessengerAccount) -> None:
    assert bring(account, b" " * 600_000) == 413


@pytest.mark.parametrize(
    "other",
    [
        {"update_id": 1, "callback_query": {"id": "1"}},
        {"update_id": 1, "my_chat_member": {"chat": CHAT}},
        update(1, chat={"id": -100, "type": "supergroup", "title": "Tea lovers"}),
        update(1, **{"from": {**SENDER, "is_bot": True}}),
    ],
)
def test_what_is_no_message_to_us_is_let_be(account: MessengerAccount, other: dict[str, Any]) -> None:
    assert bring(account, other) == 200
    assert not Conversation.objects.exists()


def test_start_is_greeted_once_and_not_answered_by_a_model(
    account: MessengerAccount, api: LoopbackServer
) -> None:
    account.channel.greeting = "Welcome to the Tea House!"
    account.channel.save()

    bring(account, update(1, "/start"))
    bring(account, update(1, "/start"))
    outbox.deliver_due()

    assert [message["text"] for message in sent(api)] == ["Welcome to the Tea House!"]
    assert [message.author for message in Message.objects.all()] == ["notice"]


def test_the_language_of_the_app_counts_until_words_tell(account: MessengerAccount) -> None:
    bring(account, update(1, "/start", **{"from": {**SENDER, "language_code": "zh-hant"}}))
    assert Conversation.objects.get().language == "zh-hans"

    bring(account, update(2, "Do you speak English?"))
    assert Conversation.objects.get().language == "en"


@pytest.mark.parametrize(
    ("wrong", "right", "mark"),
    [("Order 4711", "Order 4712", "corrected"), ("订单 4711 到了吗", "订单 4712", "更正")],
)
def test_a_correction_is_a_message_of_its_own_in_the_visitors_language(
    account: MessengerAccount, wrong: str, right: str, mark: str
) -> None:
    bring(account, update(1, wrong))
    changed = update(2, right)
    bring(account, {"update_id": 2, "edited_message": {**changed["message"], "edit_date": 1764000060}})

    texts = [message.text for message in Message.objects.order_by("ordinal")]
    assert texts == [wrong, f"({mark}) {right}"]


def test_a_caption_is_read_and_files_are_said_not_to_be(
    account: MessengerAccount, api: LoopbackServer
) -> None:
    photo = [{"file_id": "AgAD", "file_unique_id": "u", "width": 90, "height": 51}]
    bring(account, update(1, None, photo=photo, caption="Is this mould?"))
    bring(account, update(1, None, photo=photo, caption="Is this mould?"))
    bring(account, update(2, None, voice={"file_id": "AwAD", "file_unique_id": "v", "duration": 3}))

    messages = list(Message.objects.order_by("ordinal").values_list("author", "text"))
    assert messages[0] == ("visitor", "Is this mould?")
    assert [author for author, _ in messages] == ["visitor", "notice", "notice"]
    assert "Files cannot be viewed" in messages[1][1]
    assert [note.text.rpartition(": ")[2] for note in Note.objects.order_by("created_at")] == [
        "photo",
        "voice",
    ]


def test_a_caption_is_answered_though_a_notice_stands_behind_it(
    account: MessengerAccount, desk: Desk, says: Say
) -> None:
    says("Delivery inside the city takes two to four working days [1].")
    photo = [{"file_id": "AgAD", "file_unique_id": "u", "width": 90, "height": 51}]
    bring(account, update(1, None, photo=photo, caption="How long does delivery take?"))

    job = desk.work(Conversation.objects.get().answer_job)

    assert job.state == "succeeded"
    authors = Message.objects.order_by("ordinal").values_list("author", flat=True)
    assert list(authors) == ["visitor", "notice", "bot"]


def test_half_of_a_character_does_not_break_the_store(account: MessengerAccount) -> None:
    body = json.dumps(update(1, "Tea?")).replace("Tea?", "Tea\\ud83d\\u0000?")

    assert bring(account, body) == 200
    assert Message.objects.get().text == "Tea?"


def reply(desk: Desk, account: MessengerAccount, text: str) -> OutgoingMessage:
    bring(account, update(1, "Hello?"))
    message = services.reply(desk.actor, conversation_id=Conversation.objects.get().pk, text=text)
    return OutgoingMessage.objects.get(message=message)


def test_a_visitor_who_blocked_the_bot_is_not_tried_again(
    account: MessengerAccount, api: LoopbackServer, desk: Desk
) -> None:
    message = reply(desk, account, "Hello")
    api.replies[SEND] = refusal(403, "Forbidden: bot was blocked by the user")

    outbox.deliver_due()

    message.refresh_from_db()
    assert (message.state, message.attempts) == ("failed", 1)
    assert message.error == "blocked: 403 Forbidden: bot was blocked by the user"


def test_too_fast_waits_as_long_as_telegram_asks(
    account: MessengerAccount, api: LoopbackServer, desk: Desk
) -> None:
    message = reply(desk, account, "Hello")
    api.replies[SEND] = refusal(429, "Too Many Requests: retry after 77", retry_after=77)

    with time_machine.travel(timezone.now(), tick=False):
        outbox.deliver_due()
        message.refresh_from_db()
        assert message.next_attempt_at - timezone.now() == timedelta(seconds=77)
    assert message.state == "pending"


@pytest.mark.parametrize(
    "answer", [Reply(b"<html>", status=502), Reply(b"[]"), Reply(b"{}", missing_bytes=5)]
)
def test_a_broken_answer_is_tried_again_later(
    account: MessengerAccount, api: LoopbackServer, desk: Desk, answer: Reply
) -> None:
    message = reply(desk, account, "Hello")
    api.replies[SEND] = answer

    outbox.deliver_due()

    message.refresh_from_db()
    assert message.state == "pending"
    assert TOKEN not in message.error


def test_a_long_text_goes_in_parts_and_an_interrupted_one_goes_on(
    account: MessengerAccount, api: LoopbackServer, desk: Desk, settings: Any
) -> None:
    text = "\n\n".join(["茶" * 2000, "b" * 2000, "😀" * 1500])
    message = reply(desk, account, text)
    assert [len(part.encode("utf-16-le")) // 2 <= 4096 for part in telegram.text_parts(text)] == [True, True]
    OutgoingMessage.objects.filter(pk=message.pk).update(external_id="70")

    outbox.deliver_due()

    message.refresh_from_db()
    assert [body["text"] for body in sent(api)] == [telegram.text_parts(text)[1]]
    assert message.external_id == "70,7"


def test_no_text_is_lost_or_split_within_a_character() -> None:
    for text in ("word " * 3000, "x" * 9000, "😀" * 5000, "", "短"):
        cut = telegram.text_parts(text)
        assert all(len(part.encode("utf-16-le")) // 2 <= 4096 for part in cut)
        assert "".join("".join(cut).split()) == "".join(text.split())


def test_connecting_tells_telegram_where_to_call(
    account: MessengerAccount, api: LoopbackServer, alice_browser: Client, settings: Any
) -> None:
    settings.PUBLIC_URL = "https://desk.tea.example"
    api.replies[f"/bot{TOKEN}/getMe"] = ok({"id": 1, "is_bot": True, "username": "tea_bot"})

    alice_browser.post(f"/conversations/messengers/{account.pk}/connect/")

    account.refresh_from_db()
    assert (account.bot_name, account.error) == ("tea_bot", "")
    hook = next(each["body"] for each in api.requests if each["path"].endswith("/setWebhook"))
    assert hook["url"] == f"https://desk.tea.example/hooks/telegram/{account.pk}/"
    assert hook["secret_token"] == account.hook_secret


def test_without_an_https_address_connecting_says_what_to_do(
    account: MessengerAccount, alice_browser: Client, settings: Any
) -> None:
    settings.PUBLIC_URL = "http://127.0.0.1:8700"

    page = alice_browser.post(
        f"/conversations/messengers/{account.pk}/connect/", follow=True
    ).content.decode()

    assert "PUBLIC_URL" in page


def test_a_wrong_token_shows_on_the_page_and_is_never_printed(
    account: MessengerAccount, api: LoopbackServer, alice_browser: Client, settings: Any
) -> None:
    settings.PUBLIC_URL = "https://desk.tea.example"
    api.replies["*"] = refusal(401, "Unauthorized")

    page = alice_browser.post(
        f"/conversations/messengers/{account.pk}/connect/", follow=True
    ).content.decode()

    assert "bot token was rejected" in page
    assert TOKEN not in page


@pytest.mark.parametrize("name", ["Ve\x00ra", "Ve\ud800ra", "\ufeff", "V" * 5000])
def test_a_name_that_cannot_be_stored_keeps_no_message_back(account: MessengerAccount, name: str) -> None:
    """Answered by an error, Telegram would bring the same update again and again, and nothing behind it."""
    sender = {**SENDER, "first_name": name, "last_name": name}

    assert bring(account, update(1, **{"from": sender})) == 200

    assert Message.objects.get(author=Message.Author.VISITOR).text == "How long does delivery take?"
